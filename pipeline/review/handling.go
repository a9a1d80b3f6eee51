package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// equivalent is the banner under which the edition's nation handles it: none where the nation has marked it itself, and
// for TLP, which is nobody's. What was approved under a policy of before there were equivalents had none, and stays so.
func (p Policy) equivalent(e edition.Edition) (string, error) {
	if p.Day.IsZero() && p.Equivalents == nil {
		return "", nil
	}
	scheme, err := marking.ByName(e.Scheme)
	if err != nil || scheme.Owner() == "" || scheme.Owner() == string(e.Nation) {
		return "", err
	}
	m, err := e.Mark()
	if err != nil {
		return "", fmt.Errorf("the banner of the edition for %s: %w", e.Nation, err)
	}
	as, err := p.Equivalents.Find(m, string(e.Nation), p.Day)
	if err != nil {
		return "", err
	}
	return as.Banner(), nil
}

// Remedy says what an author can do where Editions gives none.
func Remedy(err error) string {
	var none *marking.NoEquivalentError
	if errors.As(err, &none) {
		return fmt.Sprintf("take %s out of releasable_to, or ask whoever runs the desk: the nations agree on equivalents in configs/policy.yaml", none.To)
	}
	return "look at releasable_to and at the portions' marks"
}

// Refuses returns why editions can't go out as they are, though they can be read: a level that is never mailed, or a
// statement that the banner requires and that nothing fills. None means that they can.
func (p Policy) Refuses(editions []edition.Edition) []error {
	var errs []error
	for _, e := range editions {
		if err := p.notMailed(e); err != nil {
			errs = append(errs, err)
		}
		if len(e.Lacks) > 0 {
			errs = append(errs, fmt.Errorf("the edition for %s: marking %s needs authority: %s", e.Nation, e.Banner, strings.Join(e.Lacks, ", ")))
		}
	}
	return errs
}

// notMailed refuses an edition of which its banner, or the one under which it is handled, is of a level that is not mailed.
func (p Policy) notMailed(e edition.Edition) error {
	if len(p.NotMailed) == 0 {
		return nil
	}
	m, err := e.Mark()
	marks := []marking.Mark{m}
	if err == nil && e.Equivalent != "" {
		m, err = marking.NationalBanner(string(e.Nation), e.Equivalent)
		marks = append(marks, m)
	}
	if err != nil {
		return fmt.Errorf("the edition for %s: %w", e.Nation, err)
	}
	for _, m := range marks {
		for _, level := range m.Levels() {
			if slices.Contains(p.NotMailed[m.Scheme()], level) {
				return fmt.Errorf("the edition for %s is %s, and the policy says that %s is never sent by mail", e.Nation, m.Banner(), level)
			}
		}
	}
	return nil
}
