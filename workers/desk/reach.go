package desk

import (
	"errors"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

// Reach is how many recipients of one nation a bulletin would reach as their list stands now.
type Reach struct {
	Nation      pipeline.Nation `json:"nation"`
	Edition     bool            `json:"edition"`           // false: the nation gets none
	Unknown     string          `json:"unknown,omitempty"` // why nobody can say now: what is with its list
	Reachable   int             `json:"reachable"`
	Unreachable int             `json:"unreachable"`
	Ending      int             `json:"ending"` // those of the reachable whose key ends within the week

	// Of the person's own nation alone.
	Causes []Cause `json:"causes,omitempty"` // who is unreachable
	Ends   []Cause `json:"ends,omitempty"`   // whose key ends when
}

// reach foretells who gets the bulletin, for one who reads the edition e. How another nation's edition is marked
// may tell of portions that this reader may not have, and so would the number of those on its list who may have
// that: its list is counted as if it got what the reader gets.
func (d *Desk) reach(c *review.Case, e edition.Edition) []Reach {
	out := []Reach{}
	for _, n := range e.ReleasableTo {
		r := Reach{Nation: n}
		if _, r.Edition = c.Edition(n); !r.Edition {
			out = append(out, r)
			continue
		}
		as := e
		as.Nation = n
		reachable, unreachable, ending, err := d.Reach(as)
		var later *pipeline.Retry
		switch {
		case err == nil:
			r.Reachable, r.Unreachable, r.Ending = reachable, len(unreachable), len(ending)
		case errors.Is(err, pipeline.ErrNotFound):
			r.Unknown = "its list is kept elsewhere"
		case errors.As(err, &later):
			r.Unknown = "its list is being counted: show it again in a moment"
		default:
			r.Unknown = "its list can't be read"
			d.Log.Error("a list can't be counted", "nation", n, "error", err)
		}
		if n == e.Nation {
			r.Causes, r.Ends = causesOf(unreachable), causesOf(ending)
		}
		out = append(out, r)
	}
	return out
}
