package draft

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/marking"
)

// good has marks of each scheme that parse. Headings of scheme nzl have none.
var good = map[string][]string{
	"usa": {"(U)", "(U//NF)", "(U//REL TO USA, GBR)", "(TLP:GREEN)(U//REL TO USA, AUS, GBR//LES)", "(TLP:AMBER) (U//FOUO)", "(TS//SI/TK//NF)", "(//GBR S//REL TO USA, GBR)"},
	"tlp": {"", "(TLP:GREEN)", "(TLP:AMBER//REL TO CAN, NZL)", "(TLP:CLEAR)"},
	"cui": {"(U)", "(CUI)", "(CUI//NF)", "(TLP:AMBER)(CUI)"},
	"gbr": {"", "(OFFICIAL)", "(OFFICIAL-SENSITIVE)", "(SECRET - UK EYES ONLY)", "(TLP:GREEN)", "(TLP:AMBER)(OFFICIAL-SENSITIVE)"},
	"aus": {"(O)", "(UO)", "(O:S)", "(P)", "(P//REL AUS/NZL)", "(TLP:GREEN)(S//AUSTEO)"},
	"can": {"(U)", "(PA)", "(PB)", "(C)", "(PB//CEO)", "(TLP:GREEN)(PB)"},
	"nzl": {"(U)", "(IC)", "(Sen)", "(R)", "(C//REL TO NZL, AUS)", "(TLP:AMBER) (R//NZEO)"},
}

// Every portion that is written with a mark comes back with that mark, that text and that kind.
func TestWrittenPortionsComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scheme := anyScheme().Draw(t, "scheme")
		var text strings.Builder
		var want []string
		for i := range rapid.IntRange(1, 12).Draw(t, "portions") {
			mark := rapid.SampledFrom(good[scheme]).Draw(t, "mark")
			words := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[a-zéā中]{1,8}`), 1, 6).Draw(t, "words"), " ") + fmt.Sprint(i)
			kind := rapid.SampledFrom([]string{"heading", "paragraph", "item", "quote", "table", "code", "codeline", "figure"}).Draw(t, "kind")
			if kind == "heading" && !MarksHeadings(scheme) {
				mark = ""
			}
			block, printed := writePortion(kind, mark, words)
			text.WriteString(block + "\n\n<!-- -->\n\n") // the comment ends lists and quotations
			label := strings.ReplaceAll(mark, ") (", ")(")
			if mark == "" && kind != "heading" && scheme == "tlp" {
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
		"(U) ", "(U//NF) ", "(u//nf) ", "(TLP:GREEN)(U) ", "(P//REL AUS/NZL) ", "(OFFICIAL-SENSITIVE) ", "(PB) ", "(Sen) ", "(CUI) ", "é", "<", ">", "<b>", "</b>", "<br>", "<p>", "<ul><li>", "<table><tr><td>", "</td>\n<td>", "</table>", "<blockquote>", "<pre>", "</pre>", "<sup>", "<!-- x -->", "http://ex.am/ple ", "a@b.cd ", "!", ":", "\r\n", "\u200b", "\u00a0", "（",
	}
	links := []string{"[", "]", "](http://x.y)", "[^1]", "\n[^1]: note\n", "\n[r]: http://x.y\n", "![p](p.png)", "![", "&amp;", "&#40;"}
	rapid.Check(t, func(t *rapid.T) {
		scheme := anyScheme().Draw(t, "scheme")
		some := append(slices.Clone(pieces), good[scheme]...)
		if rapid.Bool().Draw(t, "links") {
			some = append(some, links...)
		}
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(some), 1, 30).Draw(t, "pieces"), "")
		if mark := rapid.SampledFrom(good[scheme]).Draw(t, "mark"); scheme != "tlp" {
			text = mark + " " + text
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

func anyScheme() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return rapid.SampledFrom(marking.Schemes()).Draw(t, "of").Name()
	})
}

// However a mark is misspelt, and wherever it stands: it is a mark of the scheme in the end, or the draft is refused.
func TestMisspeltMarkIsNeverText(t *testing.T) {
	places := []string{
		"---\ntitle: \"%s words\"", "---\nactions: [\"%s words\"]\ntitle: t", "---\nglance: {who: \"%s words\"}\ntitle: t", "---\nreferences: [\"%s words\"]\ntitle: t",
		"# %s words", "%s words", "- %s words", "> %s words", "| %s words |\n|---|\n| c |", "| LOW head |\n|---|\n| %s words |", "![%s words](p.png)", "LOW a[^1]\n\n[^1]: %s words",
	}
	rapid.Check(t, func(t *rapid.T) {
		scheme, from := anyScheme().Draw(t, "scheme"), anyScheme().Draw(t, "from")
		mark := rapid.SampledFrom(slices.DeleteFunc(slices.Clone(good[from]), func(m string) bool { return m == "" })).Draw(t, "mark")
		wrong := misspelt(t, mark)
		if from != scheme && plainWord.MatchString(wrong) {
			return // (c), (official): in small letters nobody means another nation's mark
		}
		low := good[scheme][0]
		if scheme == "tlp" {
			low = "(TLP:CLEAR)"
		}
		place := strings.ReplaceAll(rapid.SampledFrom(places).Draw(t, "place"), "LOW", low)
		written := fmt.Sprintf(place, wrong)
		text := strings.Replace(head(scheme), "TLP:AMBER", "TLP:RED", 1) + written + "\n"
		if strings.HasPrefix(written, "---") {
			text = strings.Replace(text, written+"\n", "", 1) + low + " text\n"
			text = strings.Replace(text, "---\ntitle: t", written, 1)
		}
		doc, _ := parseText(text)
		if doc == nil {
			return
		}
		for _, l := range doc.Labels() {
			if strings.Contains(l.Text, "words") && l.Label.Mark == nil && l.Label.TLP == marking.NoTLP {
				t.Fatalf("%s, %s of scheme %s: text\n%s", scheme, wrong, from, text)
			}
			if strings.ContainsAny(l.Text, "([{（/") {
				t.Fatalf("%s, %s of scheme %s: a mark is printed\n%s", scheme, wrong, from, text)
			}
		}
	})
}

var plainWord = regexp.MustCompile(`^\([a-z]+\)$`)

// misspelt is a mark as people and word processors write it.
func misspelt(t *rapid.T, mark string) string {
	full := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r > ' ' && r < 0x7f {
				return r + 0xFEE0
			}
			return r
		}, s)
	}
	slips := map[string]func(string) string{
		"as it is":     func(s string) string { return s },
		"slashes":      func(s string) string { return strings.ReplaceAll(s, "/", "\u2215") },
		"one slash":    func(s string) string { return strings.ReplaceAll(s, "//", "/") },
		"spaces":       func(s string) string { return strings.ReplaceAll(s, "//", " // ") },
		"full width":   full,
		"dashes":       func(s string) string { return strings.ReplaceAll(s, "-", "–") },
		"no-break":     func(s string) string { return strings.ReplaceAll(s, " ", "\u00a0") },
		"brackets":     func(s string) string { return strings.NewReplacer("(", "[", ")", "]").Replace(s) },
		"inner spaces": func(s string) string { return strings.NewReplacer("(", "( ", ")", " )").Replace(s) },
		"soft hyphen":  func(s string) string { return strings.ReplaceAll(s, "//", "\u00ad//") },
		"Cyrillic": func(s string) string {
			return strings.NewReplacer("S", "Ѕ", "C", "С", "P", "Р", "O", "О").Replace(s)
		},
		"no space":   func(s string) string { return strings.ReplaceAll(s, ", ", ",") },
		"small":      func(s string) string { return strings.ToLower(s) },
		"bold":       func(s string) string { return "**" + s + "**" },
		"zero width": func(s string) string { return "\u200b" + s },
	}
	slip := rapid.SampledFrom(slices.Sorted(maps.Keys(slips))).Draw(t, "slip")
	return slips[slip](mark)
}
