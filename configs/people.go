package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

type personYAML struct {
	Name        string        `yaml:"name"`
	Nation      string        `yaml:"nation"`
	Roles       []review.Role `yaml:"roles,flow"`
	Address     string        `yaml:"address,omitempty"`
	MaxTLP      string        `yaml:"max_tlp,omitempty"`
	NKey        string        `yaml:"nkey"`
	Certificate string        `yaml:"certificate"`
	Disabled    bool          `yaml:"disabled,omitempty"`
}

// LoadPeople reads who may do what, with their certificates.
func LoadPeople(dir string) (review.People, error) {
	file := filepath.Join(dir, peopleFile)
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("read the people: %w", err)
	}
	entries, err := parsePeople(file, data)
	if err != nil {
		return nil, err
	}
	return peopleOf(dir, file, data, entries)
}

func parsePeople(file string, data []byte) ([]personYAML, error) {
	var y struct {
		People []personYAML `yaml:"people"`
	}
	err := decode(file, data, &y)
	return y.People, err
}

// peopleOf returns who the entries stand for. All that is wrong with them is reported at once.
func peopleOf(dir, file string, data []byte, entries []personYAML) (review.People, error) {
	at := placesOf(file, data)
	var people review.People
	var errs []error
	seen := keysInUse{}
	for i, p := range entries {
		person, wrong := p.person(dir)
		if wrong == nil {
			if err := seen.take(person); err != nil {
				wrong = &wrongKey{"name", "remove one of the two, or give each a name and keys of their own", err}
			}
		}
		if wrong != nil {
			errs = append(errs, at.errorf(fmt.Sprintf("$.people[%d].%s", i, wrong.key), wrong.hint, "%v", wrong.err))
			continue
		}
		people = append(people, person)
	}
	return people, errors.Join(errs...)
}

// TakenError says that a name, or a key that only one person may have, is there already.
type TakenError struct {
	Name string // who was to be added
	What string // name, connection key or signing key
	Of   string // who has it
}

func (e *TakenError) Error() string {
	if e.What == "name" {
		return fmt.Sprintf("%s is in %s already", e.Name, peopleFile)
	}
	return fmt.Sprintf("%s has the %s of %s", e.Name, e.What, e.Of)
}

// keysInUse is who has a name, a connection key or a signing key.
type keysInUse map[string]string

// take refuses a name, a connection key or a signing key that somebody else has: two names with one key would be two
// approvers.
func (k keysInUse) take(p review.Person) error {
	signing := p.Certificate
	if fpr, err := seal.Fingerprint([]byte(p.Certificate)); err == nil { // one key has many certificates
		signing = fpr
	}
	mine := []struct{ what, is string }{{"name", p.Name}, {"connection key", p.NKey}, {"signing key", signing}}
	for _, m := range mine {
		other, taken := k[m.what+" "+m.is]
		switch {
		case m.is == "" || !taken:
		default:
			return &TakenError{Name: p.Name, What: m.what, Of: other}
		}
	}
	for _, m := range mine {
		k[m.what+" "+m.is] = p.Name
	}
	return nil
}

var nkeyForm = regexp.MustCompile(`^U[A-Z2-7]{55}$`)

// wrongKey is what is wrong with an entry, and with which key of it.
type wrongKey struct {
	key, hint string
	err       error
}

// person returns who the entry stands for, or what keeps it from standing for somebody.
func (p personYAML) person(dir string) (review.Person, *wrongKey) {
	if !review.ValidName(p.Name) {
		return review.Person{}, &wrongKey{"name", "write it in small letters, as people will type it", fmt.Errorf("name %q must be 1 to 32 of a-z, 0-9 and -", p.Name)}
	}
	nation, err := pipeline.ParseNation(p.Nation)
	if err != nil {
		return review.Person{}, &wrongKey{"nation", nationsHint, err}
	}
	for _, r := range p.Roles {
		if r != review.Author && r != review.Reviewer && r != review.Admin {
			return review.Person{}, &wrongKey{"roles", "write roles: [author], or several of them", fmt.Errorf("unknown role %q: must be author, reviewer or admin", r)}
		}
	}
	if p.MaxTLP != "" {
		if _, err := marking.ParseTLP(p.MaxTLP); err != nil {
			return review.Person{}, &wrongKey{"max_tlp", "write the highest label they may see, such as TLP:AMBER, or leave it empty", err}
		}
	}
	if p.Address != "" {
		if _, err := mail.ParseAddress(p.Address); err != nil {
			return review.Person{}, &wrongKey{"address", "write one bare address such as moana@police.example, or leave it empty", err}
		}
	}
	if p.NKey != "" && !nkeyForm.MatchString(p.NKey) {
		return review.Person{}, &wrongKey{"nkey", "write it as it stands in their file of bulletin keygen: U and 55 letters or digits", fmt.Errorf("nkey of %s is not a public user nkey", p.Name)}
	}
	cert, err := read(below(dir, p.Certificate))
	if err != nil {
		return review.Person{}, &wrongKey{"certificate", "put their public certificate there, or correct the path", fmt.Errorf("certificate of %s: %w", p.Name, err)}
	}
	return review.Person{
		Name: p.Name, Nation: nation, Roles: p.Roles, Address: p.Address, MaxTLP: p.MaxTLP,
		NKey: p.NKey, Certificate: string(cert), Disabled: p.Disabled,
	}, nil
}

// AddPerson appends a person to people.yaml; their certificate lies at DIR/people/<name>.asc.
// Somebody of that name, or with one of their keys, who is there already is not replaced.
func AddPerson(dir string, p review.Person) error {
	return changing(dir, func() error {
		people, err := LoadPeople(dir)
		if err != nil {
			return err
		}
		seen := keysInUse{}
		for _, other := range append(people, p) {
			if err := seen.take(other); err != nil {
				return err
			}
		}
		list, err := openList(filepath.Join(dir, peopleFile), "people")
		if err != nil {
			return err
		}
		certificate := filepath.Join("people", p.Name+".asc")
		for i, e := range list.entries {
			if path, ok := e["certificate"].(string); ok && filepath.Clean(path) == certificate {
				return fmt.Errorf("%s is the certificate of %s: move it, and write where it is into %s", certificate, list.name(i), peopleFile)
			}
		}
		entry := personYAML{
			Name: p.Name, Nation: string(p.Nation), Roles: p.Roles, Address: p.Address,
			MaxTLP: p.MaxTLP, NKey: p.NKey, Certificate: certificate,
		}
		if err := WriteFile(filepath.Join(dir, certificate), []byte(p.Certificate), 0o600); err != nil {
			return err
		}
		if _, wrong := entry.person(dir); wrong != nil { // what could not be read again is not written
			return wrong.err
		}
		return list.append(entry)
	})
}

// ErrNobody says that the file has no entry of that name or address.
var ErrNobody = errors.New("there is no such entry")

// SetDisabled says in people.yaml whether a person may work. Mistakes elsewhere in the file do not keep it from doing
// so: whoever must go must go now. changed is false where it said so already.
func SetDisabled(dir, name string, disabled bool) (changed bool, err error) {
	err = changing(dir, func() error {
		list, err := openList(filepath.Join(dir, peopleFile), "people")
		if errors.Is(err, os.ErrNotExist) {
			return notWorkingDir(dir)
		}
		if err != nil {
			return err
		}
		for i, e := range list.entries {
			if e["name"] == name {
				was, _ := e["disabled"].(bool)
				if changed = was != disabled; !changed {
					return nil
				}
				return list.set(i, field{"disabled", disabled})
			}
		}
		return ErrNobody
	})
	return changed, err
}
