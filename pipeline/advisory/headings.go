package advisory

import (
	"slices"
	"strings"

	"bulletin/pipeline/draft"
)

// boldHeadings writes a heading with nothing under it (a date above another heading, say) as a bold line: an edition has
// an unmarked heading only with something under it, and its words would be lost. Draft is asked what it takes for a
// heading, of a text without parentheses: whatever scheme the author will choose, no mark is refused. One that begins with
// a mark stays: it goes by that.
func boldHeadings(body string) string {
	const front = "---\ntitle: T\nscheme: tlp\ntlp: TLP:RED\nreleasable_to: [NZL]\n---\n"
	doc, _ := draft.Parse(draft.Source{Name: "d", Files: map[string][]byte{"d": []byte(front + noParentheses.Replace(body))}}, draft.Options{})
	if doc == nil {
		return body
	}
	lines := strings.Split(body, "\n")
	for i, p := range slices.Backward(doc.Portions) {
		if p.Block.Kind != draft.Heading || draft.HeadsAnything(doc.Portions[i:]) {
			continue
		}
		if at := p.Pos.Line - 1 - strings.Count(front, "\n"); at >= 0 && at < len(lines) && boldLine(lines, at) {
			doc.Portions[i].Block.Kind = draft.Paragraph
		}
	}
	return strings.Join(lines, "\n")
}

var noParentheses = strings.NewReplacer("(", "x", "（", "x")

// boldLine writes the heading in a line as a paragraph by itself, if it stands in no list, quotation or tag.
func boldLine(lines []string, at int) bool {
	text := strings.TrimSpace(lines[at])
	underlined := at+1 < len(lines) && setextLine.MatchString(lines[at+1])
	switch m := heading.FindStringSubmatch(lines[at]); {
	case m != nil:
		text, underlined = m[2], false
	case !underlined || opensBlock.FindString(lines[at]) != "":
		return false
	}
	sign := "**"
	if strings.Contains(text, sign) { // which would end it
		sign = "__"
	}
	if m := portionMark.FindStringSubmatch(text); text == "" || strings.Contains(text, sign) || m != nil && len(schemesOf(m[1])) > 0 {
		return false
	}
	lines[at] = sign + text + sign
	if underlined {
		lines[at+1] = ""
	}
	if at > 0 && strings.TrimSpace(lines[at-1]) != "" {
		lines[at] = "\n" + lines[at]
	}
	if at+1 < len(lines) && strings.TrimSpace(lines[at+1]) != "" {
		lines[at] += "\n"
	}
	return true
}
