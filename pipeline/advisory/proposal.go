package advisory

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bulletin/pipeline"
	"bulletin/pipeline/attack"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// Limits of what a proposal holds, so that front matter stays below what draft reads.
const (
	maxTitle      = 150      // characters (draft)
	maxQuotes     = 20       // lines of the source that a comment quotes
	maxQuote      = 300      // characters of each
	maxReferences = 24 << 10 // bytes of all together
	maxTechniques = 150
	maxUse        = 200 // characters of how a technique was used
)

// A proposal is a draft in the making: what a reader of a source found.
type proposal struct {
	title      string
	kind       pipeline.Kind
	language   string // as the source declares it; empty if it does not
	date       string // as the source has it, for a comment
	glance     [][2]string
	techniques []technique
	references []string
	table      indicatorTable
	body       string

	plain  string   // the text of the source, in which labels and ids are looked for
	said   stated   // what the source says of its TLP, beside plain
	quotes []string // what it says of its marking otherwise
	kept   []string // what the source has and a draft has no place for

	tlp   marking.TLP
	why   string // there is no tlp
	left  []Left
	notes []string
}

// technique is an entry of ATT&CK that the source names.
type technique struct {
	mark, id, use string
}

func (p *proposal) note(format string, args ...any) {
	p.notes = append(p.notes, fmt.Sprintf(format, args...))
}

func (p *proposal) leave(key, why string) { p.left = append(p.left, Left{key, why}) }

// settle decides what is proposed and what is left, from all that was found.
func (p *proposal) settle() {
	p.settleTLP()
	p.body = p.settleMarks(p.body)
	p.settleTitle()
	if p.kind == "" {
		p.kind = "bulletin"
		if flash.MatchString(p.title) || flash.MatchString(firstCharacters(p.plain, 2000)) {
			p.kind = "flash"
		}
	}
	p.findTechniques()
	p.settleReferences()
	p.body = boldHeadings(p.body)
	p.leave("scheme", "the scheme that you mark it in: tlp, or your nation's own")
	if p.tlp == marking.NoTLP {
		p.leave("tlp", p.why)
	}
	p.leave("releasable_to", "the nations that its publisher lets have it: no source says so in a form that can be read")
}

var flash = regexp.MustCompile(`\bFLASH\b|(?i:\bflash (?:number|alert|report)\b)`)

func firstCharacters(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

func (p *proposal) settleTLP() {
	found := statedTLP(p.plain)
	for _, t := range found.labels {
		p.said.labels = once(p.said.labels, t)
	}
	for _, t := range found.others {
		p.said.others = once(p.said.others, t)
	}
	p.said.odd = append(p.said.odd, found.odd...)
	p.said.quotes = append(p.said.quotes, found.quotes...)
	p.tlp, p.why = p.said.one()
}

var (
	leadingLabel = regexp.MustCompile(`(?i)^[\s(\[{*_]*TLP\s*[:：=_–—-]?\s*(?:WHITE|CLEAR|GREEN|AMBER\s*[+ _-]\s*STRICT|AMBER|RED)\b[)\]}*_\s]*[-–—:,.;|]*\s*`)
	leadingMark  = regexp.MustCompile(`^\([^()]{1,80}\)\s*`)
	leadingDate  = regexp.MustCompile(`^\d{1,2}/\d{1,2}/\d{4}\s*[-–—:]\s*`)
)

// settleTitle makes one line of the title, without any marking in it.
func (p *proposal) settleTitle() {
	whole := oneLine(p.title)
	title := strings.TrimLeft(whole, ".,;:-–— ")
	title = leadingDate.ReplaceAllString(title, "")
	title = leadingLabel.ReplaceAllString(title, "")
	if m := leadingMark.FindString(title); m != "" && len(schemesOf(strings.Trim(m, "() \t"))) > 0 {
		title = title[len(m):]
	}
	title = strings.TrimSpace(title)
	if utf8.RuneCountInString(title) > maxTitle {
		title = firstCharacters(title, maxTitle-1)
		if at := strings.LastIndexByte(title, ' '); at > maxTitle/2 {
			title = title[:at]
		}
		title += "…"
	}
	p.title = title
	switch {
	case title == "":
		p.leave("title", "the source has none")
	case len(refusedLines("title", []string{title})) > 0:
		p.title = ""
		p.leave("title", "the source's could be taken for a marking: "+firstCharacters(whole, maxTitle))
	}
	if whole != p.title {
		p.kept = append(p.kept, "title: "+whole)
	}
}

var attackID = regexp.MustCompile(`\b(?:TA\d{4}|T\d{4}(?:[./]\d{3})?)\b`)

// findTechniques adds the ids that stand in the text.
func (p *proposal) findTechniques() {
	known := map[string]bool{}
	for _, t := range p.techniques {
		known[t.id] = true
	}
	var odd []string
	for _, id := range attackID.FindAllString(p.plain, -1) {
		id = strings.ReplaceAll(id, "/", ".")
		if known[id] {
			continue
		}
		known[id] = true
		if _, ok := attack.Lookup(id); !ok {
			odd = append(odd, id)
			continue
		}
		p.techniques = append(p.techniques, technique{id: id})
	}
	if len(p.techniques) > maxTechniques {
		p.note("%d techniques are named; the first %d are proposed", len(p.techniques), maxTechniques)
		p.techniques = p.techniques[:maxTechniques]
	}
	if len(odd) > 0 {
		odd = odd[:min(len(odd), maxQuotes)]
		p.kept = append(p.kept, "ATT&CK "+attack.Version+" has none of these ids, which stand in the text: "+strings.Join(odd, ", "))
	}
}

// settleReferences keeps what fits and cannot be taken for a mark; the rest becomes a list at the end of the text.
func (p *proposal) settleReferences() {
	lines := p.references
	p.references = nil
	refused := refusedLines("references", lines)
	var rest []string
	size := 0
	for i, l := range lines {
		if size += len(l) + 8; refused[i] || size > maxReferences || len(l) > 2000 {
			rest = append(rest, "- "+escaped(l))
			continue
		}
		p.references = append(p.references, l)
	}
	if len(rest) > 0 {
		p.body = strings.TrimRight(p.body, "\n") + "\n\n## Further references\n\n" + strings.Join(rest, "\n") + "\n"
	}
}

// refusedLines returns which of the lines draft would refuse under some scheme, because they could be taken for a
// mark. Draft itself is asked.
func refusedLines(key string, lines []string) map[int]bool {
	if len(lines) == 0 {
		return nil
	}
	out := map[int]bool{}
	for _, scheme := range marking.Schemes() {
		front := "---\ntlp: TLP:RED\nreleasable_to: [NZL]\nscheme: " + scheme.Name() + "\n"
		first := strings.Count(front, "\n") + 1
		if key == "title" {
			front += "title: " + quoted(lines[0]) + "\n"
		} else {
			front += "title: T\n" + key + ":\n"
			first += 2
			for _, l := range lines {
				entry := quoted(l)
				if key == "attack" { // a reference may begin with a mark of its own; how a technique is used may not
					entry = "{id: T1048, use: " + entry + "}"
				}
				front += "  - " + entry + "\n"
			}
		}
		src := draft.Source{Name: "d", Files: map[string][]byte{"d": []byte(front + "---\nText.\n")}}
		_, problems := draft.Parse(src, draft.Options{})
		for _, problem := range problems {
			if at := problem.Pos.Line - first; problem.Severity == draft.Error && at >= 0 && at < len(lines) {
				out[at] = true
			}
		}
	}
	return out
}

// front writes the front matter. Every value from the source stands in double quotes, every comment on a line of its own.
func (p *proposal) front(indicators string) string {
	var b strings.Builder
	b.WriteString("---\n# Imported: check refuses it until you have filled in what is empty here.\n")
	for _, l := range p.left {
		if l.Key == "title" {
			comment(&b, "title: "+l.Why+". Write one line of at most 150 characters.")
		}
	}
	b.WriteString(key("title", p.title))
	fmt.Fprintf(&b, "kind: %s\nprecedence: routine\n", p.kind)
	b.WriteString("# The scheme that you mark it in: tlp, or your nation's own (usa cui gbr aus can nzl).\n")
	for _, q := range p.quotes[:min(len(p.quotes), maxQuotes)] {
		comment(&b, q)
	}
	b.WriteString("scheme:\n")
	for _, q := range p.said.quotes[:min(len(p.said.quotes), maxQuotes)] {
		comment(&b, "The source says: "+q)
	}
	if p.tlp == marking.NoTLP {
		comment(&b, upper(p.why)+": write tlp: TLP:AMBER, or another label.")
		b.WriteString("tlp:\n")
	} else {
		fmt.Fprintf(&b, "tlp: %s\n", p.tlp)
	}
	b.WriteString("# Of AUS, CAN, GBR, NZL, USA, those whom its publisher lets have it: releasable_to: [AUS, NZL]\nreleasable_to:\n")
	if p.language != "" {
		b.WriteString(key("language", p.language))
	}
	p.lists(&b, indicators)
	b.WriteString("# Three to seven things to do today, the most urgent first:\n# actions:\n#   - Search your estate for …\n")
	if p.date != "" {
		comment(&b, "The source is of "+p.date)
	}
	for _, k := range p.kept[:min(len(p.kept), maxQuotes)] {
		comment(&b, "In the source: "+k)
	}
	b.WriteString("---\n\n")
	return b.String()
}

func (p *proposal) lists(b *strings.Builder, indicators string) {
	if len(p.glance) > 0 {
		b.WriteString("glance:\n")
		for _, g := range p.glance {
			b.WriteString("  " + key(g[0], g[1]))
		}
	}
	if len(p.techniques) > 0 {
		b.WriteString("attack:\n")
	}
	for _, t := range p.techniques {
		id := strings.TrimSpace(t.mark + " " + t.id)
		if t.use == "" {
			fmt.Fprintf(b, "  - %s\n", quoted(id))
		} else {
			fmt.Fprintf(b, "  - {id: %s, use: %s}\n", quoted(id), quoted(t.use))
		}
	}
	if len(p.table.rows) > 0 {
		b.WriteString(key("indicators", indicators))
	}
	if len(p.references) > 0 {
		b.WriteString("references:\n")
	}
	for _, r := range p.references {
		fmt.Fprintf(b, "  - %s\n", quoted(r))
	}
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

func key(name, value string) string {
	if value == "" {
		return name + ":\n"
	}
	return name + ": " + quoted(value) + "\n"
}

// quoted is one line as a value that YAML reads as that text and nothing else: JSON's strings are YAML's (YAML 1.2 §1.3).
func quoted(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(oneLine(s)); err != nil {
		return `""` // cannot be: a string always encodes
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// comment writes one line that YAML does not read.
func comment(b *strings.Builder, s string) {
	b.WriteString("# " + firstCharacters(oneLine(s), maxQuote) + "\n")
}

// oneLine makes one line of a text.
func oneLine(s string) string { return strings.Join(strings.Fields(shown(s)), " ") }

// schemesOf returns the schemes in which what stands in parentheses is a portion's mark.
func schemesOf(inner string) (names []string) {
	for _, s := range marking.Schemes() {
		if _, err := s.ParsePortion(inner); err == nil {
			names = append(names, s.Name())
		}
	}
	slices.Sort(names)
	return names
}
