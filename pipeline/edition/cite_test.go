package edition

import (
	"testing"

	"bulletin/pipeline/draft"
)

func TestCitationsFollowTheReferencesThatAreLeft(t *testing.T) {
	for _, c := range []struct {
		name string
		kept []bool
		in   string
		want string
	}{
		{"all kept, nothing is touched", []bool{true, true}, "see [2] and a[1]", "see [2] and a[1]"},
		{"the first is withheld", []bool{false, true}, "shown [1] and proven [2].", "shown and proven [1]."},
		{"the middle is withheld", []bool{true, false, true}, "[1][2][3]", "[1][2]"},
		{"no such reference", []bool{false, true}, "in [2026] and [7]", "in [2026] and [7]"},
	} {
		e := Edition{
			Actions: []Line{{Text: c.in}},
			Blocks: []draft.Block{{Kind: draft.Paragraph, Text: []draft.Inline{
				{Kind: draft.Strong, Children: []draft.Inline{{Kind: draft.Text, Text: c.in}}},
				{Kind: draft.CodeSpan, Text: c.in},
			}}},
		}
		recite(&e, c.kept)
		if got := e.Actions[0].Text; got != c.want {
			t.Errorf("%s: action %q, want %q", c.name, got, c.want)
		}
		if got := e.Blocks[0].Text[0].Children[0].Text; got != c.want {
			t.Errorf("%s: paragraph %q, want %q", c.name, got, c.want)
		}
		if got := e.Blocks[0].Text[1].Text; got != c.in {
			t.Errorf("%s: code was touched: %q", c.name, got)
		}
	}
}
