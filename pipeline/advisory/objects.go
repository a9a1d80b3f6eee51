package advisory

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/attack"
	"bulletin/pipeline/draft"
)

// kind is what the report says it is, where it uses the words of this system (its own bundles do).
func (b *bundle) kind() pipeline.Kind {
	for _, l := range b.report.Labels {
		if k, err := pipeline.ParseKind(l); err == nil {
			return k
		}
	}
	return ""
}

// references are the report's. Its own product and the files that came with it are none.
func (b *bundle) references() {
	for _, e := range b.report.External {
		switch {
		case e.Source == "bulletin" || e.Source == "attachment":
			b.p.kept = append(b.p.kept, oneLine(e.Source+" "+e.ID+" "+e.Description))
		default:
			if line := e.line(); line != "" {
				b.p.references = once(b.p.references, line)
			}
		}
	}
}

// line is a reference as people write it.
func (e external) line() string {
	var parts []string
	numbered, _ := regexp.MatchString(`^reference \d+$`, e.Source) // as this system's own bundles name them
	if e.Source != "" && !numbered {
		parts = append(parts, strings.TrimSpace(e.Source+" "+e.ID))
	}
	if e.Description != "" {
		parts = append(parts, e.Description)
	}
	if e.URL != "" && !strings.Contains(e.Description, e.URL) {
		parts = append(parts, e.URL)
	}
	return oneLine(strings.Join(parts, ", "))
}

var glanceLine = regexp.MustCompile(`^(Who|What|Since|Confidence): (\S.*)$`)

// summary writes the report's description; where it is "At a glance", as in this system's bundles, it is that again.
func (b *bundle) summary() string {
	text := strings.TrimSpace(b.report.Description)
	var glance [][2]string
	for line := range strings.Lines(text) {
		m := glanceLine.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || len(glance) == 4 {
			glance = nil
			break
		}
		glance = append(glance, [2]string{strings.ToLower(m[1]), m[2]})
	}
	if lines := values(glance); len(glance) > 0 && distinct(glance) && len(refusedLines("references", lines)) == 0 {
		b.p.glance = glance
		return ""
	}
	return described(b.p, text)
}

func values(pairs [][2]string) (out []string) {
	for _, p := range pairs {
		out = append(out, p[1])
	}
	return out
}

func distinct(pairs [][2]string) bool {
	seen := map[string]bool{}
	for _, p := range pairs {
		if seen[p[0]] {
			return false
		}
		seen[p[0]] = true
	}
	return true
}

// described writes a description, which is Markdown or plain text: STIX does not say.
func described(p *proposal, text string) string {
	if text == "" {
		return ""
	}
	if markdownish.MatchString(text) {
		return strings.TrimSpace(strings.Join(cleaned(strings.Split(text, "\n"), p), "\n"))
	}
	return strings.TrimSpace(writeBlocks(textBlocks(text)))
}

// indicators makes rows of the indicators. Those whose pattern says more than a row can are written as code.
func (b *bundle) indicators() string {
	var list []object
	b.indicates = map[string][]string{}
	for _, o := range b.objects {
		if o.Relation == "indicates" && b.speaks(o.Target) {
			b.indicates[o.Source] = append(b.indicates[o.Source], b.name(o.Target))
		}
	}
	for _, o := range b.objects {
		if o.Type != "indicator" {
			continue
		}
		for _, r := range b.rows(o) {
			r.from = len(list)
			b.p.table.rows = append(b.p.table.rows, r)
		}
		list = append(list, o)
	}
	left := map[int]bool{} // indicators with a row that draft would refuse
	for i := range b.p.table.unfit() {
		left[b.p.table.rows[i].from] = true
	}
	rows := map[int]bool{}
	b.p.table.rows = slices.DeleteFunc(b.p.table.rows, func(r row) bool { rows[r.from] = !left[r.from]; return left[r.from] })
	var out []string
	for i, o := range list {
		if rows[i] {
			continue
		}
		text := b.entry(o)
		if text == "" {
			text = "A pattern"
		}
		out = append(out, strings.TrimSpace(b.mark(o)+" "+text)+"\n\n"+codeBlock("", strings.Split(strings.Trim(o.Pattern, "\n"), "\n")))
	}
	if len(out) == 0 {
		return ""
	}
	b.p.note("%d indicators have patterns that no row of an indicator file can hold: they stand in the text as code", len(out))
	return "## Detection patterns\n\n" + strings.Join(out, "\n\n")
}

// rows are the rows that an indicator's pattern stands for; none if it says more than rows can.
func (b *bundle) rows(o object) (out []row) {
	r := row{
		first: b.firstSeen(o), confidence: confidence(o.Confidence), mark: b.mark(o),
	}
	switch language := o.PatternType; {
	case language == "yara":
		r.typ, r.value = "yara", strings.TrimSpace(strings.ReplaceAll(o.Pattern, "\t", "    "))
		r.note, r.last = b.about(o, r.value)
		return []row{r}
	case language != "stix" && language != "":
		return nil
	}
	if typ := b.ownType(o); typ != "" {
		r.typ, r.value = typ, o.Name
		r.note, r.last = b.about(o, r.value)
		return []row{r}
	}
	list, ok := alternatives(o.Pattern)
	if !ok {
		return nil
	}
	for _, c := range list {
		one := r
		if one.typ, one.value = c.indicatorType(); one.typ == "" {
			return nil
		}
		one.note, one.last = b.about(o, one.value)
		out = append(out, one)
	}
	return out
}

// ownType is the type of an indicator in a bundle of this system: its label, and its name is the row's value as the
// author spelt it, where the pattern has what sensors see.
func (b *bundle) ownType(o object) string {
	ours := slices.ContainsFunc(b.report.External, func(e external) bool { return e.Source == "bulletin" })
	if !ours || o.Name == "" || len(o.Labels) != 1 {
		return ""
	}
	return o.Labels[0]
}

// firstSeen is when the indicator became valid. STIX wants a time in any case: the one at which the object or the report
// was made says nothing.
func (b *bundle) firstSeen(o object) string {
	t, err := time.Parse(time.RFC3339Nano, o.ValidFrom)
	if err != nil {
		return ""
	}
	for _, made := range []string{o.Created, b.report.Published} {
		if at, err := time.Parse(time.RFC3339Nano, made); err == nil && at.Truncate(time.Second).Equal(t.Truncate(time.Second)) {
			return ""
		}
	}
	return day(t)
}

// day prints a time, and midnight as the date.
func day(t time.Time) string {
	t = t.UTC()
	if t.Equal(t.Truncate(24 * time.Hour)) {
		return t.Format(time.DateOnly)
	}
	return t.Truncate(time.Second).Format(time.RFC3339)
}

// confidence maps numbers to words by the scale "None / Low / Med / High" (STIX 2.1 appendix A), where they are its own.
func confidence(n *int) string {
	switch {
	case n == nil || *n < 0 || *n > 100:
		return ""
	case *n == 15:
		return "low"
	case *n == 50:
		return "medium"
	case *n == 85:
		return "high"
	}
	return strconv.Itoa(*n)
}

var lastSeen = regexp.MustCompile(`(?m)^Last seen (\d{4}-\d{2}-\d{2}(?:T[0-9:.]+Z)?)$`)

// about is the note of a row, and when the indicator was last seen, where its description says so.
func (b *bundle) about(o object, value string) (note, last string) {
	description := o.Description
	if m := lastSeen.FindStringSubmatch(description); m != nil {
		last = m[1]
		description = strings.Replace(description, m[0], "", 1)
	}
	var parts []string
	if name := oneLine(o.Name); name != "" && name != value && !(o.PatternType == "yara" && strings.Contains(value, name)) {
		parts = append(parts, name)
	}
	if description = oneLine(description); description != "" {
		parts = append(parts, description)
	}
	for _, target := range b.indicates[o.ID] {
		parts = append(parts, "indicates "+target)
	}
	if o.ValidUntil != "" {
		parts = append(parts, "valid until "+oneLine(o.ValidUntil))
	}
	for i := range parts[:max(0, len(parts)-1)] {
		parts[i] = strings.TrimRight(parts[i], ".;: ")
	}
	return strings.Join(parts, "; "), last
}

// techniques proposes the attack-patterns with an id of ATT&CK; the others, and what is said of them at length, become
// a list.
func (b *bundle) techniques() string {
	var out []string
	for _, o := range b.objects {
		if o.Type != "attack-pattern" {
			continue
		}
		id := ""
		for _, e := range o.External {
			if attack.Valid(e.ID) {
				id = e.ID
				break
			}
		}
		use := oneLine(o.Description)
		short := len([]rune(use)) <= maxUse && (use == "" || len(refusedLines("attack", []string{use})) == 0)
		known := slices.ContainsFunc(b.p.techniques, func(t technique) bool { return t.id == id })
		if id != "" && !known {
			t := technique{mark: b.mark(o), id: id}
			if short {
				t.use = use
			}
			b.p.techniques = append(b.p.techniques, t)
		}
		if id == "" || known || !short {
			out = append(out, b.item(o))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return "## Techniques\n\n" + strings.Join(out, "\n")
}

// headings are the parts of a draft that objects become, in this order.
var headings = []struct {
	title string
	types []string
}{
	{"Actors", []string{"threat-actor", "intrusion-set", "campaign"}},
	{"Malware and tools", []string{"malware", "tool", "malware-analysis"}},
	{"Vulnerabilities", []string{"vulnerability"}},
	{"Infrastructure", []string{"infrastructure"}},
	{"Mitigations", []string{"course-of-action"}},
	{"People, organisations and places", []string{"identity", "location"}},
	{"Notes", []string{"note", "opinion", "incident", "grouping"}},
	{"Observed", []string{"artifact", "autonomous-system", "directory", "domain-name", "email-addr", "email-message", "file", "ipv4-addr", "ipv6-addr", "mac-addr", "mutex", "network-traffic", "process", "software", "url", "user-account", "windows-registry-key", "x509-certificate"}},
	{"Relations", []string{"relationship", "sighting"}},
}

// sections writes the objects of a bundle as lists.
func (b *bundle) sections() []string {
	var out []string
	silent := map[string]int{}
	known := map[string]bool{"indicator": true, "attack-pattern": true}
	for _, h := range headings {
		var items []string
		for _, o := range b.objects {
			if slices.Contains(h.types, o.Type) && o.ID != b.report.CreatedBy {
				if text := b.item(o); text != "" {
					items = append(items, text)
				} else if o.Relation != "indicates" { // which stands in the indicator's note
					silent[o.Type]++
				}
			}
		}
		for _, t := range h.types {
			known[t] = true
		}
		if len(items) > 0 {
			out = append(out, "## "+h.title+"\n\n"+strings.Join(items, "\n"))
		}
	}
	var others []string
	for _, o := range b.objects {
		switch {
		case known[o.Type]:
		case o.Name == "" && o.Description == "":
			silent[o.Type]++
		default:
			others = append(others, b.item(o))
		}
	}
	if len(others) > 0 {
		out = append(out, "## Other\n\n"+strings.Join(others, "\n"))
	}
	if len(silent) > 0 {
		b.p.note("left out, for a draft has no place for them: %s", counts(silent))
	}
	if by, ok := b.byID[b.report.CreatedBy]; ok {
		b.p.kept = append(b.p.kept, "published by "+oneLine(by.Name+" "+by.Contact))
	}
	return out
}

func counts(of map[string]int) string {
	var out []string
	for name, n := range of {
		out = append(out, fmt.Sprintf("%d %s", n, firstCharacters(oneLine(name), 40)))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// item writes an object as an item of a list, with its mark where it is marked otherwise than the report.
func (b *bundle) item(o object) string {
	text := b.entry(o)
	if text == "" {
		return ""
	}
	return "- " + strings.TrimSpace(b.mark(o)+" "+text)
}

// entry writes an object in a line.
func (b *bundle) entry(o object) string {
	switch o.Type {
	case "relationship":
		if o.Relation == "indicates" || !b.speaks(o.Source) || !b.speaks(o.Target) {
			return ""
		}
		return escaped(b.name(o.Source)+" "+strings.ReplaceAll(o.Relation, "-", " ")+" "+b.name(o.Target)) + about(o.Description)
	case "sighting":
		return "Sighted: " + escaped(b.name(o.Sighted)) + about(o.Description)
	case "note", "opinion":
		return escaped(oneLine(strings.Trim(strings.Join([]string{o.Abstract, o.Content, o.Opinion, o.Explanation}, ". "), ". ")))
	}
	name := oneLine(o.Name)
	if value, ok := o.Value.(string); ok && name == "" {
		name = oneLine(value)
		return o.Type + " " + draft.Backticked(name)
	}
	if name == "" && o.Description == "" {
		return ""
	}
	out := "**" + escaped(name) + "**"
	if name == "" {
		out = ""
	}
	if others := slices.DeleteFunc(slices.Clone(o.Aliases), func(a string) bool { return a == o.Name }); len(others) > 0 {
		out += " (also " + escaped(oneLine(strings.Join(others, ", "))) + ")"
	}
	var ids []string
	for _, e := range o.External {
		if line := e.line(); line != "" && !attack.Valid(e.ID) {
			ids = append(ids, line)
		}
	}
	out += about(o.Description)
	if len(ids) > 0 {
		out += " (" + escaped(strings.Join(ids, "; ")) + ")"
	}
	return strings.TrimPrefix(out, ": ")
}

// about is a description behind a name.
func about(text string) string {
	if text = oneLine(text); text == "" {
		return ""
	}
	return ": " + escaped(text)
}

// speaks reports whether an id names something of the bundle that readers know by a name.
func (b *bundle) speaks(id string) bool { return b.name(id) != "" }

func (b *bundle) name(id string) string {
	o := b.byID[id]
	if value, ok := o.Value.(string); ok && o.Name == "" {
		return oneLine(value)
	}
	return oneLine(o.Name)
}
