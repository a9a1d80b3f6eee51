package edition

import (
	"fmt"
	"strings"

	"bulletin/pipeline"
)

// Whose says who wrote the bulletin and whose copy this is, for a line under the title:
// "from the United States · edition for GBR". A draft outside a national scheme may not say who wrote it.
func (e Edition) Whose() string {
	edition := "edition for " + string(e.Nation)
	if e.Originator == "" {
		return edition
	}
	return "from " + inText(e.Originator) + " · " + edition
}

// Circulation tells the reader who else has the bulletin, so that nobody takes the list of nations
// for leave to pass this copy on: its banner may allow fewer.
func (e Edition) Circulation() string {
	copied := "this copy is for " + inText(e.Nation) + "."
	if len(e.ReleasableTo) < 2 {
		return strings.ToUpper(copied[:1]) + copied[1:]
	}
	return fmt.Sprintf("The bulletin is for %s, each in an edition of its own; %s", pipeline.JoinNations(e.ReleasableTo, " "), copied)
}

// inText is a nation's name as it stands in a sentence.
func inText(n pipeline.Nation) string {
	if n == pipeline.GBR || n == pipeline.USA {
		return "the " + n.Name()
	}
	return n.Name()
}
