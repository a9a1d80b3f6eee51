package advisory

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"bulletin/pipeline/marking"
)

// maxObjects is how many objects of a bundle are read.
const maxObjects = 20_000

// object is an object of STIX 2.1, as far as a draft has a place for it.
type object struct {
	Type        string      `json:"type"`
	SpecVersion string      `json:"spec_version"`
	ID          string      `json:"id"`
	CreatedBy   string      `json:"created_by_ref"`
	Created     string      `json:"created"`
	Modified    string      `json:"modified"`
	Revoked     bool        `json:"revoked"`
	Labels      []string    `json:"labels"`
	Lang        string      `json:"lang"`
	Confidence  *int        `json:"confidence"`
	External    []external  `json:"external_references"`
	MarkingRefs []string    `json:"object_marking_refs"`
	Granular    []granulate `json:"granular_markings"`

	Name        string   `json:"name"`
	Description string   `json:"description"`
	Published   string   `json:"published"`
	ObjectRefs  []string `json:"object_refs"`
	Aliases     []string `json:"aliases"`
	Content     string   `json:"content"`  // note
	Abstract    string   `json:"abstract"` // note
	Explanation string   `json:"explanation"`
	Opinion     string   `json:"opinion"`
	Contact     string   `json:"contact_information"`
	Value       any      `json:"value"` // of an observable

	Pattern     string `json:"pattern"`
	PatternType string `json:"pattern_type"`
	ValidFrom   string `json:"valid_from"`
	ValidUntil  string `json:"valid_until"`

	Relation string `json:"relationship_type"`
	Source   string `json:"source_ref"`
	Target   string `json:"target_ref"`
	Sighted  string `json:"sighting_of_ref"`

	DefinitionType string                    `json:"definition_type"`
	Definition     map[string]any            `json:"definition"`
	Extensions     map[string]map[string]any `json:"extensions"`
}

type external struct {
	Source      string `json:"source_name"`
	Description string `json:"description"`
	URL         string `json:"url"`
	ID          string `json:"external_id"`
}

type granulate struct {
	Ref  string `json:"marking_ref"`
	Lang string `json:"lang"`
}

// bundle is what is taken of a STIX bundle, and the way to it.
type bundle struct {
	p          *proposal
	objects    []object // without revoked ones, markings and the report
	byID       map[string]object
	report     object
	tlp        marking.TLP         // of the report
	statements []string            // of the report
	indicates  map[string][]string // names, by indicator
}

// readSTIX reads a bundle with a report.
func readSTIX(p *proposal, s string, opt Options) error {
	var in struct {
		Type        string            `json:"type"`
		SpecVersion string            `json:"spec_version"`
		Objects     []json.RawMessage `json:"objects"`
	}
	if err := json.Unmarshal([]byte(s), &in); err != nil {
		return notJSON(s, err)
	}
	switch {
	case in.Type == "":
		return refuse("import reads STIX 2.1 bundles, Markdown, HTML and plain text", "it is JSON, and no bundle of STIX (a CSAF document, perhaps)")
	case in.Type != "bundle":
		return refuse("put it into a bundle: {\"type\": \"bundle\", \"id\": …, \"objects\": [ … ]}", "it is a single object of STIX (%s), and no bundle", firstCharacters(oneLine(in.Type), 60))
	case in.SpecVersion != "" && in.SpecVersion != "2.1":
		return oldSTIX(in.SpecVersion)
	case len(in.Objects) > maxObjects:
		return refuse("take a report out of it, and import that", "the bundle has %d objects; at most %d are read", len(in.Objects), maxObjects)
	}
	b := bundle{p: p, byID: map[string]object{}}
	for i, raw := range in.Objects {
		if err := b.add(raw, i); err != nil {
			return err
		}
	}
	if err := b.choose(opt.Report); err != nil {
		return err
	}
	b.propose()
	return nil
}

func notJSON(s string, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + strings.Count(s[:min(int(syntax.Offset), len(s))], "\n")
		return refuse("--format says what it is written in, if it is no JSON", "line %d: it is not valid JSON: %v", line, err)
	}
	return refuse("look at its objects", "it is not a bundle of STIX 2.1: %v", err)
}

func oldSTIX(version string) error {
	return refuse("convert it first, for example with stix2-elevator or your threat platform's export", "it is STIX %s: import reads STIX 2.1", firstCharacters(oneLine(version), 20))
}

// add keeps one object of the bundle.
func (b *bundle) add(raw json.RawMessage, i int) error {
	var o object
	var wrong *json.UnmarshalTypeError
	if err := json.Unmarshal(raw, &o); errors.As(err, &wrong) && o.Type != "" && o.ID != "" {
		b.p.note("%s: %s is no %s, and was left out", firstCharacters(o.ID, 80), wrong.Field, wrong.Type)
	} else if err != nil {
		return refuse("look at it", "object %d of the bundle is not one of STIX 2.1: %v", i+1, err)
	}
	switch {
	case o.Type == "" || o.ID == "":
		return refuse("look at it", "object %d of the bundle has no type or no id", i+1)
	case o.SpecVersion == "2.0", o.SpecVersion == "" && (o.Type == "report" || o.Type == "indicator"):
		return oldSTIX("2.0")
	}
	if former, again := b.byID[o.ID]; again { // two versions of one object: the newer counts (STIX 2.1 §3.6)
		if o.Modified < former.Modified {
			return nil
		}
		b.objects = slices.DeleteFunc(b.objects, func(old object) bool { return old.ID == o.ID })
	}
	b.byID[o.ID] = o
	b.objects = append(b.objects, o)
	return nil
}

// choose takes the report that is asked for, or the only one, and what belongs to it.
func (b *bundle) choose(id string) error {
	var reports []object
	withdrawn := false
	for _, o := range b.objects {
		if o.Type == "report" && !o.Revoked {
			reports = append(reports, o)
		}
		withdrawn = withdrawn || o.Type == "report" && o.Revoked
	}
	switch {
	case withdrawn && len(reports) == 0:
		return refuse("whoever published it has taken it back: nothing of it should go further", "the report in the bundle is revoked")
	case id != "":
		i := slices.IndexFunc(reports, func(o object) bool { return o.ID == id })
		if i < 0 {
			return refuse(reportList(reports), "the bundle holds no report %s", id)
		}
		b.report = reports[i]
	case len(reports) > 1:
		return refuse(reportList(reports), "the bundle holds %d reports: name one with --report", len(reports))
	case len(reports) == 1:
		b.report = reports[0]
	default:
		b.p.note("the bundle holds no report: everything in it was taken, and the title is left to you")
	}
	b.pick(len(reports) > 1)
	return nil
}

func reportList(reports []object) string {
	if len(reports) == 0 {
		return "it holds none"
	}
	lines := make([]string, len(reports))
	for i, r := range reports {
		lines[i] = r.ID + " " + firstCharacters(oneLine(r.Name), 60)
	}
	return "it holds " + strings.Join(lines, "; ")
}

// pick leaves the objects that belong to the report: all of them, or, where there are several reports, those that it
// names and what relates two of those.
func (b *bundle) pick(several bool) {
	mine := map[string]bool{}
	for _, ref := range b.report.ObjectRefs {
		mine[ref] = true
	}
	revoked := 0
	kept := b.objects[:0:0]
	for _, o := range b.objects {
		relates := (o.Type == "relationship" || o.Type == "sighting") && mine[o.Source] && mine[o.Target]
		switch {
		case o.Type == "report" || o.Type == "marking-definition":
			// They are looked up by id.
		case o.Revoked:
			revoked++
		case !several || mine[o.ID] || relates:
			kept = append(kept, o)
		}
	}
	if revoked > 0 {
		b.p.note("%d objects are revoked, and were left out", revoked)
	}
	b.objects = kept
}

// propose writes what was found.
func (b *bundle) propose() {
	p := b.p
	b.reportMarking()
	p.title, p.date, p.language = b.report.Name, b.report.Published, languageTag(b.report.Lang)
	if p.kind == "" {
		p.kind = b.kind()
	}
	b.references()
	summary := b.summary()
	patterns := b.indicators()
	techniques := b.techniques()
	var out []string
	for _, s := range append([]string{summary}, append(b.sections(), techniques, patterns)...) {
		if s != "" {
			out = append(out, s)
		}
	}
	if len(out) == 0 && len(p.table.rows)+len(p.techniques) > 0 {
		out = []string{"The source names indicators or techniques, and says nothing of them in words."}
	}
	p.body = strings.Join(out, "\n\n") + "\n"
	if len(out) == 0 {
		p.body = ""
	}
	p.plain = "" // what it says, it says in fields; ids in its text are those of its attack-patterns
	b.textMarking()
}
