package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
	"bulletin/workers/desk"
)

// shownEdition is what a desk would show of a revision.
func shownEdition(revision int, text string) desk.Shown {
	e := edition.Edition{Nation: pipeline.GBR, Title: edition.Line{Text: text}}
	ref := pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: revision}
	return desk.Shown{
		Waiting: desk.Waiting{Ref: ref, Title: text}, Edition: e.JSON(),
		Statement: "bulletin-approval-v1\nid: baaaaaaaaaaaa\nrevision: " + string(rune('0'+revision)) + "\ndecision: approve\nedition: GBR " + string(e.ContentDigest()) + "\npolicy: x\n",
	}
}

func TestSignsWhatIsShown(t *testing.T) {
	if err := signsWhatIsShown(shownEdition(2, "A")); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*desk.Shown){
		"another text":      func(s *desk.Shown) { s.Edition = shownEdition(2, "B").Edition },
		"another revision":  func(s *desk.Shown) { s.Ref.Revision = 1 },
		"another bulletin":  func(s *desk.Shown) { s.Ref.ID = "bbbbbbbbbbbbb" },
		"another decision":  func(s *desk.Shown) { s.Statement = strings.Replace(s.Statement, "approve\n", "withdraw\n", 1) },
		"no edition":        func(s *desk.Shown) { s.Statement = s.Statement[:strings.Index(s.Statement, "edition")] },
		"something before":  func(s *desk.Shown) { s.Statement = "x\n" + s.Statement },
		"another statement": func(s *desk.Shown) { s.Statement = "bulletin-withdrawal-v1\n" },
		"nothing to read":   func(s *desk.Shown) { s.Edition = nil },
	} {
		shown := shownEdition(2, "A")
		change(&shown)
		if signsWhatIsShown(shown) == nil {
			t.Errorf("%s would be signed", name)
		}
	}
}

func TestDecidesOnWhatWasSeen(t *testing.T) {
	for _, c := range []struct {
		name  string
		seen  []desk.Shown
		now   desk.Shown
		named int
		says  string // empty: yes
	}{
		{"never shown", nil, shownEdition(3, "A"), 0, ""},
		{"just shown", []desk.Shown{shownEdition(3, "A")}, shownEdition(3, "A"), 0, ""},
		{"an older one shown", []desk.Shown{shownEdition(2, "A")}, shownEdition(3, "A"), 0, "seen revision 2"},
		{"both shown", []desk.Shown{shownEdition(2, "A"), shownEdition(3, "B")}, shownEdition(3, "B"), 0, ""},
		{"it reads otherwise", []desk.Shown{shownEdition(3, "A")}, shownEdition(3, "B"), 0, "does not read as it did"},
		{"a newer one shown", []desk.Shown{shownEdition(4, "A")}, shownEdition(3, "A"), 0, "seen revision 4"},
		{"named, and read elsewhere", []desk.Shown{shownEdition(2, "A")}, shownEdition(3, "A"), 3, ""},
		{"named, and not the newest", nil, shownEdition(3, "A"), 2, "not the newest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &session{person: "tom", home: t.TempDir()}
			for _, shown := range c.seen {
				if err := s.remember(shown); err != nil {
					t.Fatal(err)
				}
			}
			err := s.decidesOn(c.now, c.named)
			if (err == nil) != (c.says == "") || err != nil && (!strings.Contains(err.Error(), c.says) || hintOf(err) == "") {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestCompareWith(t *testing.T) {
	s := &session{person: "tom", home: t.TempDir()}
	base := func() int {
		all, err := s.seen()
		if err != nil {
			t.Fatal(err)
		}
		return all["baaaaaaaaaaaa"].compareWith(4)
	}
	if got := base(); got != 3 {
		t.Errorf("never shown: %d", got)
	}
	for _, step := range []struct{ shown, want int }{{1, 1}, {2, 2}, {4, 2}, {4, 2}} {
		if err := s.remember(shownEdition(step.shown, "A")); err != nil {
			t.Fatal(err)
		}
		if got := base(); got != step.want {
			t.Errorf("after revision %d: compared with %d, want %d", step.shown, got, step.want)
		}
	}
	if err := os.WriteFile(s.seenFile(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.decidesOn(shownEdition(4, "A"), 0); err == nil || hintOf(err) == "" { // unreadable: fail closed
		t.Errorf("got %v", err)
	}
}

// A draft's text, a name or a comment drives no terminal, and turns no line around.
func TestShownIsSafe(t *testing.T) {
	const bad = "\x1b]0;owned\x07 \u009b31m \u202etxet \r\b x"
	shown := shownEdition(2, "Title "+bad)
	shown.Comments = []desk.Comment{
		{Revision: 2, Kind: "comment", Person: "tom", Nation: pipeline.GBR, Text: bad},
		{Revision: 1, Portion: 1, Kind: "comment", Person: "tom", Nation: pipeline.GBR, About: bad, Text: bad},
	}
	shown.Reach = []desk.Reach{{Nation: pipeline.GBR, Edition: true, Unreachable: 1, Ending: 1}}
	shown.Reach[0].Causes = []desk.Cause{{Reason: bad, Recipients: 1, First: []string{bad}}}
	shown.Reach[0].Ends = shown.Reach[0].Causes
	e, err := edition.Parse(shown.Edition)
	if err != nil {
		t.Fatal(err)
	}
	e.Blocks = shownBlocks(bad)
	var b strings.Builder
	s := screen{Writer: &b, width: 80}
	s.shown(shown, e, nil)
	d := differ(nil, edition.Units(e))
	s.shown(shown, e, &d)
	s.waiting(shown.Waiting)
	plainQueue(s, []desk.Waiting{shown.Waiting})
	warnOfReach(&b, shown.Reach)
	printApproved(s, shown, desk.Approved{})
	if at := strings.IndexAny(b.String(), "\x1b\x07\u009b\u202e\r\b"); at >= 0 {
		t.Errorf("%q", b.String()[max(0, at-40):min(b.Len(), at+40)])
	}
	if strings.Count(b.String(), "owned") < 8 {
		t.Errorf("the text itself is not shown:\n%s", b.String())
	}
}

func TestJSONIsSafe(t *testing.T) {
	var b strings.Builder
	text := "a \x1b[31m \u009b31m \u202etxet \x7f 漢 <b>"
	if err := printJSON(&b, map[string]string{"text": text}); err != nil {
		t.Fatal(err)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(b.String()), &back); err != nil || back["text"] != text {
		t.Errorf("%q, %v", back, err)
	}
	if strings.ContainsAny(b.String(), "\x1b\u009b\u202e\x7f") || !strings.Contains(b.String(), "漢 <b>") {
		t.Errorf("%q", b.String())
	}
}

func TestShowTellsWhoIsReached(t *testing.T) {
	var b strings.Builder
	reach := []desk.Reach{
		{Nation: pipeline.AUS, Edition: true, Unknown: "its list is kept elsewhere"},
		{Nation: pipeline.CAN},
		{Nation: pipeline.GBR, Edition: true, Reachable: 40, Unreachable: 1, Causes: []desk.Cause{{Reason: "the key expired", Recipients: 1, First: []string{"a@x.example"}}}},
		{Nation: pipeline.NZL, Edition: true, Reachable: 39, Unreachable: 2},
		{Nation: pipeline.USA, Edition: true},
		{Nation: pipeline.USA, Edition: true, Reachable: 5, Ending: 1, Ends: []desk.Cause{{Reason: "the key ends on 2026-12-01", Recipients: 1, First: []string{"b@x.example"}}}},
	}
	screen{Writer: &b, width: 80}.reach(reach)
	warnOfReach(&b, reach)
	for _, want := range []string{"AUS not known: its list is kept elsewhere", "CAN gets no edition", "GBR 40 of 41 recipients; 1 cannot be reached", "a@x.example: the key expired",
		"USA nobody", "USA 5 of 5 recipients; 1 not any more within 7 days", "b@x.example: the key ends on 2026-12-01",
		"warning: 1 of 5 recipients in USA cannot be reached any more within 7 days: b@x.example (the key ends on 2026-12-01)\n", "warning: 2 of 41 recipients in NZL cannot be reached\n", "warning: 1 of 41 recipients in GBR cannot be reached: a@x.example (the key expired)\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in\n%s", want, b.String())
		}
	}
}

func TestApprovalsColumn(t *testing.T) {
	for want, w := range map[string]desk.Waiting{
		"all":   {},
		"0/2 *": {Awaits: true, Missing: []review.Missing{{Need: 2, Nations: 2}}},
		"1/2":   {Missing: []review.Missing{{Have: 1, Need: 2, Nations: 2, From: 1}, {Have: 2, Need: 2, Nations: 2, From: 2}}},
		"2/2":   {Missing: []review.Missing{{Have: 2, Need: 2, Nations: 2, From: 1}}}, // of one nation
	} {
		if got := approvals(w); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	for want, d := range map[string]time.Duration{"now": 59 * time.Second, "1m": time.Minute, "47h": 47 * time.Hour, "2d": 48 * time.Hour} {
		if got := age(d); got != want {
			t.Errorf("%s: %q, want %q", d, got, want)
		}
	}
	for want, n := range map[string][]int{"front matter": nil, "portion 3": {3}, "portions 1-3, 5, 7-8": {1, 2, 3, 5, 7, 8}} {
		if got := portions(n); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		text  string
		width int
		want  string
	}{{"short", 5, "short"}, {"longer", 5, "long…"}, {"漢字漢字", 5, "漢字…"}, {"x", 0, "…"}} {
		if got := cut(c.text, c.width); got != c.want {
			t.Errorf("%q to %d: %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

// Every verb has an example that names it, and completes what it can.
func TestEveryVerbHasAnExample(t *testing.T) {
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			visit(sub)
		}
		if c.HasSubCommands() || !c.HasParent() {
			return
		}
		if !strings.Contains(c.Example, c.CommandPath()) {
			t.Errorf("%s: its help has no example of it: %q", c.CommandPath(), c.Example)
		}
	}
	visit(newRoot(os.Stdout, os.Stderr))
}

func TestCompletion(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "desk")
	if _, _, err := makeDesk(dir, 0); err != nil {
		t.Fatal(err)
	}
	complete := func(args ...string) string {
		var stdout, stderr strings.Builder
		if code := run(append([]string{"__complete"}, args...), &stdout, &stderr); code != exitDone {
			t.Fatalf("%v: exit %d: %s", args, code, stderr.String())
		}
		return stdout.String()
	}
	if got := complete("show", "--dir", dir, "--as", "tom", ""); strings.Contains(got, "\nb") { // nobody serves: nothing, at once
		t.Errorf("without a server: %s", got)
	}
	if got := complete("show", "--nation", ""); !strings.Contains(got, "NZL\tNew Zealand") {
		t.Errorf("nations: %s", got)
	}
	if got := complete("show", "--dir", dir, "--as", ""); !strings.Contains(got, "aroha\nmoana\ntom") {
		t.Errorf("names: %s", got)
	}
	if got := complete("new", "--kind", "f"); !strings.Contains(got, "flash") {
		t.Errorf("kinds: %s", got)
	}
	startServe(t, dir)
	draft := filepath.Join(t.TempDir(), "draft.md")
	if err := os.WriteFile(draft, []byte("---\ntitle: Nothing secret\nkind: notice\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL]\n---\nSummary.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	id := eventually(t, func() (string, error) {
		var stdout, stderr strings.Builder
		if run([]string{"submit", draft, "--dir", dir, "--as", "moana"}, &stdout, &stderr) != exitDone {
			return "", os.ErrDeadlineExceeded
		}
		return strings.TrimSpace(stdout.String()), nil
	})
	for _, verb := range []string{"show", "approve", "claim", "comment", "return", "reject", "revise"} {
		eventually(t, func() (string, error) { // the board learns of it a moment later
			got := complete(verb, "--dir", dir, "--as", "tom", "")
			if !strings.Contains(got, id+"\tNothing secret") {
				return got, os.ErrNotExist
			}
			return got, nil
		})
	}
}

func shownBlocks(text string) []draft.Block {
	return []draft.Block{{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Text, Text: text}}}, {Kind: draft.Code, Code: &draft.CodeData{Lines: []string{text}}}}
}
