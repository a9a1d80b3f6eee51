package pipeline

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// ID names a bulletin for its whole life, over all its revisions. It is safe as a NATS
// subject token and as a file name, and says nothing about the content.
type ID string

var idForm = regexp.MustCompile(`^b[a-z2-7]{12}$`)

// NewID returns a fresh random ID: "b" and twelve characters of base32 (60 bits).
func NewID() ID {
	var b [8]byte
	rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	return ID("b" + strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])[:12]))
}

// ParseID accepts exactly what NewID makes.
func ParseID(s string) (ID, error) {
	if !idForm.MatchString(s) {
		return "", fmt.Errorf("%q is not a bulletin's id (a b and twelve letters or digits, as submit printed it)", s)
	}
	return ID(s), nil
}

// Ref is one revision of a bulletin. Revisions count from 1.
type Ref struct {
	ID       ID  `json:"id"`
	Revision int `json:"revision"`
}

func (r Ref) String() string { return fmt.Sprintf("%s.%d", r.ID, r.Revision) }

// Kind is what sort of product a bulletin is. All kinds take the same path.
type Kind string

// Kinds returns every kind of bulletin.
func Kinds() []Kind {
	return []Kind{"bulletin", "flash", "overview", "training", "exchange", "notice"}
}

// ParseKind accepts exactly one of Kinds.
func ParseKind(s string) (Kind, error) {
	if k := Kind(s); slices.Contains(Kinds(), k) {
		return k, nil
	}
	return "", fmt.Errorf("unknown kind %q: must be one of bulletin, flash, overview, training, exchange, notice", s)
}

// Precedence orders deliveries: a higher one overtakes a lower one that is already queued.
type Precedence string

// The four precedences, as ACP 121 names them.
const (
	Flash     Precedence = "flash"
	Immediate Precedence = "immediate"
	Priority  Precedence = "priority"
	Routine   Precedence = "routine"
)

// Precedences returns them highest first.
func Precedences() []Precedence { return []Precedence{Flash, Immediate, Priority, Routine} }

// ParsePrecedence accepts exactly one of Precedences.
func ParsePrecedence(s string) (Precedence, error) {
	if p := Precedence(s); slices.Contains(Precedences(), p) {
		return p, nil
	}
	return "", fmt.Errorf("unknown precedence %q: must be one of routine, priority, immediate, flash", s)
}

// Digest is the SHA-256 of some bytes, in lower-case hexadecimal.
type Digest string

// DigestOf returns the digest of b.
func DigestOf(b []byte) Digest {
	sum := sha256.Sum256(b)
	return Digest(hex.EncodeToString(sum[:]))
}

// Clock tells the time. It is injected wherever time matters, so that tests can set it.
type Clock func() time.Time
