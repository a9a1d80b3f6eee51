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
	E     edition.Edition
	Notes []draft.Inline // the footnotes, in order
}

// messagePage is parsed once, at start, so that a broken template cannot reach a server.
var messagePage = template.Must(template.New("mail").Funcs(functions(pipeline.GBR)).Parse(templates.MailHTML()))

// renderHTML writes the HTML part. Everything of the edition is escaped, and nothing in it loads or
// links: a bulletin is about hostile addresses, and its readers are taught not to click.
func renderHTML(e edition.Edition) ([]byte, error) {
	if _, err := pipeline.ParseNation(string(e.Nation)); err != nil {
		return nil, err
	}
	t, err := messagePage.Clone()
	if err != nil {
		return nil, fmt.Errorf("mail template: %w", err)
	}
	var b bytes.Buffer
	p := page{E: e, Notes: e.Notes()}
	if err := t.Funcs(functions(e.Nation)).ExecuteTemplate(&b, "message", p); err != nil {
		return nil, fmt.Errorf("mail template: %w", err)
	}
	return b.Bytes(), nil
}

// functions are what the template uses to print; times are the reader's nation's.
func functions(reader pipeline.Nation) template.FuncMap {
	return template.FuncMap{
		"address":   address,
		"align":     align,
		"bullet":    bullet,
		"class":     class,
		"column":    column,
		"color":     func(t marking.TLP) template.CSS { return template.CSS(fmt.Sprintf("#%06X", t.Color())) },
		"defang":    edition.Defang,
		"indent":    indent,
		"look":      look,
		"place":     place,
		"local":     func(t time.Time) string { return local(t, reader) },
		"technique": attack.Title,
		"upper":     func(v any) string { return strings.ToUpper(fmt.Sprint(v)) },
		"utc":       func(t time.Time) string { return t.UTC().Format("2 January 2006 15:04 UTC") },
		"version":   version,
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

// version is the one that the mail carries; none for a draft.
func version(e edition.Edition) string {
	if len(e.History) == 0 {
		return ""
	}
	return e.History[len(e.History)-1].Version
}

// local is a moment on the clock that the reader sees, with its offset, as daylight saving moves it.
func local(t time.Time, reader pipeline.Nation) string {
	for _, l := range edition.LocalTimes(t) {
		if l.Nation == reader {
			return l.Time.Format("2 January 15:04 (UTC-07:00) ") + "in " + l.Place
		}
	}
	return ""
}

// address is what stands behind a link's text: where it leads, unless the text says so itself.
func address(link draft.Inline) string {
	if len(link.Children) == 1 {
		if text := link.Children[0].Text; text == link.URL || "mailto:"+text == link.URL {
			return ""
		}
	}
	return link.URL
}

// bullet is what stands before a list item's first block.
func bullet(b draft.Block) string {
	switch {
	case b.Item == nil || b.Continues:
		return ""
	case b.Item.Ordered:
		return fmt.Sprintf("%d. ", b.Item.Number)
	}
	return "• "
}

func class(b draft.Block) string {
	switch {
	case b.Quote > 0:
		return "quote"
	case b.Item != nil:
		return "item"
	}
	return ""
}

// indent is a block's left margin: a step for each list and each quotation that it stands in.
func indent(b draft.Block) template.CSS {
	steps := b.Quote
	if b.Item != nil {
		steps += b.Item.Depth
	}
	return template.CSS(fmt.Sprintf("%dpx", 16*min(steps, 8))) // a phone is narrow
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

// align is how a table's column stands.
func align(columns []string, i int) template.CSS {
	if i < len(columns) && (columns[i] == "center" || columns[i] == "right") {
		return template.CSS(columns[i])
	}
	return "left"
}
