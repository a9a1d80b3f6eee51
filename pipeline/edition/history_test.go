package edition_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// version is an edition for GBR, as it was released.
func version(t *testing.T, number, scheme, tlp, correction, title, body string) edition.Edition {
	t.Helper()
	text := "---\ntitle: \"" + title + "\"\n" + correction + "scheme: " + scheme + "\ntlp: " + tlp + "\nreleasable_to: [GBR, NZL, USA]\n---\n\n" + body + "\n"
	doc, problems := draft.Parse(draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}, draft.Options{Author: pipeline.USA})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	e, err := edition.Project(doc, pipeline.GBR, nil)
	if err != nil {
		t.Fatal(err)
	}
	line := edition.Version{Version: number, At: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), Change: edition.ChangeRelease, Summary: "First release"}
	if correction != "" {
		line.Change, line.Summary = edition.ChangeContent, e.CorrectionLine()
	}
	e.Number, e.History = "SA26-329A", []edition.Version{line}
	return e
}

// The version history of a correction showed what an earlier one had changed, however that was marked: to people who
// may not have the earlier version, and under a banner that does not hold it.
func TestHistoryShowedLinesAboveTheEdition(t *testing.T) {
	for name, c := range map[string]struct {
		scheme, tlp, correction, body string // of version 2.0
		nextTLP, nextBody             string
		stays                         bool
	}{
		"the same marking":        {"tlp", "TLP:AMBER", "The walrus", "Text.", "TLP:AMBER", "Text.", true},
		"to a lower TLP":          {"tlp", "TLP:RED", "The walrus", "Text.", "TLP:AMBER", "Text.", false},
		"a line of a higher TLP":  {"tlp", "TLP:RED", "(TLP:RED) The walrus", "(TLP:AMBER) Text.", "TLP:AMBER", "Text.", false},
		"to a higher TLP":         {"tlp", "TLP:AMBER", "The walrus", "Text.", "TLP:RED", "Text.", true},
		"a marked line, borne":    {"usa", "TLP:AMBER", "(U//REL TO USA, GBR//LES) The walrus", "(U) Text.", "TLP:AMBER", "(U//REL TO USA, GBR//LES) Text.", true},
		"a marked line, unborne":  {"usa", "TLP:AMBER", "(U//REL TO USA, GBR//LES) The walrus", "(U) Text.", "TLP:AMBER", "(U) Text.", false},
		"an unmarked line":        {"usa", "TLP:AMBER", "The walrus", "(U//REL TO USA, GBR//LES) Text.", "TLP:AMBER", "(U) Text.", true},
		"a line with TLP alone":   {"usa", "TLP:RED", "(TLP:RED)(U) The walrus", "(TLP:AMBER)(U) Text.", "TLP:AMBER", "(U) Text.", false},
		"to another scheme":       {"usa", "TLP:AMBER", "(U//REL TO USA, GBR//LES) The walrus", "(U) Text.", "TLP:AMBER", "Text.", false},
		"to another scheme, none": {"usa", "TLP:AMBER", "The walrus", "(U) Text.", "TLP:AMBER", "Text.", true},
	} {
		t.Run(name, func(t *testing.T) {
			next := c.scheme
			if strings.HasPrefix(name, "to another scheme") {
				next = "tlp"
			}
			body := map[string]string{"tlp": "Text.", "usa": "(U) Text."}[c.scheme]
			first := version(t, "1.0", c.scheme, "TLP:AMBER", "", "T", body)
			second := version(t, "2.0", c.scheme, c.tlp, "correction: "+c.correction+"\n", "T", c.body)
			third := version(t, "3.0", next, c.nextTLP, "correction: More\n", "T", c.nextBody)
			history := third.HistoryUpTo([]edition.Edition{first, second})
			if len(history) != 2 || history[0].Summary != "First release" || history[1].Version != "2.0" {
				t.Fatalf("the history is %+v", history)
			}
			if stays := strings.Contains(history[1].Summary, "walrus"); stays != c.stays || !stays && history[1].Summary != "Corrected" {
				t.Errorf("%s shows %q", third.Banner, history[1].Summary)
			}
		})
	}
}

// The word of a withdrawal goes to whoever got any version. It had the newest version's title, marking and history,
// though some of them may have an older one alone.
func TestWithdrawalShowedTheNewestVersionToAll(t *testing.T) {
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	red := "correction: Of the puffin\n"
	for name, c := range map[string]struct {
		newest, oldest    edition.Edition
		tlp, banner, text string
	}{
		"the newest is RED": {
			version(t, "2.0", "tlp", "TLP:RED", red, "The walrus", "Text."), version(t, "1.0", "tlp", "TLP:AMBER", "", "Plain", "Text."),
			"TLP:AMBER", "TLP:AMBER", "Plain",
		},
		"the oldest is RED": {
			version(t, "2.0", "tlp", "TLP:AMBER", "correction: Plain\n", "Plain", "Text."), version(t, "1.0", "tlp", "TLP:RED", "", "The walrus", "Text."),
			"TLP:AMBER", "TLP:AMBER", "Plain",
		},
		"the newest is LES": {
			version(t, "2.0", "usa", "TLP:AMBER", "correction: (U//REL TO USA, GBR//LES) The puffin\n", "(U//REL TO USA, GBR//LES) The walrus", "(U) Text."), version(t, "1.0", "usa", "TLP:AMBER", "", "Plain", "(U) Text."),
			"TLP:AMBER", "UNCLASSIFIED", "Plain",
		},
		"neither is the lower": {
			version(t, "2.0", "usa", "TLP:RED", red, "The walrus", "(U) Text."), version(t, "1.0", "usa", "TLP:AMBER", "", "(U//REL TO USA, GBR//LES) The walrus", "(U) Text."),
			"TLP:AMBER", "UNCLASSIFIED//REL TO USA, GBR//LES", "Cyber bulletin",
		},
	} {
		t.Run(name, func(t *testing.T) {
			word := edition.Withdrawal([]edition.Edition{c.newest, c.oldest}, []pipeline.Digest{"2", "1"}, "3.0", at, "It was wrong.")
			text := edition.Text(word)
			if strings.Contains(text, "walrus") || strings.Contains(text, "puffin") || !strings.Contains(text, c.text) {
				t.Errorf("the word is\n%s", text)
			}
			if word.TLP.String() != c.tlp || word.Banner != c.banner || (len(word.Withdraws) != 2) != (name == "neither is the lower") || len(word.History) != 3 {
				t.Errorf("it is %s, %s: %+v", word.TLP, word.Banner, word.History)
			}
		})
	}
}

// Whatever versions there were, whoever gets the next one or the word of the withdrawal reads nothing that stood in a
// version above what they may have: neither by its TLP nor by a control that the banner does not name.
func TestVersionsShowNothingAboveTheirMarking(t *testing.T) {
	shown := 0
	rapid.Check(t, func(rt *rapid.T) {
		marks := []string{"(U)", "(U//REL TO USA, GBR//LES)", "(U//REL TO USA, GBR)"}
		var former []edition.Edition // the newest first
		words := map[string]edition.Edition{}
		les := map[string]bool{}
		for i := range rapid.IntRange(2, 5).Draw(rt, "versions") {
			title, line, body := rapid.SampledFrom(marks).Draw(rt, "title"), rapid.SampledFrom(marks).Draw(rt, "line"), rapid.SampledFrom(marks).Draw(rt, "body")
			correction := ""
			if i > 0 {
				correction = fmt.Sprintf("correction: %q\n", fmt.Sprintf("%s line%d", line, i))
			}
			e := version(t, fmt.Sprintf("%d.0", i+1), "usa", rapid.SampledFrom([]string{"TLP:GREEN", "TLP:AMBER", "TLP:RED"}).Draw(rt, "tlp"), correction, fmt.Sprintf("%s title%d", title, i), body+" Text.")
			e.History = append(e.HistoryUpTo(oldestFirst(former)), e.History...)
			for word, mark := range map[string]string{fmt.Sprintf("title%d", i): title, fmt.Sprintf("line%d", i): line} {
				words[word], les[word] = e, strings.Contains(mark, "LES")
			}
			former = append([]edition.Edition{e}, former...)
		}
		check := func(e edition.Edition, what string, readers []edition.Edition) {
			text := edition.Text(e)
			for word, of := range words {
				if !strings.Contains(text, word) {
					continue
				}
				shown++
				if les[word] && !strings.Contains(e.Banner, "LES") {
					rt.Fatalf("%s, %s, shows %s, which is LES:\n%s", what, e.Banner, word, text)
				}
				for _, r := range readers { // may have what they got, and perhaps no more
					if of.TLP > r.TLP || les[word] && !strings.Contains(r.Banner, "LES") {
						rt.Fatalf("%s shows %s of a version that is %s, %s to who got one that is %s, %s:\n%s", what, word, of.TLP, of.Banner, r.TLP, r.Banner, text)
					}
				}
			}
		}
		for _, e := range former {
			check(e, "version "+e.Version(), []edition.Edition{e})
		}
		check(edition.Withdrawal(former, make([]pipeline.Digest, len(former)), "9.0", time.Now(), "It was wrong."), "the withdrawal", former)
	})
	if shown == 0 {
		t.Error("nothing was shown to anybody: the test sees nothing")
	}
}

func oldestFirst(newest []edition.Edition) []edition.Edition {
	out := slices.Clone(newest)
	slices.Reverse(out)
	return out
}

// Where the nations agreed on a higher equivalent between two versions with one banner, the word that both are withdrawn
// told the title of the newer to people who may have only the older.
func TestWithdrawalToldWhatIsHandledHigherNow(t *testing.T) {
	older := version(t, "1.0", "usa", "TLP:AMBER", "", "(U) Otter", "(U//REL TO USA, GBR//LES) Text.")
	newer := version(t, "2.0", "usa", "TLP:AMBER", "", "(U) Walrus", "(U//REL TO USA, GBR//LES) Text.")
	for _, c := range []struct{ was, is, title string }{
		{"OFFICIAL", "OFFICIAL", "Walrus"}, {"OFFICIAL", "OFFICIAL-SENSITIVE", "Otter"}, {"OFFICIAL-SENSITIVE", "OFFICIAL", "Walrus"},
		{"", "", "Walrus"}, {"", "OFFICIAL", "Walrus"}, {"OFFICIAL", "", "Otter"}, {"OFFICIAL", "no banner of theirs", "Cyber bulletin"},
	} {
		older.Equivalent, newer.Equivalent = c.was, c.is
		e := edition.Withdrawal([]edition.Edition{newer, older}, []pipeline.Digest{"a", "b"}, "3.0", time.Now(), "Why.")
		if e.Title.Text != c.title {
			t.Errorf("handled as %q, then as %q: the word is of %q", c.was, c.is, e.Title.Text)
		}
	}
}
