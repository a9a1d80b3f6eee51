package review

import (
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// Cleared reports whether a person may see an edition of that TLP. A limit that does not parse is none.
func (p Person) Cleared(e edition.Edition) bool {
	if p.MaxTLP == "" {
		return true
	}
	limit, err := marking.ParseTLP(p.MaxTLP)
	return err == nil && e.TLP <= limit
}

// Shows reports whether a person may read something of the case: their nation's edition.
func (c *Case) Shows(p Person) bool {
	e, ok := c.Edition(p.Nation)
	return ok && p.Cleared(e)
}

// MayKnow reports whether a person may be told that there is this bulletin: their nation has an edition that
// they are cleared for, or wrote it for others alone. Those are cleared for all that stands in it.
func (c *Case) MayKnow(p Person) bool {
	if _, ok := c.Edition(p.Nation); !ok {
		return c.Submitted.Nation == p.Nation && p.Cleared(edition.Edition{TLP: c.Doc.TLP})
	}
	return c.Shows(p)
}
