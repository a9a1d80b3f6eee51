package advisory

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/draft"
)

// Text that is written as Markdown reads as it did, whatever stands in it.
func TestEscapedReadsTheSame(t *testing.T) {
	words := rapid.SampledFrom([]string{
		"a", "b", " ", " ", "*", "_", "**", "__", "`", "``", "~", "~~", "[", "]", "(", ")", "[1]", "[1]: ", "[^1]", "<", ">", "<b>", "<!--", "&", "&amp;", "&#42;", "\\", "\\*", "|", "#", "# ", "-", "- ", "+ ", "=", "==", "---", "1.", "1. ", "12)", "!", "![",
		"http://a.example/b_c_d*e", "https://a.example/?x=1&copy=2", "www.a.example", "a@b.example", "é", "{: .x}", "$", ":", ".", "\"", "'", "x_y", "2*3",
	})
	rapid.Check(t, func(t *rapid.T) {
		text := oneLine(strings.Join(rapid.SliceOfN(words, 1, 14).Draw(t, "words"), ""))
		md := escaped(text)
		src := draft.Source{Name: "d", Files: map[string][]byte{"d": []byte("---\ntitle: T\nscheme: tlp\ntlp: TLP:RED\nreleasable_to: [NZL]\n---\nword\n\n" + md + "\n\nword\n")}}
		doc, problems := draft.Parse(src, draft.Options{})
		if problems.Err() != nil {
			if strings.Contains(text, "://") && strings.Contains(problems.Err().Error(), "address") {
				return // no address at all
			}
			t.Fatalf("%q becomes %q: %v", text, md, problems)
		}
		if len(doc.Portions) != 3 && text != "" {
			t.Fatalf("%q becomes %q, which is %d portions", text, md, len(doc.Portions)-2)
		}
		if got := draft.Plain(doc.Portions[1].Block.Text); text != "" && got != text {
			t.Fatalf("%q becomes %q and reads %q", text, md, got)
		}
	})
}
