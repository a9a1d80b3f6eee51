package mail

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/attack"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
	"bulletin/templates"
)

// page is what the template is given.
type page struct {
	E        edition.Edition
	Language string // of the text
	Body     []node
	Notes    []draft.Inline // the footnotes, in order
	Columns  columns
}

// messagePage is parsed once, at start, so that a broken template cannot reach a server.
var messagePage = template.Must(template.New("mail").Funcs(functions(edition.Edition{Nation: pipeline.GBR})).Parse(templates.MailHTML()))

// renderHTML writes the HTML part. Everything of the edition is escaped, and nothing in it loads. Links lead to other
// places of the same mail, and nowhere else: a bulletin is about hostile addresses, and its readers are taught not to
// click.
func renderHTML(e edition.Edition) ([]byte, error) {
	if _, err := pipeline.ParseNation(string(e.Nation)); err != nil {
		return nil, err
	}
	t, err := messagePage.Clone()
	if err != nil {
		return nil, fmt.Errorf("mail template: %w", err)
	}
	var b bytes.Buffer
	p := page{E: e, Language: language(e), Body: nest(e.Blocks, 0, 0), Notes: e.Notes(), Columns: columnsOf(e.Indicators)}
	if err := t.Funcs(functions(e)).ExecuteTemplate(&b, "message", p); err != nil {
		return nil, fmt.Errorf("mail template: %w", err)
	}
	return []byte(turning.Replace(b.String())), nil
}

// turning shows, as the plain text does, the characters that turn the direction of what follows: "invoice\u202efdp.exe"
// must not be read as a document.
var turning = func() *strings.Replacer {
	var pairs []string
	for _, span := range [][2]rune{{0x202a, 0x202e}, {0x2066, 0x2069}} {
		for r := span[0]; r <= span[1]; r++ {
			pairs = append(pairs, string(r), fmt.Sprintf("&lt;U+%04X&gt;", r))
		}
	}
	return strings.NewReplacer(pairs...)
}()

// functions are what the template uses to print; times are the reader's nation's.
func functions(e edition.Edition) template.FuncMap {
	a := anchorsOf(e)
	return template.FuncMap{
		"address":   address,
		"align":     align,
		"anchor":    a.of,
		"broad":     broad,
		"color":     func(t marking.TLP) template.CSS { return template.CSS(fmt.Sprintf("#%06X", t.Color())) },
		"column":    column,
		"defang":    edition.Defang,
		"direction": new(directions).of,
		"inside":    a.inside,
		"local":     func(t time.Time) string { return e.Local(t).String() },
		"look":      look,
		"pieces":    pieces,
		"place":     place,
		"note":      a.note,
		"refer":     a.refer,
		"technique": attack.Title,
		"upper":     func(v any) string { return strings.ToUpper(fmt.Sprint(v)) },
		"utc":       edition.Stamp,
	}
}

// look is how a mark stands: where, how large and in which colour.
func look(l edition.MarkLook) template.CSS {
	size := 15.0 // CSS pixels, 96 to the inch
	if l.CapHeight > 0 {
		size = max(size, l.CapHeight/25.4*96/capsOfArial)
	}
	return place(l) + template.CSS(fmt.Sprintf("; font-size: %.1fpx; color: #%06X", size, l.Color))
}

// capsOfArial is the height of the capitals in the fonts that the mail asks for, of their size.
const capsOfArial = 0.68

func place(l edition.MarkLook) template.CSS {
	if l.Right {
		return "text-align: right"
	}
	return "text-align: center"
}

// address is what stands in parentheses behind a link's text: where it leads, unless the text says so itself.
func address(link draft.Inline) string {
	if strings.HasPrefix(link.URL, "#") {
		return ""
	}
	if text := words(link.Children); text == link.URL || "mailto:"+text == link.URL {
		return ""
	}
	return "(" + link.URL + ")"
}

// column is the plain name of a table's column, which on a phone stands in front of each of its cells;
// the first cell is a row's own heading.
func column(head [][]draft.Inline, i int) string {
	if i == 0 || i >= len(head) {
		return ""
	}
	return strings.TrimSpace(words(head[i]))
}

func words(in []draft.Inline) string {
	var b strings.Builder
	for _, i := range in {
		if i.Kind != draft.Footnote {
			b.WriteString(i.Text + words(i.Children))
		}
	}
	return b.String()
}

// align is how a table's column stands, where not at the left.
func align(columns []string, i int) template.CSS {
	if i < len(columns) && (columns[i] == "center" || columns[i] == "right") {
		return template.CSS(columns[i])
	}
	return ""
}

// columns are those of the indicators' table that say anything.
type columns struct{ First, Last, Confidence, Note bool }

func columnsOf(indicators []edition.Indicator) (c columns) {
	for _, i := range indicators {
		c.First = c.First || i.FirstSeen != ""
		c.Last = c.Last || i.LastSeen != ""
		c.Confidence = c.Confidence || i.Confidence != ""
		c.Note = c.Note || i.Note != ""
	}
	return c
}
