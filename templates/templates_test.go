package templates_test

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/overview"
	"bulletin/pipeline/stix"
	"bulletin/templates"
)

func TestEveryKindHasASkeletonInEverySchemeThatPassesCheck(t *testing.T) {
	for _, k := range pipeline.Kinds() {
		for _, s := range marking.Schemes() {
			b, err := templates.SkeletonIn(k, s.Name())
			if err != nil {
				t.Errorf("%s: %v", k, err)
				continue
			}
			doc := parse(t, draft.Source{Name: string(k) + ".md", Files: map[string][]byte{string(k) + ".md": b}}, "")
			if doc.Kind != k || doc.Scheme.Name() != s.Name() {
				t.Errorf("the skeleton of kind %s in scheme %s says it is a %s in scheme %s", k, s.Name(), doc.Kind, doc.Scheme.Name())
			}
			for _, n := range doc.ReleasableTo {
				if _, err := edition.Project(doc, n, nil); err != nil {
					t.Errorf("the skeleton of kind %s in scheme %s for %s: %v", k, s.Name(), n, err)
				}
			}
		}
	}
}

// What people uncomment must work as it stands.
func TestSkeletonsShowAttachmentsThatParse(t *testing.T) {
	for i := range len(pipeline.Kinds()) * len(marking.Schemes()) {
		k, scheme := pipeline.Kinds()[i%len(pipeline.Kinds())], marking.Schemes()[i/len(pipeline.Kinds())].Name()
		b, err := templates.SkeletonIn(k, scheme)
		if err != nil {
			t.Fatal(err)
		}
		name := scheme + string(k) + ".md"
		src := draft.Source{Name: name, Files: map[string][]byte{name: uncommented(b)}}
		for _, file := range []string{"samples.zip", "programme.pdf", "exercise-data.zip", "secondment-agreement.pdf", "figures.xlsx"} {
			src.Files[file] = []byte(file)
		}
		src.Files["indicators.csv"] = []byte("type,value,first_seen,last_seen,confidence,note\nipv4,192.0.2.1,,,high,\n")
		doc, problems := draft.Parse(src, draft.Options{})
		if err := problems.Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if len(doc.Attachments) == 0 || len(doc.MissingAttachments()) > 0 {
			t.Errorf("%s attaches %v", name, doc.Attachments)
		}
	}
}

// uncommented takes the # off the keys and list items in front matter that stand behind one.
func uncommented(skeleton []byte) []byte {
	return regexp.MustCompile(`(?m)^# ?( {2}- .*|[a-z]+: .*)$`).ReplaceAll(skeleton, []byte("$1"))
}

func TestOverviewSkeletonSaysForWhomItIs(t *testing.T) {
	b, err := templates.Skeleton("overview")
	if err != nil || !bytes.Contains(b, []byte(overview.Statement)) {
		t.Errorf("the skeleton lacks the statement: %v", err)
	}
}

func TestSkeletonOfNoKindIsRefused(t *testing.T) {
	for _, k := range []pipeline.Kind{"", "rumour", "../demo/p2p/draft"} {
		if b, err := templates.Skeleton(k); err == nil {
			t.Errorf("kind %q gives %q", k, b)
		}
	}
	if b, err := templates.SkeletonIn("bulletin", "fra"); err == nil {
		t.Errorf("a scheme that nobody has gives %q", b)
	}
}

// demo is every sample, and the nation of its author.
var demo = map[string]pipeline.Nation{
	"p2p/draft.md":        pipeline.USA,
	"flash/draft.md":      pipeline.NZL,
	"takedown/draft.md":   pipeline.GBR,
	"takedown/revised.md": pipeline.GBR,
	"requests/draft.md":   pipeline.AUS,
	"docks/draft.md":      pipeline.GBR,
	"vehicles/draft.md":   pipeline.CAN,
	"hires/draft.md":      pipeline.NZL,
}

func TestDemoIsWholeAndNothingElse(t *testing.T) {
	err := fs.WalkDir(templates.Demo(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(name, ".md") && demo[name] == "" {
			t.Errorf("%s is not tested", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// released is what the demonstration's policy releases.
var released = map[string]map[string][]string{
	"gbr": {"OFFICIAL-SENSITIVE": {"AUS", "NZL"}},
	"can": {"PROTECTED A": {"GBR", "USA"}},
}

// Every sample passes check, gives an edition to each nation that it is for, and each edition all
// its companions.
func TestDemoDraftsBecomeEditions(t *testing.T) {
	for name, author := range demo {
		doc := sample(t, name)
		for _, n := range doc.ReleasableTo {
			e, err := edition.Project(doc, n, released[doc.Scheme.Name()])
			if err != nil {
				t.Errorf("%s for %s: %v", name, n, err)
				continue
			}
			e.Released = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
			if _, err := stix.Bundle(e, nil); err != nil {
				t.Errorf("%s for %s: %v", name, n, err)
			}
			if _, err := stix.CSV(e); err != nil {
				t.Errorf("%s for %s: %v", name, n, err)
			}
			if text := edition.Text(e); !strings.Contains(text, "Originator: "+author.Name()) {
				t.Errorf("%s for %s does not say who wrote it:\n%s", name, n, text)
			}
		}
	}
}

// What a sample says to some nations reaches those alone, in text, CSV and STIX.
func TestDemoShowsPortionsForSomeNations(t *testing.T) {
	for _, c := range []struct{ file, words, to string }{
		{"p2p/draft.md", "contractor's laptop shared the configuration", "GBR USA"},
		{"p2p/draft.md", "interpreters, forensic accountants", "AUS NZL USA"},
		{"p2p/draft.md", "sharelink.exe", "AUS NZL USA"},
		{"p2p/draft.md", "drafts of warrants concern cases of US task forces", "USA"},
		{"p2p/draft.md", "The advertisements were paid for", "USA"},
		{"p2p/draft.md", "own bait, files named after an invented operation", "USA"},
		{"p2p/draft.md", "adbuy", "USA"},
		{"p2p/draft.md", "joint border teams", "CAN USA"},
		{"p2p/draft.md", "one request is enough to act on", "AUS CAN GBR NZL USA"},
		{"p2p/draft.md", "/v2/bootstrap?c=mv", "AUS CAN GBR NZL USA"},
		{"p2p/draft.md", "MediaView/4.2", "AUS CAN GBR NZL USA"},
		{"p2p/draft.md", "before you set up bait of your own", "AUS CAN GBR NZL USA"},
		{"p2p/draft.md", "203.0.113.45", "GBR USA"},
		{"p2p/draft.md", "expert.office@", "AUS USA"},
		{"p2p/draft.md", "192.0.2.77", "AUS CAN GBR NZL USA"},
		{"p2p/draft.md", "Hēmi Tāmati", "AUS CAN GBR NZL USA"},
		{"flash/draft.md", "Brisbane", "AUS NZL"},
		{"flash/draft.md", "192.0.2.201", "AUS NZL"},
		{"takedown/revised.md", "Montréal", "AUS CAN GBR"},
		{"requests/draft.md", "the same six sentences return", "AUS CAN GBR NZL USA"},
		{"requests/draft.md", "joint fisheries patrols", "AUS NZL"},
		{"requests/draft.md", "192.0.2.61", "AUS NZL"},
		{"requests/draft.md", "fwd roster", "AUS GBR USA"},
		{"requests/draft.md", "roster.test@", "AUS GBR USA"},
		{"requests/draft.md", "victims' officer at the desk", "AUS"},
		{"requests/draft.md", "T1657", "AUS"},
		{"docks/draft.md", "the maker's valid signature", "AUS CAN GBR NZL USA"},
		{"docks/draft.md", "Calder Reach", "AUS GBR NZL"},
		{"docks/draft.md", "store-7.objects", "AUS GBR NZL"},
		{"docks/draft.md", "The contract officer suspects", "GBR"},
		{"docks/draft.md", "build.officer@", "GBR"},
		{"vehicles/draft.md", "le véhicule croit avoir reconnu son propriétaire", "AUS CAN GBR NZL USA"},
		{"vehicles/draft.md", "Sgt É. Lafrenière", "CAN GBR USA"},
		{"vehicles/draft.md", "A person at the terminal", "CAN"},
		{"hires/draft.md", "He whakangungu mō ngā kaimahi", "AUS CAN GBR NZL USA"},
		{"hires/draft.md", "Kererū Records", "AUS NZL"},
		{"hires/draft.md", "Payroll and border", "NZL"},
		{"hires/draft.md", "records of the border", "NZL"},
		{"hires/draft.md", "Dr Tūmanako Reweti", "NZL"},
	} {
		doc := sample(t, c.file)
		var got []string
		for _, n := range doc.ReleasableTo {
			if strings.Contains(everything(t, doc, n), c.words) {
				got = append(got, string(n))
			}
		}
		if strings.Join(got, " ") != c.to {
			t.Errorf("%s: %q reaches %s, want %s", c.file, c.words, got, c.to)
		}
	}
}

// The reviewer's comment is true of the first version and no longer of the revised one.
func TestTakedownIsMended(t *testing.T) {
	first, revised := read(t, "takedown/draft.md"), read(t, "takedown/revised.md")
	for _, c := range []struct {
		words          string
		first, revised bool
	}{
		{"Harbour Police", true, false},
		{"confidence in the number of victims", false, true},
	} {
		if strings.Contains(string(first), c.words) != c.first || strings.Contains(string(revised), c.words) != c.revised {
			t.Errorf("%q: want it in the first version %v, in the revised one %v", c.words, c.first, c.revised)
		}
	}
	if comment := read(t, "takedown/comment.txt"); !bytes.Contains(comment, []byte("confidence")) || !bytes.Contains(comment, []byte("Harbour Police")) {
		t.Errorf("the comment is %q", comment)
	}
}

// everything is what the nation can read of doc, without line breaks.
func everything(t *testing.T, doc *draft.Document, n pipeline.Nation) string {
	t.Helper()
	e, err := edition.Project(doc, n, released[doc.Scheme.Name()])
	if err != nil {
		t.Fatal(err)
	}
	bundle, err := stix.Bundle(e, nil)
	if err != nil {
		t.Fatal(err)
	}
	table, err := stix.CSV(e)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(edition.Text(e)), " ") + string(bundle) + string(table)
}

func sample(t *testing.T, name string) *draft.Document {
	t.Helper()
	dir, base := path.Split(name)
	src := draft.Source{Name: base, Files: map[string][]byte{base: read(t, name)}}
	if b, err := fs.ReadFile(templates.Demo(), dir+"indicators.csv"); err == nil {
		src.Files["indicators.csv"] = b
	}
	return parse(t, src, demo[name])
}

// parse fails on warnings too: what people start from must not teach them to ignore those.
func parse(t *testing.T, src draft.Source, author pipeline.Nation) *draft.Document {
	t.Helper()
	doc, problems := draft.Parse(src, draft.Options{Author: author})
	if len(problems) > 0 {
		t.Fatalf("%s:\n%s", src.Name, problems)
	}
	return doc
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(templates.Demo(), name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
