package draft

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every portion that is written with a mark comes back with that mark, that text and that kind.
func TestWrittenPortionsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]string{"tlp", "usa"}).Draw(t, "scheme")
		marks := map[string][]string{
			"usa": {"(U)", "(U//NF)", "(U//REL TO USA, GBR)", "(TLP:GREEN)(U//REL TO USA, AUS, GBR//LES)", "(TLP:AMBER) (U//FOUO)"},
			"tlp": {"", "(TLP:GREEN)", "(TLP:AMBER//REL TO CAN, NZL)", "(TLP:CLEAR)"},
		}[scheme]
		var text strings.Builder
		var want []string
		for i := range rapid.IntRange(1, 12).Draw(t, "portions") {
			mark := rapid.SampledFrom(marks).Draw(t, "mark")
			words := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-zéā中]{1,8}`), 1, 6).Draw(t, "words"), " ") + fmt.Sprint(i)
			kind := rapid.SampledFrom([]string{"heading", "paragraph", "item", "quote", "table", "code", "codeline", "figure"}).Draw(t, "kind")
			block, printed := writePortion(kind, mark, words)
			text.WriteString(block + "\n\n<!-- -->\n\n") // the comment ends lists and quotations
			label := strings.ReplaceAll(mark, ") (", ")(")
			if mark == "" && kind != "heading" {
				label = "(TLP:AMBER)"
			}
			want = append(want, strings.TrimSpace(label+" "+printed))
		}
		doc, problems := parseText(head(scheme) + text.String())
		if problems.Err() != nil {
			t.Fatalf("%v\n%s", problems.Err(), text.String())
		}
		var got []string
		for _, p := range doc.Portions {
			got = append(got, strings.TrimSpace(p.Label.Print()+" "+strings.Split(describeBlock(p), " label")[0]+dumpBlock(p.Block)))
		}
		for i := range want {
			if i >= len(got) || normal(got[i]) != normal(want[i]) {
				t.Fatalf("portion %d: got\n%s\nwant\n%s\nin\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"), text.String())
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d portions, want %d", len(got), len(want))
		}
	})
}

// normal leaves the counter of lists out.
func normal(s string) string {
	if before, after, ok := strings.Cut(s, "list "); ok {
		return before + strings.TrimLeft(after, "0123456789")
	}
	return s
}

// writePortion returns a portion as Markdown, and as dump prints it.
func writePortion(kind, mark, words string) (text, printed string) {
	marked := strings.TrimSpace(mark + " " + words)
	switch kind {
	case "heading":
		return "## " + marked, "heading2 " + words
	case "item":
		return "- " + marked, "paragraph item(depth 1 list ) " + words
	case "quote":
		return "> " + marked, "paragraph quote(1) " + words
	case "table":
		return "| " + marked + " |\n|---|\n| c |", "table [\"\"]\n   row | " + words + "\n   row | c"
	case "code":
		return "```" + mark + " sh\n" + words + "\n```", fmt.Sprintf("code sh [%q]", words)
	case "codeline":
		return strings.TrimSuffix("```\n"+mark, "\n") + "\n" + words + "\n```", fmt.Sprintf("code  [%q]", words)
	case "figure":
		return strings.TrimSpace(mark + " ![" + words + "](p.png)"), "figure <p.png > " + words
	}
	return marked, "paragraph " + words
}

// However Markdown's signs fall together: Parse does not panic, no mark is printed as text, and no
// letter is lost.
func TestMarkdownSoup(t *testing.T) {
	pieces := []string{
		"a", "b ", "word", " ", "\n", "\n", "\n\n", "  ", "    ", "\t", "- ", "* ", "1. ", "2) ", "> ", "# ", "## ", "---\n", "===\n", "***", "*", "**", "_",
		"`", "```\n", "~~", "~~~\n", "| ", "|", "|---|\n", "\n| a | b |\n|---|---|\n| c | d |\n", "\\", "\\\n", "  \n", "(", ")", "(TLP:GREEN)", "(TLP:GREEN) ", "(TLP:AMBER//REL TO CAN) ",
		"(U) ", "(U//NF) ", "(u//nf) ", "(TLP:GREEN)(U) ", "é", "<", ">", "<b>", "<!-- x -->", "http://ex.am/ple ", "a@b.cd ", "!", ":", "\r\n", "\u200b", "\u00a0", "（",
	}
	links := []string{"[", "]", "](http://x.y)", "[^1]", "\n[^1]: note\n", "\n[r]: http://x.y\n", "![p](p.png)", "![", "&amp;", "&#40;"}
	rapid.Check(t, func(t *rapid.T) {
		scheme := rapid.SampledFrom([]string{"tlp", "tlp", "usa"}).Draw(t, "scheme")
		some := pieces
		if rapid.Bool().Draw(t, "links") {
			some = append(append([]string{}, pieces...), links...)
		}
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(some), 1, 30).Draw(t, "pieces"), "")
		if scheme == "usa" {
			text = "(U) " + text
		}
		doc, problems := parseText(head(scheme) + text)
		if doc == nil {
			if problems.Err() == nil {
				t.Fatal("no document and no error")
			}
			return
		}
		if s := textMark(doc); s != "" {
			t.Fatalf("a mark is printed as text: %s\n%s\n%s", s, text, dump(doc))
		}
		if strings.ContainsAny(text, "&[") || lossy(problems) {
			return
		}
		if lost := lostLetters(text, doc); lost != "" {
			t.Fatalf("letters lost: %s\n%s\n%s", lost, text, dump(doc))
		}
	})
}
