package draft

import (
	"strings"
	"testing"
)

// What nobody sees is taken out before anything is read, and every position stays the file's.
func TestInvisibleCharacters(t *testing.T) {
	doc, problems := parseText(tlp("a\x1b é\u2066b\u2028c \u202egpj.exe \U000E0041\u0092s \ufeffword\fnew \v &#x202b;x [^9]\rnext\r\nlast\n"))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	if got, want := Plain(doc.Portions[0].Block.Text), "a éb c ‹U+202E›gpj.exe ’s word new   x [^9] next last"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, want := range []string{
		"d.md:8:2: warning: character U+001B (control character) is left out",
		"d.md:8:5: warning: character U+2066 (bidirectional control) is left out",
		"d.md:8:7: warning: character U+2028 (line separator) is read as a space",
		"d.md:8:10: warning: character U+202E (bidirectional control) is read as ‹U+202E›",
		"d.md:8:19: warning: character U+E0041 (invisible character) is left out",
		"d.md:8:20: warning: character U+0092 (control character) is read as ’",
		"d.md:8:23: warning: character U+FEFF (invisible character) is left out",
		"d.md:8:28: warning: character U+000C (control character) is read as a space",
		"an entity stands for the character U+202B (bidirectional control), which is left out",
		"d.md:8:45: warning: footnote [^9] is not defined",
	} {
		if !strings.Contains(problems.String(), want) {
			t.Errorf("no %q in\n%s", want, problems)
		}
	}
}

// The flags of England, Scotland and Wales are spelt with letters that nobody sees; nothing else may be.
func TestFlagsSpeltWithTags(t *testing.T) {
	const england = "\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"
	const texas = "\U0001F3F4\U000E0075\U000E0073\U000E0074\U000E0078\U000E007F"
	for text, want := range map[string]string{
		england + " a": england + " a",
		"&#x1F3F4;&#xE0067;&#xE0062;&#xE0065;&#xE006E;&#xE0067;&#xE007F;b": england + "b",
		england + "\U000E0041" + england:                                   england + england,
		england[:len(england)-4]:                                           "\U0001F3F4",
		texas + "x":                                                        "\U0001F3F4x",
		"a" + england[4:]:                                                  "a",
		"[" + england + "](https://example.com/)":                          england,
		"`" + england + "`":                                                england,
		"<b>" + england + "</b>":                                           england,
		"https://example.com/" + england + "\U000E0067":                    "https://example.com/" + england,
	} {
		doc, problems := parseText(tlp(text + "\n"))
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		if got := Plain(doc.Portions[0].Block.Text); got != want {
			t.Errorf("%+q is read as %+q, want %+q", text, got, want)
		}
	}
	if _, problems := parseText(tlp("(TLP:AMBER" + england[4:] + ") a\n")); problems.Err() == nil {
		t.Error("tags inside a mark are accepted")
	}
}

func TestInvisibleCharactersInFrontMatterKeepPositions(t *testing.T) {
	_, problems := parseText(strings.Replace(tlp("x\n"), "kind: training", "kind: \u2066\u2066memo # \u2066", 1))
	if want := "d.md:6:9: unknown kind"; !strings.Contains(problems.String(), want) {
		t.Errorf("no %q in\n%s", want, problems)
	}
}

// An attack: what the author saw as one mark is read as another, or as none. On the line of a mark nothing is neutralised
// in silence; and a mark that only such a character hid is a mark.
func TestInvisibleCharactersAtMarks(t *testing.T) {
	hidden := []string{"\u202e", "\u2066", "\ufeff", "\u2028", "\f", "\x1b", "\U000E0041", "\u0085", "\v"}
	for scheme, mark := range map[string]string{"tlp": "(TLP:AMBER//REL TO CAN)", "usa": "(U//REL TO USA, GBR)", "aus": "(P//REL AUS/NZL)", "can": "(PB)", "nzl": "(R)", "gbr": "(OFFICIAL-SENSITIVE)", "cui": "(CUI//NF)"} {
		first := map[string]string{"tlp": "", "usa": "(U) ", "aus": "(O) ", "can": "(U) ", "nzl": "(U) ", "gbr": "", "cui": "(U) "}[scheme]
		for _, c := range hidden {
			half := len(mark) / 2
			for _, text := range []string{
				c + mark + " secret", mark + c + " secret", mark[:half] + c + mark[half:] + " secret", mark[:1] + c + mark[1:] + " secret",
				"- " + c + mark + " secret", "> " + c + mark + " secret", "| " + c + mark + " secret |\n|---|\n| x |",
				first + "text " + c + mark + " secret", "1. x\n2. " + c + "**" + mark + "** secret", "```" + c + mark + "\nsecret\n```",
				"[^1]: " + c + mark + " secret\n\n" + first + "x[^1]", "![" + c + mark + " secret](x.png)",
			} {
				doc, problems := parseText(head(scheme) + first + "text\n\n" + text + "\n")
				if doc != nil {
					t.Errorf("scheme %s: %q parses\n%s\n%s", scheme, text, problems, dump(doc))
				}
			}
		}
	}
}
