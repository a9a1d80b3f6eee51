// Package review holds the rules by which a draft is approved: who counts, how many it takes for each
// portion, and the canonical statement that an approval signs. It decides from facts and documents
// alone, so that the desk and the marking worker reach the same verdict independently.
package review

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"bulletin/pipeline"
)

// Role is what a person may do.
type Role string

// The roles.
const (
	Author   Role = "author"
	Reviewer Role = "reviewer"
	Admin    Role = "admin"
)

// Person is one who works at a desk.
type Person struct {
	Name        string          `json:"name"`
	Nation      pipeline.Nation `json:"nation"`
	Roles       []Role          `json:"roles"`
	Address     string          `json:"address,omitempty"` // for notices; none means no notices
	MaxTLP      string          `json:"max_tlp,omitempty"` // highest TLP they may see; empty for no limit
	NKey        string          `json:"nkey"`              // public user nkey
	Certificate string          `json:"certificate"`       // armored OpenPGP certificate; signs approvals
	Disabled    bool            `json:"disabled,omitempty"`
}

// Has reports whether the person has the role and is not disabled.
func (p Person) Has(r Role) bool { return !p.Disabled && slices.Contains(p.Roles, r) }

var nameForm = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

// ValidName reports whether s can be a person's name: it is a token of their NATS subjects.
func ValidName(s string) bool { return nameForm.MatchString(s) }

// People is everyone who was known at one moment. Its JSON is kept as a document, so that the record
// says who had which role and key when they acted.
type People []Person

// Find returns the person of that name.
func (ps People) Find(name string) (Person, error) {
	for _, p := range ps {
		if p.Name == name {
			return p, nil
		}
	}
	return Person{}, fmt.Errorf("no person named %q is known here", name)
}

// JSON returns the canonical bytes.
func (ps People) JSON() []byte { return mustJSON(ps) }

// ParsePeople reads what JSON wrote.
func ParsePeople(b []byte) (People, error) {
	var ps People
	if err := json.Unmarshal(b, &ps); err != nil {
		return nil, fmt.Errorf("read people: %w", err)
	}
	return ps, nil
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("review: cannot encode: %v", err)) // only plain values: a bug
	}
	return b
}
