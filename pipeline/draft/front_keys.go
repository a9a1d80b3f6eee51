package draft

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"golang.org/x/text/language"

	"bulletin/pipeline"
	"bulletin/pipeline/attack"
	"bulletin/pipeline/marking"
)

// maxTitle is how many characters a title may have.
const maxTitle = 150

// keys returns the keys of front matter in the order in which they are read: the scheme first,
// because marks need it, and the banner before what may have its list.
func (f *front) keys() []key {
	return []key{
		{"scheme", true, "write scheme: tlp, or the national scheme of the author", f.scheme},
		{"tlp", true, "write tlp: TLP:AMBER, or another label of TLP 2.0", f.tlp},
		{"releasable_to", true, "write releasable_to: [AUS, CAN, GBR, NZL, USA], or those of them that get an edition", f.releasableTo},
		{"marking", false, "", f.statedBanner},
		{"title", true, "write title: and one line of text", f.title},
		{"correction", false, "", f.correction},
		{"kind", false, "", f.kind},
		{"precedence", false, "", f.precedence},
		{"language", false, "", f.language},
		{"embargo", false, "", f.embargo},
		{"authority", false, "", f.authority},
		{"glance", false, "", f.glance},
		{"actions", false, "", f.actions},
		{"attack", false, "", f.attack},
		{"indicators", false, "", f.indicatorFile},
		{"attachments", false, "", f.attachments},
		{"contacts", false, "", func(n ast.Node) { f.doc.Contacts = f.lines(n, "contacts", "a contact") }},
		{"references", false, "", func(n ast.Node) { f.doc.References = f.lines(n, "references", "a reference") }},
	}
}

func (f *front) scheme(n ast.Node) {
	s, at, ok := f.scalar(n, "scheme")
	if !ok {
		return
	}
	f.schemePos = at
	scheme, err := marking.ByName(s)
	if err != nil {
		f.probs.errorf(at, "", "%v", err)
		return
	}
	f.doc.Scheme = scheme
	f.marks.scheme, f.marks.rule = scheme, ruleOf(scheme.Name())
}

func (f *front) tlp(n ast.Node) {
	s, at, ok := f.scalar(n, "tlp")
	if !ok {
		return
	}
	f.tlpPos = at
	tlp, err := marking.ParseTLP(s)
	if err != nil {
		f.badBanner("tlp", err, s, at)
		return
	}
	f.doc.TLP = tlp
}

func (f *front) statedBanner(n ast.Node) {
	s, at, ok := f.scalar(n, "marking")
	if !ok || f.doc.Scheme == nil {
		return
	}
	f.bannerPos = at
	m, err := f.doc.Scheme.ParseBanner(s)
	if err != nil {
		f.badBanner("marking", err, s, at)
		f.marks.bannerBad = true
		return
	}
	f.banner, f.marks.banner = m, m
}

func (f *front) releasableTo(n ast.Node) {
	values, ok := f.list(n, "releasable_to")
	if !ok {
		return
	}
	for _, v := range values {
		s, at, ok := f.scalar(v, "a nation")
		if !ok {
			continue
		}
		nation, err := pipeline.ParseNation(s)
		switch {
		case err != nil:
			hint := "known are " + pipeline.JoinNations(pipeline.Nations(), ", ")
			f.probs.errorf(at, hint, "releasable_to: %v", err)
		case slices.Contains(f.doc.ReleasableTo, nation):
			f.probs.errorf(at, "keep one", "releasable_to names %s twice", nation)
		default:
			f.doc.ReleasableTo = append(f.doc.ReleasableTo, nation)
		}
	}
	slices.Sort(f.doc.ReleasableTo)
}

func (f *front) title(n ast.Node) {
	l, ok := f.line(n, "title")
	if !ok {
		return
	}
	if length := utf8.RuneCountInString(l.Text); length > maxTitle {
		f.probs.errorf(l.Pos, "say the rest in the summary", "title has %d characters; at most %d fit", length, maxTitle)
	}
	inside := f.marks.within(l.Text) != ""
	for i, r := range l.Text {
		if (r == '(' || r == '（') && f.marks.opens(l.Text[i:]) && (f.marks.known(l.Text[i:]) || !abbreviation.MatchString(l.Text[i:])) {
			inside = true
		}
	}
	if inside {
		f.probs.errorf(l.Pos, "a title's mark stands before it; take this one out", "title holds a mark inside its text")
	}
	f.doc.Title = l
}

// abbreviation is what a title may hold in the middle, though it is a mark in some other scheme: (PC), (IC).
var abbreviation = regexp.MustCompile(`^\([A-Z]{2,3}\)`)

// correction reads what this version changes: it goes into the version history as it stands.
func (f *front) correction(n ast.Node) {
	l, ok := f.line(n, "correction")
	if !ok {
		return
	}
	if length := utf8.RuneCountInString(l.Text); length > maxTitle {
		f.probs.errorf(l.Pos, "say what changed in a line, and the rest in the text", "correction has %d characters; at most %d fit", length, maxTitle)
	}
	f.doc.Correction = l
}

func (f *front) kind(n ast.Node) {
	if s, at, ok := f.scalar(n, "kind"); ok {
		kind, err := pipeline.ParseKind(s)
		f.refuse(err, at)
		f.doc.Kind = kind
	}
}

func (f *front) precedence(n ast.Node) {
	if s, at, ok := f.scalar(n, "precedence"); ok {
		precedence, err := pipeline.ParsePrecedence(s)
		f.refuse(err, at)
		f.doc.Precedence = precedence
	}
}

// language reads which language the text is in: hyphenation, and readers that speak, need it (BCP 47).
func (f *front) language(n ast.Node) {
	s, at, ok := f.scalar(n, "language")
	if !ok {
		return
	}
	tag, err := language.Parse(s)
	if err != nil || tag == language.Und {
		f.probs.errorf(at, "write it like fr or fr-CA", "language %q is not a tag of BCP 47", s)
		return
	}
	f.doc.Language = tag.String()
}

func (f *front) refuse(err error, at Pos) {
	if err != nil {
		f.probs.errorf(at, "", "%v", err)
	}
}

func (f *front) embargo(n ast.Node) {
	s, at, ok := f.scalar(n, "embargo")
	if !ok {
		return
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		f.probs.errorf(at, "write it like 2026-03-18T09:00:00Z, with Z or an offset", "embargo %q is not a time of RFC 3339", s)
		return
	}
	f.doc.Embargo = t.UTC()
}

func (f *front) actions(n ast.Node) {
	f.actionsPos = f.pos(n.GetToken())
	f.doc.Actions = f.lines(n, "actions", "an action")
}

func (f *front) glance(n ast.Node) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		f.probs.errorf(f.pos(n.GetToken()), "write who:, what:, since: and confidence: under it", "glance must be a map, not %s", kindOf(n))
		return
	}
	given := map[string]ast.Node{}
	lines := map[string]Line{}
	known := []key{{name: "who"}, {name: "what"}, {name: "since"}, {name: "confidence"}}
	for _, pair := range m.Values {
		k, ok := f.key(pair, "glance", known, given)
		if !ok {
			continue
		}
		given[k.name] = pair.Value
		if l, ok := f.line(pair.Value, "glance: "+k.name); ok {
			lines[k.name] = l
		}
	}
	for _, k := range known {
		if l, ok := lines[k.name]; ok {
			name := strings.ToUpper(k.name[:1]) + k.name[1:]
			f.doc.Glance = append(f.doc.Glance, GlanceLine{Name: name, Line: l})
		}
	}
}

func (f *front) attack(n ast.Node) {
	values, _ := f.list(n, "attack")
	seen := map[string]Pos{}
	for _, v := range values {
		t, ok := f.technique(v)
		if !ok {
			continue
		}
		if first, again := seen[t.ID]; again {
			f.probs.warnf(t.Pos, "keep one", "attack names %s twice; first at %s", t.ID, first)
		}
		seen[t.ID] = t.Pos
		f.doc.Attack = append(f.doc.Attack, t)
	}
}

// technique reads an id, or a map of an id and how it was used.
func (f *front) technique(n ast.Node) (Technique, bool) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return f.techniqueID(n)
	}
	var t Technique
	haveID, good := false, true
	given := map[string]ast.Node{}
	for _, pair := range m.Values {
		k, ok := f.key(pair, "attack", []key{{name: "id"}, {name: "use"}}, given)
		if !ok {
			good = false
			continue
		}
		given[k.name] = pair.Value
		if k.name == "id" {
			id, ok := f.techniqueID(pair.Value)
			id.Use, t, haveID, good = t.Use, id, true, good && ok
			continue
		}
		s, at, ok := f.scalar(pair.Value, "attack: use")
		if ok && f.marks.holds(s) {
			f.probs.errorf(at, "put the mark before the id: {id: (…) T1048, use: …}", "attack: use holds a mark")
			ok = false
		}
		t.Use, good = strings.TrimSpace(s), good && ok
	}
	if !haveID {
		f.probs.errorf(f.pos(n.GetToken()), "write {id: T1048, use: how it was used}", "attack: a map without an id")
	}
	return t, haveID && good
}

func (f *front) techniqueID(n ast.Node) (Technique, bool) {
	l, ok := f.line(n, "attack: an id")
	if !ok {
		return Technique{}, false
	}
	if !attack.Valid(l.Text) {
		f.probs.errorf(l.Pos, "write TA0010, T1048 or T1048.003", "attack: %q is not the id of an ATT&CK tactic or technique", l.Text)
		return Technique{}, false
	}
	if _, known := attack.Lookup(l.Text); !known {
		f.probs.warnf(l.Pos, "correct it, if it is not newer than that", "attack: no technique %s in ATT&CK %s: it is printed without a name", l.Text, attack.Version)
	}
	return Technique{Label: l.Label, ID: l.Text, Pos: l.Pos}, true
}

func (f *front) indicatorFile(n ast.Node) {
	s, at, ok := f.scalar(n, "indicators")
	if !ok {
		return
	}
	name, err := besideDraft(s)
	if err != nil {
		f.probs.errorf(at, "put the file beside the draft and give its name alone", "indicators: %v", err)
		return
	}
	f.indicators, f.indicatorsPos = name, at
}

// badBanner reports a TLP label or a banner that does not parse.
func (f *front) badBanner(key string, err error, s string, at Pos) {
	if syntax, ok := err.(*marking.SyntaxError); ok {
		hint := ""
		if syntax.Suggestion != "" {
			hint = fmt.Sprintf("did you mean %s?", syntax.Suggestion)
		}
		f.probs.errorf(at.after(s, syntax.Offset), hint, "%s: %q does not parse: %s (%s)", key, s, syntax.Msg, syntax.Rule)
		return
	}
	f.probs.errorf(at, "", "%s: %v", key, err)
}
