package pdf

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline/edition"
)

// A column of boxes, however it is broken: every box once and in order, the parts of those that may be cut one after the
// other, none below the foot of a page, none that must be kept with the next left as the last, and heads where a page
// opens.
func TestPaginate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := frame{top: 50, bottom: 450}
		p := paginated{seen: map[*sheet][]placed{}, heads: map[*sheet]int{}}
		head := box{height: 12, draw: func(s *sheet, _, _ float64) { p.heads[s]++ }}
		lines := make([]int, rapid.IntRange(1, 40).Draw(t, "boxes")) // of each box; one line is a box that is never cut
		boxes := make([]box, len(lines))
		for i := range boxes {
			lines[i] = 1
			boxes[i] = p.box(i, rapid.Float64Range(1, 90).Draw(t, "height"))
			if i%4 == 2 && rapid.Bool().Draw(t, "cuttable") {
				lines[i] = rapid.IntRange(2, 120).Draw(t, "lines")
				boxes[i] = p.cuttable(i, 0, lines[i])
			}
			boxes[i].gap, boxes[i].keep = rapid.Float64Range(0, 20).Draw(t, "gap"), i%4 == 0
			if i%3 == 0 || lines[i] > 1 {
				boxes[i].head = &head
			}
		}
		next, line := 0, 0
		sheets := paginate(boxes, f)
		for no, s := range sheets {
			if len(p.seen[s]) == 0 {
				t.Fatalf("page %d is empty", no+1)
			}
			for _, part := range p.seen[s] {
				if part.box != next || part.from != line {
					t.Fatalf("line %d of box %d where line %d of box %d was due", part.from, part.box, line, next)
				}
				if line = part.to; line == lines[next] {
					next, line = next+1, 0
				}
				if part.top < f.top || part.top+part.height > f.bottom+fuzz {
					t.Fatalf("box %d from %.0f to %.0f", part.box, part.top, part.top+part.height)
				}
				if n := part.to - part.from; n < fewest && n < lines[part.box] {
					t.Fatalf("%d lines of box %d stand alone on page %d", n, part.box, no+1)
				}
			}
			if last := p.seen[s][len(p.seen[s])-1].box; boxes[last].keep && no < len(sheets)-1 {
				t.Fatalf("box %d is the last of page %d", last, no+1)
			}
			want := 0
			if boxes[p.seen[s][0].box].head != nil {
				want = 1
			}
			if p.heads[s] != want {
				t.Fatalf("page %d opens with box %d and has %d heads", no+1, p.seen[s][0].box, p.heads[s])
			}
		}
		if next != len(boxes) {
			t.Fatalf("%d of %d boxes drawn", next, len(boxes))
		}
	})
}

// paginated notes what was drawn where.
type paginated struct {
	seen  map[*sheet][]placed
	heads map[*sheet]int
}

type placed struct {
	box, from, to int // lines
	top, height   float64
}

func (p paginated) box(i int, height float64) box {
	return box{height: height, draw: func(s *sheet, top, _ float64) {
		p.seen[s] = append(p.seen[s], placed{i, 0, 1, top, height})
	}}
}

// cuttable is a box of lines, as a long row of a table is.
func (p paginated) cuttable(i, from, to int) box {
	const lead = 10.0
	b := box{height: lead * float64(to-from), draw: func(s *sheet, top, _ float64) {
		p.seen[s] = append(p.seen[s], placed{i, from, to, top, lead * float64(to-from)})
	}}
	if to-from >= 2*fewest {
		b.least = fewest * lead
		b.cut = func(room float64) (first, rest box, ok bool) {
			n := min(int(room/lead), to-from-fewest)
			if n < fewest {
				return first, rest, false
			}
			return p.cuttable(i, from, from+n), p.cuttable(i, from+n, to), true
		}
	}
	return b
}

func composerFor(t testing.TB) *composer { return renderer(t).compose(edition.Edition{}) }

// Breaking lines loses no character but white space, and no line is wider than it may be.
func TestLines(t *testing.T) {
	c := composerFor(t)
	word := rapid.StringMatching(`•|–|[a-zA-Z0-9āЖ/.,()-]{1,12}|[0-9a-f]{64}|https://example\.org/[a-z/]{5,90}`)
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOfN(word, 1, 30).Draw(t, "words")
		width := rapid.Float64Range(20, 400).Draw(t, "width")
		var spans []span
		for i, w := range words {
			if i%4 == 3 {
				spans = append(spans, span{text: "\n"})
			}
			spans = append(spans, span{text: w + strings.Repeat(" ", i%2+i%3), style: style{size: 10, bold: i%5 == 0, mono: i%7 == 0}})
		}
		var got strings.Builder
		for _, l := range c.lines(spans, width) {
			sum := l.hang
			for _, p := range l.pieces {
				got.WriteString(p.text)
				sum += p.face.width(p.text, p.style.size)
			}
			if sum > width+1 {
				t.Fatalf("a line of %.1f in %.1f points", sum, width)
			}
		}
		if squash(got.String()) != strings.Join(words, "") {
			t.Fatalf("got %q\nwant %q", squash(got.String()), strings.Join(words, ""))
		}
	})
}

func TestLongWordsBreakWhereReadersExpect(t *testing.T) {
	c := composerFor(t)
	s := style{size: 10, mono: true} // 6 points a character
	tests := []struct {
		text  string
		chars float64
		want  string
	}{
		{strings.Repeat("0123456789abcdef", 4), 50, "0123456789abcdef0123456789abcdef|0123456789abcdef0123456789abcdef"},
		{strings.Repeat("0123456789abcdef", 4), 64, strings.Repeat("0123456789abcdef", 4)},
		{strings.Repeat("01234567", 5), 18, "01234567|01234567|01234567|01234567|01234567"}, // not a last line of sixteen
		{strings.Repeat("01234567", 5), 24, "01234567012345670123|45670123456701234567"},
		{strings.Repeat("0123456789abcdef", 8), 40, strings.TrimSuffix(strings.Repeat("0123456789abcdef0123456789abcdef|", 4), "|")},
		{strings.Repeat("abcdef12", 4) + "abc", 25, "abcdef12abcdef12abcdef12|abcdef12abc"}, // no hash: nothing divides it
		{"https://example.org/one-two-three", 26, "https://example.org/one|-two-three"},     // "one-" would be copied as "one"
		{"-----------------", 10, "----------|-------"},
		{"www.radiographers[.]org", 19, "www.radiographers|[.]org"},
		{"Win32/TrojanDownloader.Agent", 18, "Win32/Trojan|Downloader.Agent"},
		{"peers[.]download[.]example", 18, "peers[.]|download[.]example"},
		{strings.Repeat("TWF/aW4+", 10), 30, "TWF/aW4+TWF/aW4+TWF/aW4+TWF/aW|4+TWF/aW4+TWF/aW4+TWF/aW4+TWF/|aW4+TWF/aW4+TWF/aW4+"},
		{"https://example.org/one/two/three", 22, "https://example.org/|one/two/three"},
		{"nobreakinthiswordatall", 10, "nobreakint|hiswordata|ll"},
		{"short words, then hard\u00a0ones", 12, "short words,|then|hard\u00a0ones"},
		{"zero\u200bwidth", 6, "zero|width"},
	}
	for _, tt := range tests {
		var got []string
		for _, l := range c.lines([]span{{text: tt.text, style: s}}, tt.chars*6.01) {
			line := ""
			for _, p := range l.pieces {
				line += p.text
			}
			got = append(got, line)
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%q in %g: %q, want %q", tt.text, tt.chars, strings.Join(got, "|"), tt.want)
		}
	}
}

// Lists in the cells of a table have typed bullets; their lines began under these.
func TestItemsHangFromTypedBullets(t *testing.T) {
	c := composerFor(t)
	s := style{size: 10, mono: true} // 6 points a character
	br := span{text: "\n"}
	var got []string
	for _, l := range c.lines([]span{{text: "• confirm that accounts", style: s}, br, {text: "– are in use", style: s}, br, {text: "after the list it is flush", style: s}}, 15*6.01) {
		line := strings.Repeat("_", int(l.hang/6+0.5))
		for _, p := range l.pieces {
			line += p.text
		}
		got = append(got, line)
	}
	want := "• confirm that|__accounts|__– are in use|after the list|it is flush"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestColumnsFillTheWidth(t *testing.T) {
	c := composerFor(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 16).Draw(t, "columns")
		g := grid{size: 8}
		row := make([]cell, n)
		for i := range row {
			text := strings.Repeat("word ", rapid.IntRange(0, 30).Draw(t, "words")) + strings.Repeat("x", rapid.IntRange(0, 60).Draw(t, "long"))
			g.head = append(g.head, cell{{text: fmt.Sprint("Column ", i), style: style{size: 8}}})
			row[i] = cell{{text: text, style: style{size: 8}}}
		}
		g.rows = [][]cell{row}
		_, widths := c.fit(g, 480)
		if s := sum(widths); s < 479.9 || s > 480.1 {
			t.Fatalf("columns of %v are %.1f together", widths, s)
		}
		for _, w := range widths {
			if w <= 2*cellPad {
				t.Fatalf("a column of %.1f points: %v", w, widths)
			}
		}
	})
}

func TestCleanComposes(t *testing.T) {
	for in, want := range map[string]string{
		"Ma\u0304ori":           "Māori",
		"a\u202eb\u2066c\ufeff": "abc", // bidirectional controls can only mislead
		"tab\tnew\nline":        "tab new line",
		"bad \xff utf-8":        "bad \ufffd utf-8",
		"⚠\ufe0f":               "⚠",
	} {
		if got := clean(in); got != want {
			t.Errorf("clean(%q) = %q, want %q", in, got, want)
		}
	}
}
