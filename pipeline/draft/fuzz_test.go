package draft

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// FuzzParse: Parse never panics, says the same twice, prints no mark as text, and loses no letter of
// a text that has neither links nor entities.
func FuzzParse(f *testing.F) {
	f.Add("usa", "# (U) A\n\n(U//REL TO USA, GBR) b\n\n- (U) c\n  - (U) d\n\n| (U) e |\n|---|\n| f |\n\n> (U) g\n")
	f.Add("tlp", "text\nmore *emph **strong** x* `code` ~~s~~\\\nhard  \nbreak\n\n```go\na := 1\n```\n\n    indented\n")
	f.Add("tlp", "a[^1] <b> &amp; <!-- c --> [l](http://x.y \"t\") ![p](q.png)\n\n[^1]: (TLP:RED) n\n\n[r]: http://z\n")
	f.Add("tlp", "1. a\n\n   b\n2) c\n\n---\n\nSetext\n===\n\n- [ ] t\n\n\ttab\n")
	f.Add("usa", "(S//REL) a\n\n(//GBR S//REL TO USA, GBR) b\n\n(TS//SI/TK//NF) c\n\n(u-nf) d\n")
	f.Add("cui", "(U) a\n\n(CUI//SP-CTI//NOFORN) b\n\n# c\n\n- (CUI) d\n")
	f.Add("cui", "a\n\n- b\n\n> c\n")
	f.Add("gbr", "a\n\n(OFFICIAL-SENSITIVE) b\n\n- (SECRET - UK EYES ONLY) c\n\n(Official: Sensitive) d\n\n(TLP:RED) e\n")
	f.Add("aus", "# h\n\n(O) a\n\n(P//REL AUS/NZL) b\n\n| (O:S) c |\n|---|\n| (S//AUSTEO) d |\n\n(O-S) e\n")
	f.Add("can", "(U) a\n\n(PB) b\n\n(PROTÉGÉ B) c\n\n```(PA)\nd\n```\n")
	f.Add("nzl", "# h\n\n(U) a[^1]\n\n(C//REL TO NZL, AUS) b\n\n(Sen) c\n\n# (R) d\n\n[^1]: (R//NZEO) e\n")
	f.Add("x", "\xff\x00\u202e\r\n---\n- \n>\n|\n|-\n")
	f.Fuzz(func(t *testing.T, scheme, text string) {
		Parse(Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}, Options{})
		Parse(Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte("---\n" + text + "\n---\nx\n")}}, Options{})
		body := head(scheme) + text
		doc, problems := parseText(body)
		_, again := parseText(body)
		if problems.String() != again.String() {
			t.Fatalf("two readings differ:\n%s\nand\n%s", problems, again)
		}
		if doc == nil {
			if problems.Err() == nil {
				t.Fatal("no document and no error")
			}
			return
		}
		if s := textMark(doc); s != "" {
			t.Errorf("a mark is printed as text: %s", s)
		}
		if !strings.ContainsAny(text, "&[") && !lossy(problems) {
			if lost := lostLetters(text, doc); lost != "" {
				t.Errorf("letters lost: %s\n%s", lost, dump(doc))
			}
		}
	})
}

// lossy reports whether a warning says that something is not printed.
func lossy(p Problems) bool {
	s := p.String()
	return strings.Contains(s, "not printed") || strings.Contains(s, "left out")
}

// textMark returns the first portion that prints a mark as text, or has none where it must.
func textMark(doc *Document) string {
	m := marker{scheme: doc.Scheme, rule: ruleOf(doc.Scheme.Name())}
	for _, p := range doc.Portions {
		if m.hidden(Plain(p.Block.Text)) || p.Block.Kind != Rule && m.rule.wants(p.Block.Kind) == must && p.Label.Mark == nil {
			return fmt.Sprintf("%s: %s %q", p.Pos, p.Block.Kind, Plain(p.Block.Text))
		}
		if p.Block.Table != nil {
			for _, r := range append([]Row{{Cells: p.Block.Table.Head}}, p.Block.Table.Rows...) {
				for _, c := range r.Cells {
					if m.hidden(Plain(c)) {
						return fmt.Sprintf("%s: cell %q", p.Pos, Plain(c))
					}
				}
			}
		}
	}
	return ""
}

// withoutTags is what is left of a text that is taken for HTML from start to end.
func withoutTags(text string) string {
	var s strings.Builder
	for z := html.NewTokenizer(strings.NewReader(text)); z.Next() != html.ErrorToken; {
		if t := z.Token(); t.Type == html.TextToken {
			s.WriteString(t.Data)
		}
	}
	return s.String()
}

// lostLetters returns the letters that stand more often in the text than in the document.
func lostLetters(text string, doc *Document) string {
	count := map[rune]int{}
	each := func(s string, by int) {
		for _, r := range s {
			if unicode.IsLetter(r) {
				count[r] += by
			}
		}
	}
	each(withoutTags(text), 1)
	for _, p := range doc.Portions {
		b := p.Block
		each(b.Mark, -1)
		each(Plain(b.Text), -1)
		if b.Code != nil {
			each(b.Code.Lang+strings.Join(b.Code.Lines, " "), -1)
		}
		if b.Table != nil {
			for _, r := range append([]Row{{Cells: b.Table.Head}}, b.Table.Rows...) {
				each(r.Mark, -1)
				for _, c := range r.Cells {
					each(Plain(c), -1)
				}
			}
		}
	}
	lost := ""
	for r, n := range count {
		if n > 0 {
			lost += strings.Repeat(string(r), n)
		}
	}
	return lost
}
