package review

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// The statement is what people sign: it changes for nobody, or every approval on record is void.
func TestStatementGolden(t *testing.T) {
	c := Case{
		Ref: pipeline.Ref{ID: testID, Revision: 3},
		Submitted: pipeline.SubmittedBody{
			Files:  []pipeline.Digest{"d1", "d2"},
			Policy: "p1",
		},
		Editions: []edition.Edition{{Nation: pipeline.AUS}, {Nation: pipeline.USA, Title: edition.Line{Text: "Title"}}},
	}
	want := "bulletin-approval-v1\nid: baaaaaaaaaaaa\nrevision: 3\ndecision: approve\n" +
		"file: d1\nfile: d2\n" +
		"edition: AUS " + string(c.Editions[0].ContentDigest()) + "\n" +
		"edition: USA " + string(c.Editions[1].ContentDigest()) + "\n" +
		"policy: p1\n"
	if got := c.statement(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestStatementOfACase(t *testing.T) {
	docs := documents{}
	files := map[string]string{"draft.md": draftText}
	c := openCase(t, docs, submit(t, docs, 1, "dana", files, testPolicy()))
	if len(c.Editions) != 5 {
		t.Fatalf("%d editions, want one for each nation", len(c.Editions))
	}
	if strings.Contains(c.Statement, "Peer") || strings.Contains(c.Statement, "two nations") {
		t.Errorf("the statement holds content:\n%s", c.Statement)
	}
	if again := openCase(t, docs, submit(t, docs, 1, "dana", files, testPolicy())); again.Statement != c.Statement {
		t.Error("the same revision, another statement")
	}
	if _, ok := c.Edition(pipeline.NZL); !ok {
		t.Error("no edition for NZL")
	}

	policy := testPolicy()
	policy.Default.Approvals = 3
	for name, other := range map[string]pipeline.Fact{
		"another policy":   submit(t, docs, 1, "dana", files, policy),
		"another revision": submit(t, docs, 2, "dana", files, testPolicy()),
		"another word":     submit(t, docs, 1, "dana", map[string]string{"draft.md": strings.Replace(draftText, "For one", "For  one", 1)}, testPolicy()),
		"a withheld word":  submit(t, docs, 1, "dana", map[string]string{"draft.md": strings.Replace(draftText, "For one", "For none", 1)}, testPolicy()),
	} {
		if openCase(t, docs, other).Statement == c.Statement {
			t.Errorf("%s, and the statement is the same", name)
		}
	}
}

// TestStatementProperty changes one thing: any file, any edition or the policy change the statement, the slots don't.
func TestStatementProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z]{1,8}`)
		var c Case
		c.Ref = pipeline.Ref{ID: testID, Revision: rapid.IntRange(1, 9).Draw(t, "revision")}
		for range rapid.IntRange(1, 4).Draw(t, "files") {
			c.Submitted.Files = append(c.Submitted.Files, pipeline.DigestOf([]byte(word.Draw(t, "file"))))
		}
		for _, n := range pipeline.Nations()[:rapid.IntRange(1, 5).Draw(t, "nations")] {
			c.Editions = append(c.Editions, edition.Edition{Nation: n, Title: edition.Line{Text: word.Draw(t, "title")}})
		}
		c.Submitted.Policy = pipeline.DigestOf([]byte(word.Draw(t, "policy")))
		before := c.statement()

		e := &c.Editions[rapid.IntRange(0, len(c.Editions)-1).Draw(t, "which")]
		e.Number, e.Released = "SA26-326A", time.Unix(1, 0).UTC()
		e.History = []edition.Version{{Version: "1.0"}}
		if c.statement() != before {
			t.Fatal("the slots changed the statement")
		}
		switch rapid.IntRange(0, 6).Draw(t, "change") {
		case 0:
			c.Submitted.Files[0] += "0"
		case 1:
			c.Submitted.Files = append(c.Submitted.Files, "new")
		case 2:
			e.Title.Text += "x"
		case 3:
			e.Banner += "x"
		case 4:
			c.Editions = c.Editions[1:]
		case 5:
			c.Submitted.Policy += "0"
		case 6:
			c.Ref.Revision++
		}
		if c.statement() == before {
			t.Fatal("a change did not change the statement")
		}
	})
}

func handIn(d documents, b *pipeline.SubmittedBody, text string) {
	b.Files = []pipeline.Digest{d.put([]byte(text))}
	b.Names = d.put(mustJSON(pipeline.Manifest{Draft: "draft.md", Files: []pipeline.File{{Name: "draft.md", Digest: b.Files[0]}}}))
}

func TestOpenCaseRefuses(t *testing.T) {
	for name, damage := range map[string]func(documents, *pipeline.SubmittedBody){
		"a file is missing":            func(d documents, b *pipeline.SubmittedBody) { delete(d, b.Files[0]) },
		"a file is damaged":            func(d documents, b *pipeline.SubmittedBody) { d[b.Files[0]] = []byte("other") },
		"the policy is gone":           func(d documents, b *pipeline.SubmittedBody) { delete(d, b.Policy) },
		"the policy is none":           func(d documents, b *pipeline.SubmittedBody) { b.Policy = d.put([]byte("{")) },
		"the draft is not one":         func(d documents, b *pipeline.SubmittedBody) { handIn(d, b, "no front matter") },
		"the names are of other files": func(d documents, b *pipeline.SubmittedBody) { b.Files[0] = d.put([]byte(draftText + "More.\n")) },
		"a file more":                  func(d documents, b *pipeline.SubmittedBody) { b.Files = append(b.Files, b.Files[0]) },
		"nothing for anybody": func(d documents, b *pipeline.SubmittedBody) {
			handIn(d, b, "---\ntitle: T\nscheme: usa\ntlp: TLP:RED\nreleasable_to: [GBR]\n---\n(U//NF) At home.\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			docs := documents{}
			f := submit(t, docs, 1, "dana", map[string]string{"draft.md": draftText}, testPolicy())
			var body pipeline.SubmittedBody
			if err := f.Decode(&body); err != nil {
				t.Fatal(err)
			}
			damage(docs, &body)
			f = newFact(t, pipeline.Submitted, 1, "dana", body)
			if c, err := OpenCase(ctx, docs, f); err == nil {
				t.Errorf("opened: %+v", c)
			}
		})
	}
}

func TestEditionsTakeContactsFromThePolicy(t *testing.T) {
	p := testPolicy()
	p.Contacts = map[pipeline.Nation][]string{pipeline.USA: {"the desk"}}
	editions, err := Editions(parse(t, draftText), p)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range editions {
		if len(e.Contacts) != 1 || e.Contacts[0].Text != "the desk" {
			t.Errorf("%s: contacts %v", e.Nation, e.Contacts)
		}
	}
}
