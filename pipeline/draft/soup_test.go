package draft

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// However the signs of Markdown fall together in a text without marks: it is a draft, and holds every word that a plain
// renderer shows of it.
func TestUnmarkedSoupKeepsEveryWord(t *testing.T) {
	pieces := []string{
		"W", "W ", "W", "W\n", "W W", " ", "\n", "\n", "\n\n", "\n\n", "  ", "    ", "\t", "- ", "* ", "1. ", "2) ", "> ", "# W", "## W\n\n", "#\n", "\n---\n", "\n===\n", "***", "*", "**", "_",
		"`", "\n```\n", "\n```W\n", "~~", "\n~~~\n", "| ", "|", "|---|\n", "\n| W | W |\n|---|---|\n| W | W | W |\n| W |\n", "\n|W|\n|:-:|\n|W|`W|W`|W\\|W|\n", "\\", "\\\n", "  \n", "(W)", "é", "< ", ":", "\r\n", "\r",
		"\u200b", "\u00a0", "\f", "\v", "\ufeff", "\u2028", "\u202e", "\u0092", "\x1b", "http://ex.am/W ", "www.ex.am/W ", "a@W.cd ", "<http://W.x>", "<ftp://W.x/W>",
		"[", "]", "](http://x.y)", "[W](../W.md)", "[W](#W)", "[](#W)", "[W](tel:W)", "[^1]", "[^2]", "[^3]", "\n[^1]: W\n", "\n\n[^1]: W\n\n    W\n", "\n[^2]: W [^1] W\n", "\n[^2]: - W\n      - W\n\n    > W\n", "\n[^3]:\n\n        W\n        W\n",
		"    [^3]: W\n", "\n[W]: http://x.y\n", "![W](W.png)", "![W](http://x.y/W.png)", "![", "&amp;", "&#x202e;", "&nbsp;", "&#0;", "[W][W]", "[1]", "!", "---\nW: W\n---\n",
	}
	rapid.Check(t, func(t *rapid.T) {
		drawn := rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 40).Draw(t, "pieces")
		var text strings.Builder
		for i, c := range strings.Split(strings.Join(drawn, ""), "W") {
			if i > 0 {
				fmt.Fprintf(&text, "w%dx", i)
			}
			text.WriteString(c)
		}
		body := text.String()
		doc, problems := parseText(tlp("w0x\n\n" + body))
		if doc == nil {
			t.Fatalf("refused: %v\n%q", problems.Err(), body)
		}
		if lost := lostWords(body, doc); lost != "" {
			t.Fatalf("lost: %s\n%q\n%s", lost, body, dump(doc))
		}
	})
}
