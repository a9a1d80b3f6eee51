package overview

import (
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
	"bulletin/templates"
)

var update = flag.Bool("update", false, "write the golden files anew")

// released is the demonstration's drafts, as if they had gone out.
func released(t *testing.T) []Bulletin {
	t.Helper()
	var out []Bulletin
	for i, s := range []struct {
		folder, name string
		author       pipeline.Nation
	}{{"p2p", "draft.md", pipeline.USA}, {"flash", "draft.md", pipeline.NZL}, {"takedown", "revised.md", pipeline.GBR}} {
		src := draft.Source{Name: s.name, Files: map[string][]byte{}}
		for _, name := range []string{s.name, "indicators.csv"} {
			if b, err := fs.ReadFile(templates.Demo(), s.folder+"/"+name); err == nil {
				src.Files[name] = b
			}
		}
		doc, problems := draft.Parse(src, draft.Options{Author: s.author})
		if problems.Err() != nil {
			t.Fatal(problems)
		}
		out = append(out, Bulletin{Number: "SA26-32" + string(rune('1'+i)) + "A", Released: time.Date(2026, 11, 17+i, 9, 0, 0, 0, time.UTC), Doc: doc})
	}
	return out
}

// The drafts as an editor gets them, for a person to look at. Each passes check.
func TestCompiledDrafts(t *testing.T) {
	for _, c := range []struct {
		golden string
		nation pipeline.Nation
		scheme string
	}{{"01-nzl-tlp.md", pipeline.NZL, "tlp"}, {"02-usa-usa.md", pipeline.USA, "usa"}} {
		scheme, err := marking.ByName(c.scheme)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := Compile(Order{Nation: c.nation, Scheme: scheme, From: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC)}, released(t))
		file := filepath.Join("testdata", c.golden)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || got != string(want) {
			t.Errorf("%s: %v; -update writes it anew:\n%s", file, err, got)
		}
		if _, problems := draft.Parse(draft.Source{Name: "o.md", Files: map[string][]byte{"o.md": []byte(got)}}, draft.Options{Author: c.nation}); problems.Err() != nil {
			t.Errorf("%s: %v", file, problems.Err())
		}
	}
}

// What Markdown could take for more than text reads as it did.
func TestTextIsCarriedAsItReads(t *testing.T) {
	for _, text := range []string{
		"plain", "a*b* and _c_ and __d__", "[1] and [2, 3]", "a | b", "\\* <b> & &amp; ~~s~~ ![x](y)", "# 1. not a list", "https://files.example/a_b?c=d&e=(f)*g*,",
		"see https://files.example/plain now", "write to a_b@police.example or desk@police.example.", "C:\\Users\\x_y", "`tick", "100% | 50 $",
	} {
		md := "(TLP:AMBER) **N**: " + markdown([]draft.Inline{{Kind: draft.Text, Text: text}, {Kind: draft.CodeSpan, Text: "a`b (U//NF)"}}, 0)
		doc, problems := draft.Parse(oneFile(md), draft.Options{})
		if problems.Err() != nil {
			t.Errorf("%s: %v", md, problems.Err())
			continue
		}
		if got := draft.Plain(doc.Portions[0].Block.Text); got != "N: "+text+"a`b (U//NF)" {
			t.Errorf("%q is carried as %q: %s", text, got, md)
		}
	}
}

func oneFile(body string) draft.Source {
	return draft.Source{Name: "o.md", Files: map[string][]byte{"o.md": []byte("---\ntitle: T\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [AUS, NZL]\n---\n" + body + "\n")}}
}

// A citation of a reference that stays behind goes with it; a note may be marked more narrowly, and does too.
func TestCitationsAndNotesStayBehind(t *testing.T) {
	in := []draft.Inline{{Kind: draft.Text, Text: "Seen [1, 2] twice [9]."}, {Kind: draft.Footnote, Children: []draft.Inline{{Kind: draft.Text, Text: "secret"}}}}
	if got := markdown(in, 2); got != `Seen twice \[9\].` {
		t.Errorf("got %s", got)
	}
}

// A domestic control that policy has released farther than the bulletin went is not carried farther.
func TestPolicyDoesNotWiden(t *testing.T) {
	usa, err := marking.ByName("usa")
	if err != nil {
		t.Fatal(err)
	}
	policy := map[string][]string{"LES": {"GBR", "AUS"}}
	src := draft.Source{Name: "b.md", Files: map[string][]byte{"b.md": []byte("---\ntitle: T\nscheme: usa\ntlp: TLP:AMBER\nreleasable_to: [GBR, USA]\n---\n(U//LES) For police.\n")}}
	doc, problems := draft.Parse(src, draft.Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	text, _ := Compile(Order{Nation: pipeline.USA, Scheme: usa, Policy: policy}, []Bulletin{{Number: "SA26-321A", Doc: doc, Policy: policy}})
	compiled, problems := draft.Parse(draft.Source{Name: "o.md", Files: map[string][]byte{"o.md": []byte(text)}}, draft.Options{})
	if problems.Err() != nil {
		t.Fatal(problems)
	}
	for _, n := range []pipeline.Nation{pipeline.AUS, pipeline.CAN, pipeline.NZL} {
		e, err := edition.Project(compiled, n, policy)
		if err != nil {
			t.Fatal(err)
		}
		if s := edition.Text(e); strings.Contains(s, "For police.") || strings.Contains(s, "SA26-321A") {
			t.Errorf("%s gets\n%s", n, s)
		}
	}
}
