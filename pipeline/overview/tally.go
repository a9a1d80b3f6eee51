package overview

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bulletin/pipeline/attack"
	"bulletin/pipeline/draft"
)

// tally counts bulletins by what they have in common. A row counts only bulletins that the same nations may be told
// of: one number over bulletins of different audiences would tell each of the others'. So what is common to bulletins
// of two audiences has two rows, each marked for its own.
type tally struct {
	rows map[string]*row
}

// row is a line of a trend table.
type row struct {
	mark    string
	what    []string // the first cells
	numbers []string
}

func (t *tally) add(mark, number string, what ...string) {
	if t.rows == nil {
		t.rows = map[string]*row{}
	}
	key := mark + "\n" + what[0]
	if t.rows[key] == nil {
		t.rows[key] = &row{mark: mark, what: what}
	}
	t.rows[key].numbers = append(t.rows[key].numbers, number)
}

// sorted puts the most frequent first. The order of two rows is a matter of these two alone: that of rows by a sum over
// several would tell of those that a reader does not have.
func (t *tally) sorted() []*row {
	var out []*row
	for _, r := range t.rows {
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b *row) int {
		return cmp.Or(cmp.Compare(len(b.numbers), len(a.numbers)), cmp.Compare(a.what[0], b.what[0]), cmp.Compare(a.mark, b.mark))
	})
	return out
}

// count adds a bulletin to the tables.
func (c *compiler) count(s source) {
	if mark, ok := c.mark(c.Scheme.Name(), draft.Label{}, s.tlp, s.circulation); ok {
		c.kinds.add(mark, s.Number, string(s.Doc.Kind))
		c.tlp = max(c.tlp, s.tlp)
	}
	seen := map[string]bool{}
	for _, t := range s.Doc.Attack {
		if seen[t.ID] {
			continue
		}
		tlp := max(s.tlp, t.Label.TLP)
		mark, ok := c.mark(s.Doc.Scheme.Name(), t.Label, tlp, s.of(s.circulation, t.Label))
		if !ok {
			continue // marked in another scheme: the editor has the bulletin
		}
		seen[t.ID] = true
		name := attack.Title(t.ID)
		if name == "" {
			name = "–"
		}
		c.techniques.add(mark, s.Number, t.ID, name)
		c.tlp = max(c.tlp, tlp)
	}
}

// table writes a tally as Markdown, its head for everybody; a row for everybody needs no mark of its own.
func (t *tally) table(everybody string, head ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "| %s %s | Bulletins | Numbers |\n|%s ---: | --- |\n", everybody, strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, r := range t.sorted() {
		mark := r.mark + " "
		if r.mark == everybody {
			mark = ""
		}
		fmt.Fprintf(&b, "| %s%s | %d | %s |\n", mark, cells(r.what), len(r.numbers), strings.Join(r.numbers, ", "))
	}
	return b.String()
}

// cells are the first cells of a row.
func cells(what []string) string {
	out := make([]string, len(what))
	for i, w := range what {
		out[i] = escaped(w)
	}
	return strings.Join(out, " | ")
}
