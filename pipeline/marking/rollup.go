package marking

import (
	"errors"
	"fmt"
)

// ErrNoPortions is the error of every scheme's RollUp of nothing: of a document without marks no
// banner is known, and the lowest would be a guess.
var ErrNoPortions = errors.New("roll up: no portions")

// marksOf returns the portions as the marks of one scheme that they must be.
func marksOf[M interface {
	Mark
	comparable
}](scheme string, portions []Mark) ([]M, error) {
	if len(portions) == 0 {
		return nil, ErrNoPortions
	}
	var none M
	marks := make([]M, len(portions))
	for i, p := range portions {
		m, ok := p.(M)
		switch {
		case p == nil, ok && m == none:
			return nil, fmt.Errorf("roll up: portion %d has no mark", i+1)
		case !ok:
			return nil, fmt.Errorf("roll up: portion %d is marked in scheme %s, the document in %s", i+1, p.Scheme(), scheme)
		}
		marks[i] = m
	}
	return marks, nil
}
