package advisory

import (
	"bytes"
	"encoding/csv"
	"strings"

	"bulletin/pipeline/draft"
)

// indicatorTable is an indicator file in the making.
type indicatorTable struct {
	rows []row
}

// row is a line of it, and where it comes from.
type row struct {
	typ, value, first, last, confidence, note, mark string

	from int // which indicator of the bundle
}

// csv writes the file as draft reads it; nil if it has no rows.
func (t indicatorTable) csv() []byte {
	if len(t.rows) == 0 {
		return nil
	}
	head := []string{"type", "value", "first_seen", "last_seen", "confidence", "note", "mark"}
	marked := false
	for _, r := range t.rows {
		marked = marked || r.mark != ""
	}
	if !marked {
		head = head[:6]
	}
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	_ = w.Write(head) // a buffer takes all
	for _, r := range t.rows {
		_ = w.Write([]string{r.typ, shown(r.value), r.first, r.last, r.confidence, shown(r.note), r.mark}[:len(head)])
	}
	w.Flush()
	return out.Bytes()
}

// unfit returns the rows that draft would refuse for what they hold. Draft itself is asked; marks are for the author.
func (t indicatorTable) unfit() map[int]bool {
	bare := indicatorTable{rows: append([]row{}, t.rows...)}
	starts, line := map[int]int{}, 2
	for i := range bare.rows {
		bare.rows[i].mark = ""
		for n := range 1 + strings.Count(bare.rows[i].value+bare.rows[i].note, "\n") {
			starts[line+n] = i
		}
		line += 1 + strings.Count(bare.rows[i].value+bare.rows[i].note, "\n")
	}
	out := map[int]bool{}
	src := draft.Source{Name: "d", Files: map[string][]byte{
		"d":     []byte("---\ntitle: T\nscheme: tlp\ntlp: TLP:RED\nreleasable_to: [NZL]\nindicators: i.csv\n---\nText.\n"),
		"i.csv": bare.csv(),
	}}
	_, problems := draft.Parse(src, draft.Options{})
	for _, p := range problems {
		if i, ok := starts[p.Pos.Line]; ok && p.Severity == draft.Error && p.Pos.File == "i.csv" {
			out[i] = true
		}
	}
	return out
}
