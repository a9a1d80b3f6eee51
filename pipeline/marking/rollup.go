package marking

import (
	"errors"
	"fmt"
)

// ErrNoPortions is the error of every scheme's RollUp of nothing: of a document without marks no
// banner is known, and the lowest would be a guess.
var ErrNoPortions = errors.New("roll up: no portions")

// wrongScheme is the error of a portion that is no mark of the scheme that rolls up.
func wrongScheme(i int, m Mark, want string) error {
	if m == nil {
		return fmt.Errorf("roll up: portion %d has no mark", i+1)
	}
	return fmt.Errorf("roll up: portion %d is marked in scheme %s, the document in %s", i+1, m.Scheme(), want)
}
