package pdf

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

func TestStandIns(t *testing.T) {
	c := composerFor(t)
	for in, want := range map[string]string{
		"Hi \U0001F600!":         "Hi [grinning face U+1F600]!",
		"\U0001D400\U0001D7D8":   "A0",
		"ＡＢ（１）":                  "AB(1)",
		"ⓘ":                      "i",
		"\U0001F1F3\U0001F1FF":   "[flag NZ]",
		"\U0001F1F3":             "[regional indicator symbol letter n U+1F1F3]",
		"1\ufe0f\u20e3#\u20e3 1": "[keycap 1][keycap #] 1",
		"\U0001F468\u200d\U0001F469\u200d\U0001F467":                             "[man + woman + girl]",
		"\U0001F469\U0001F3FD\u200d\U0001F4BB":                                   "[woman + medium skin tone + personal computer]",
		"❤\ufe0f\u200d\U0001F525 ❤\ufe0f":                                        "[heavy black heart + fire] ❤",
		"\U0001F3F4\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F": "[flag GB-ENG]",
		"\U0001F525\U000E0061\U000E0062\U000E007F":                               "[fire + tag ab]",
		"✅⚠\ufe0f":               "[white heavy check mark U+2705]⚠",
		"\U00020BB7":             "[CJK Ideograph Extension B U+20BB7]",
		"\uE123\U0010FFFF\u0007": "[Private Use U+E123][unassigned U+10FFFF][control U+0007]",
		"\ufffd":                 "[replacement character U+FFFD]",
		"ⱸ":                      "[latin small letter e with notch U+2C78]",
		"a\u200bb\u00adc\u2060d": "abcd",
		"plain":                  "plain",
	} {
		if got := onOneLine(c, span{text: in, style: style{size: 10}}); got != want {
			t.Errorf("%q stands as %q, want %q", in, got, want)
		}
		if got := visual(c.verbatim(in, style{size: 10, mono: true}, 1e5)); got != want {
			t.Errorf("as code %q stands as %q, want %q", in, got, want)
		}
		if len(c.missing) > 0 {
			t.Errorf("%q: missing %v", in, c.missing)
		}
	}
}

func visual(lines []line) string {
	var out strings.Builder
	for _, l := range lines {
		for _, p := range l.pieces {
			out.WriteString(p.text)
		}
	}
	return out.String()
}

func TestStandInsAreMarked(t *testing.T) {
	c := composerFor(t)
	for in, want := range map[string][]standIn{
		"a 𝐛":  {itself, asLetters},
		"a ✅b": {itself, asLabel, asCode, asLabel, itself},
	} {
		var got []standIn
		var s sheet
		for _, l := range c.lines([]span{{text: in, style: style{size: 10}}}, 1000) {
			s.drawLine(l, 0, 0)
			for _, p := range l.pieces {
				got = append(got, p.style.standIn)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", in, got, want)
		}
		grounds := 0
		for _, o := range s.ops {
			if o, ok := o.(rectOp); ok && o.fill == noteBack {
				grounds++
			}
		}
		if marked := len(slices.DeleteFunc(got, func(k standIn) bool { return k == itself })); grounds != marked {
			t.Errorf("%q: %d grounds for %d", in, grounds, marked)
		}
	}
}

// They stand wherever text can, the metadata and bookmarks included.
func TestStandInsEverywhere(t *testing.T) {
	n := 0
	emoji := func() string { n++; return string(rune(0x1F600 + n)) }
	line := func() edition.Line { return edition.Line{Text: "x " + emoji()} }
	e := base("Title " + emoji())
	e.Actions, e.Glance = []edition.Line{line()}, []edition.GlanceLine{{Name: "Sectors", Line: line()}}
	e.References, e.Contacts = []edition.Line{line()}, []edition.Line{line()}
	e.Indicators = []edition.Indicator{{Type: "filename", Value: emoji() + ".exe", Note: emoji()}}
	e.Blocks = []draft.Block{heading(2, "", "Heading "+emoji()), para("", emoji()), item(1, 0, 1, emoji()),
		{Kind: draft.Code, Code: &draft.CodeData{Lines: []string{emoji()}}},
		{Kind: draft.Table, Table: &draft.TableData{Head: [][]draft.Inline{txt(emoji())}, Rows: []draft.Row{{Cells: [][]draft.Inline{txt(emoji())}}}}},
		{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Footnote, Number: 1, Children: txt(emoji())}}}}
	b := render(t, renderer(t), e)
	flat := squash(text(t, b))
	for i := range n {
		if code := fmt.Sprintf("U+%X", 0x1F601+i); strings.Count(flat, code) != 1 {
			t.Errorf("%s stands %d times", code, strings.Count(flat, code))
		}
	}
	if info := tool(t, b, "pdfinfo", "FILE"); !strings.Contains(info, "[grinning face with smiling eyes U+1F601]") {
		t.Errorf("title in the metadata:\n%s", info)
	}
	if outline := tool(t, b, "mutool", "show", "FILE", "outline"); !strings.Contains(outline, "Heading [") || !strings.Contains(outline, "Title [") {
		t.Errorf("bookmarks:\n%s", outline)
	}
	tool(t, b, "qpdf", "--check", "FILE")
}

// anyText mixes what is hard: many scripts, marks, emoji and their parts, controls, long tokens.
func anyText() *rapid.Generator[string] {
	hard := rapid.RuneFrom([]rune("ab1(/)-.[]{}<>«»ā"), unicode.Arabic, unicode.Hebrew, unicode.Mn, unicode.Cf, unicode.So, unicode.Han, unicode.Sm, unicode.Zs, unicode.Latin)
	token := rapid.SampledFrom([]string{"السلام", "لا", "می\u200cخواهم", "مُحَمَّد", "שָׁלוֹם", "👩🏽\u200d💻", "🇳🇿", "1\ufe0f\u20e3", "𝐀𝟘",
		strings.Repeat("0a9f", 32), "https://example.org/" + strings.Repeat("path/", 40), `C:\build\Release\x64\loader.pdb`, "Nguyễn", "m̄"})
	word := rapid.OneOf(token, rapid.StringOfN(hard, 1, 12, -1), rapid.String())
	return rapid.Map(rapid.SliceOfN(word, 1, 12), func(w []string) string { return strings.Join(w, " ") })
}

// counted is how often each letter stands in texts, white space and what is not seen aside.
func counted(texts ...string) map[rune]int {
	out := map[rune]int{}
	for _, text := range texts {
		for _, ch := range text {
			if inked(ch) {
				out[ch]++
			}
		}
	}
	return out
}

// Whatever a text holds, no letter of it or of what stands for it is lost, and no line is too wide.
func TestAnyText(t *testing.T) {
	r := renderer(t)
	rapid.Check(t, func(t *rapid.T) {
		c := r.compose(edition.Edition{})
		in := span{text: anyText().Draw(t, "text"), style: style{size: 10, bold: rapid.Bool().Draw(t, "bold"), mono: rapid.Bool().Draw(t, "mono")}}
		width := rapid.Float64Range(40, 500).Draw(t, "width")
		var want []string
		for _, sp := range legible(in, c.fonts.draws) {
			want = append(want, sp.text)
		}
		for name, lines := range map[string][]line{"lines": c.lines([]span{in}, width), "code": c.verbatim(in.text, in.style, width)} {
			if !sameLetters(counted(visual(lines)), counted(want...)) {
				t.Fatalf("%s: %q stands as %q", name, want, visual(lines))
			}
			var s sheet
			for _, l := range lines {
				if l.width > width+fuzz && len(split(l.pieces)) > 1 {
					t.Fatalf("%s: a line of %.2f points in %.2f: %q", name, l.width, width, visual([]line{l}))
				}
				s.drawLine(l, 0, 0)
			}
			var drawn []string
			for _, o := range s.ops {
				if o, ok := o.(textOp); ok {
					drawn = append(drawn, o.text)
				}
			}
			if !sameLetters(counted(drawn...), counted(want...)) {
				t.Fatalf("%s: %q is drawn %q", name, want, drawn)
			}
		}
	})
}

// sameLetters allows a bracket to be drawn as its counterpart, where a font has no other glyph for it.
func sameLetters(a, b map[rune]int) bool {
	pairs := []rune(brackets + mirrored)
	sum := func(m map[rune]int) map[rune]int {
		out := map[rune]int{}
		for ch, n := range m {
			if other, _, ok := counterpart(ch, pairs); ok {
				ch = min(ch, other)
			}
			out[ch] += n
		}
		return out
	}
	x, y := sum(a), sum(b)
	for ch := range y {
		if x[ch] != y[ch] {
			return false
		}
	}
	return len(x) == len(y)
}

// A reader finds each word whole, whatever it is written in.
func TestWordsAreWholeInTheTextLayer(t *testing.T) {
	words := []string{"السلام", "الإسلام", "ولا", "می\u200cخواهم", "مُحَمَّد", "رَسُول", "שָׁלוֹם", "עולם", "Nguyễn", "m̄ā", "g̃x", "E̊", "Đặng", "Љубљана", "Ἑλληνική",
		"[man+woman+girl]", strings.Repeat("0a9f", 32), "https://example.org/" + strings.Repeat("path/", 30) + "end",
		`HKLM:\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\` + strings.Repeat("VeryLongValueName", 8), strings.Repeat("TWFuIGlz/IGRpc3+", 12)}
	for _, style := range []draft.InlineKind{draft.Text, draft.Strong, draft.Emph, draft.CodeSpan} {
		e := base("Words")
		for _, w := range words {
			in := draft.Inline{Kind: style, Text: strings.Replace(w, "[man+woman+girl]", "👨\u200d👩\u200d👧", 1)}
			if style == draft.Strong || style == draft.Emph {
				in = draft.Inline{Kind: style, Children: txt(in.Text)}
			}
			e.Blocks = append(e.Blocks, draft.Block{Kind: draft.Paragraph, Text: []draft.Inline{in}})
		}
		b := render(t, renderer(t), e)
		out := strings.Map(func(ch rune) rune {
			if ch >= '\u202a' && ch <= '\u202e' || ch == '\u200e' || ch == '\u200f' {
				return -1 // pdftotext writes them around text from right to left
			}
			return ch
		}, squash(text(t, b)))
		for _, w := range words {
			if !strings.Contains(out, w) {
				t.Errorf("%s: %q is not whole in the text", style, w)
			}
		}
		checkGlyphs(t, tool(t, b, "mutool", "trace", "FILE"))
	}
}

func TestLinksOfManyLinesAndInside(t *testing.T) {
	e := base("Links")
	long := "https://example.org/" + strings.Repeat("a-long-path/", 30)
	e.Blocks = []draft.Block{
		{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Link, URL: long, Children: txt(long)}}},
		{Kind: draft.Paragraph, Text: []draft.Inline{{Kind: draft.Link, URL: "#part", Children: txt("there")}}},
	}
	var pieces, inside int
	for _, s := range renderer(t).compose(e).sheets() {
		for _, o := range s.ops {
			if l, ok := o.(linkOp); ok && l.url == long {
				pieces++
			} else if ok && l.target == "part" {
				inside++
			}
		}
	}
	if pieces < 4 || inside != 1 {
		t.Errorf("%d pieces of the long link, %d links inside", pieces, inside)
	}
}

func TestRaisedAndLowered(t *testing.T) {
	e := base("Scripts")
	e.Blocks = []draft.Block{{Kind: draft.Paragraph, Text: append(txt("Ex"), draft.Inline{Kind: draft.Super, Children: txt("2")}, draft.Inline{Kind: draft.Text, Text: " and Hy"},
		draft.Inline{Kind: draft.Sub, Children: txt("3")}, draft.Inline{Kind: draft.Text, Text: "Ox"})}}
	b := render(t, renderer(t), e)
	if s := text(t, b); !strings.Contains(s, "Ex2 and Hy3Ox") {
		t.Errorf("text layer:\n%s", s)
	}
}

func TestLineBreaksOfCJK(t *testing.T) {
	for text, want := range map[string]string{
		"日本。語":     "日|本。|語",
		"「日本」語":    "「日|本」|語",
		"きゃっ":      "きゃっ",
		"（参考）書":    "（参|考）|書",
		"データ":      "デー|タ",
		"中文abc中":   "中|文|abc|中",
		"中 文":      "中| 文",
		"50％増":     "50％|増",
		"か\u3099き": "か\u3099|き",
		"中\u00a0文": "中\u00a0文",
		"한국어 단어":   "한국어| 단어",
	} {
		var out []string
		word := ""
		last := rune(0)
		for _, ch := range text {
			if ch == ' ' || last != ' ' && breakBetween(last, ch) {
				out = append(out, word)
				word = ""
			}
			word += string(ch)
			last = ch
		}
		if got := strings.Join(append(out, word), "|"); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzRender: any Markdown that is a draft is drawn, or refused for a letter that no font has; none of its letters is lost.
func FuzzRender(f *testing.F) {
	f.Add("# Head 😀\n\ntext *emph* `code 𝐀` [l](https://a.example/b)\n\n| a | b |\n|---|--:|\n| ✅ | שלום (a) |\n")
	f.Add("- a\n  - مرحبا لا\n\n1. x[^1]\n\n> q\n> > r\n\n[^1]: note\n")
	f.Add("```\n\tcode 👩🏽\u200d💻 م\n```\n\n---\n\n    x\n\n![alt](p.png)\n\nm\u0304 مُحَمَّد\n")
	f.Add(strings.Repeat("0a9f", 99) + " " + strings.Repeat("W", 300) + "\n")
	r := renderer(f)
	f.Fuzz(func(t *testing.T, body string) {
		if len(body) > 4000 {
			t.Skip("longer than a fuzz input need be")
		}
		head := "---\ntitle: T\nkind: bulletin\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [AUS, NZL]\n---\n"
		doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(head + body)}}, draft.Options{})
		if problems.Err() != nil {
			return
		}
		e, err := edition.Project(doc, pipeline.NZL, nil)
		if err != nil {
			return
		}
		c := r.compose(e)
		sheets := c.sheets()
		if len(c.missing) == 0 {
			b, err := r.Render(e)
			if err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) {
				t.Fatalf("Render: %v", err)
			}
		}
		var drawn []string
		for _, s := range sheets {
			for _, o := range s.ops {
				if o, ok := o.(textOp); ok {
					drawn = append(drawn, o.text)
				}
			}
		}
		have := counted(drawn...)
		for ch, n := range counted(textsOf(c, e)...) {
			if _, _, bracket := counterpart(ch, []rune(brackets+mirrored)); have[ch] < n && !bracket {
				t.Fatalf("%q is there %d times and drawn %d times", ch, n, have[ch])
			}
		}
	})
}

// textsOf is what of an edition's blocks must be drawn.
func textsOf(c *composer, e edition.Edition) (out []string) {
	add := func(text string) {
		for _, sp := range legible(span{text: text}, c.fonts.draws) {
			out = append(out, sp.text)
		}
	}
	var inlines func(in []draft.Inline)
	inlines = func(in []draft.Inline) {
		for _, n := range in {
			add(n.Text)
			inlines(n.Children)
		}
	}
	for _, b := range e.Blocks {
		inlines(b.Text)
		if b.Table != nil {
			for _, h := range b.Table.Head {
				inlines(h)
			}
			for _, r := range b.Table.Rows {
				for _, cell := range r.Cells {
					inlines(cell)
				}
			}
		}
		if b.Code != nil {
			for _, l := range b.Code.Lines {
				add(l)
			}
		}
	}
	return out
}
