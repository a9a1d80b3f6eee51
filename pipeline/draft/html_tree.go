package draft

import (
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	"golang.org/x/net/html"
)

// maxElements is how deep elements of HTML are read as standing in each other; the tags of deeper ones fall away.
const maxElements = 100

// An element is an element of HTML, a run of text in it, or a comment.
type element struct {
	name       string // empty: text; "!": a comment or another declaration
	attrs      []html.Attribute
	text       string // of text and comments, entities resolved
	start, end int    // in the fragment, its tags included
	cut        bool   // the fragment ends before it does
	kids       []*element
	blocks     bool // something in it stands in lines of its own
}

// A fragment is a piece of HTML in a draft, with the place of each byte.
type fragment struct {
	b     *body
	text  string
	lines []fragmentLine
	left  int // how many binding elements it leaves open, less those that it ends and does not begin
}

type fragmentLine struct{ at, src int } // where a line begins in the fragment, and in the body

// fragmentOf takes the raw text of an HTML block, without the signs of the quotation or list that it stands in.
func (b *body) fragmentOf(n *ast.HTMLBlock) *fragment {
	f := &fragment{b: b}
	var s strings.Builder
	lines := n.Lines().Sliced(0, n.Lines().Len())
	if n.HasClosure() {
		lines = append(slices.Clip(lines), n.ClosureLine)
	}
	for _, segment := range lines {
		f.lines = append(f.lines, fragmentLine{at: s.Len() + segment.Padding, src: segment.Start})
		s.Write(segment.Value(b.src))
	}
	f.text = s.String()
	return f
}

func (f *fragment) pos(offset int) Pos {
	i := max(0, sort.Search(len(f.lines), func(i int) bool { return f.lines[i].at > offset })-1)
	return f.b.pos(f.lines[i].src + max(0, offset-f.lines[i].at))
}

// Elements without an end tag, and those that end where others begin (HTML 13.1.2.4). Of the latter the second list
// is where the search for one to end stops.
var (
	void = []string{"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}

	tableTags = []string{"caption", "colgroup", "thead", "tbody", "tfoot", "tr", "td", "th"}
	ends      = map[string][2][]string{
		"li":       {{"li"}, {"ul", "ol", "menu", "dir", "table", "td", "th"}},
		"dt":       {{"dt", "dd"}, {"dl", "table", "td", "th"}},
		"dd":       {{"dt", "dd"}, {"dl", "table", "td", "th"}},
		"option":   {{"option"}, {"select"}},
		"a":        {{"a"}, {"table", "td", "th"}},
		"td":       {{"td", "th", "caption"}, {"tr", "table"}},
		"th":       {{"td", "th", "caption"}, {"tr", "table"}},
		"tr":       {{"tr", "caption", "colgroup"}, {"table"}},
		"thead":    {{"thead", "tbody", "tfoot", "caption", "colgroup", "tr"}, {"table"}},
		"tbody":    {{"thead", "tbody", "tfoot", "caption", "colgroup", "tr"}, {"table"}},
		"tfoot":    {{"thead", "tbody", "tfoot", "caption", "colgroup", "tr"}, {"table"}},
		"caption":  {{"caption"}, {"table"}},
		"colgroup": {{"colgroup", "caption"}, {"table"}},
	}
	// binding are the elements that a mark holds for as a whole.
	binding = []string{"blockquote", "ul", "ol", "li", "dl", "dd", "table", "figure"}

	paragraphEnds = [2][]string{{"p"}, {"table", "td", "th", "caption", "button", "object", "li", "dd"}}
)

// tree reads the fragment as a browser would, as far as a text needs that: no tag is an error, and none takes text away.
func (f *fragment) tree() *element {
	t := &treeBuilder{f: f, open: []*element{{end: len(f.text)}}, skipped: map[string]int{}}
	z := html.NewTokenizer(strings.NewReader(f.text))
	for {
		kind := z.Next()
		raw := z.Raw()
		t.at, t.next = t.next, t.next+len(raw)
		switch kind {
		case html.ErrorToken: // the end, perhaps in the middle of a tag
			if t.at < len(f.text) {
				t.next = len(f.text)
				t.leaf(&element{text: f.text[t.at:]})
			}
			for _, e := range t.open[1:] {
				e.cut = true
				if e.is("pre", "xmp", "plaintext", "listing") {
					f.b.openCode(f.pos(e.start), "end it with </"+e.name+">", strings.Split(f.text[e.start:], "\n"))
				}
				f.left += one(slices.Contains(binding, e.name))
			}
			t.endTo(1, len(f.text))
			return t.open[0]
		case html.TextToken:
			text := string(raw)
			f.field(t.top(), text)
			if len(t.open) == 1 || !isRaw(t.top().name) {
				text = html.UnescapeString(text)
			}
			t.leaf(&element{text: f.b.checkEntities(text, f.pos(t.at))})
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			token := z.Token()
			f.b.checkTag(f.text[t.at:t.next], token.Attr, f.pos(t.at))
			switch {
			case placeholder(f.text[t.at:t.next], token):
				t.leaf(&element{text: plainText(f.text[t.at:t.next])})
			case kind == html.EndTagToken:
				t.finish(token.Data)
			default:
				t.begin(&element{name: token.Data, attrs: token.Attr})
			}
		default:
			t.leaf(&element{name: "!", text: f.text[t.at:t.next]})
		}
	}
}

// field refuses a mark in an element that shows the tags in it as text: it would let out what was to be marked by it.
func (f *fragment) field(e *element, text string) {
	if e.is("textarea", "title", "noembed", "noframes") && f.b.marks.anywhere(text) {
		f.b.probs.errorf(f.pos(e.start), "write it as a paragraph", "a <%s> holds a mark, and its tags are text", e.name)
	}
}

// isRaw reports whether the tokenizer takes the content of an element as it is, entities and all.
func isRaw(name string) bool {
	return slices.Contains([]string{"iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "xmp"}, name)
}

type treeBuilder struct {
	f        *fragment
	open     []*element     // the first is the fragment
	skipped  map[string]int // tags too deep, by name, whose end tags are still to come
	at, next int            // of the token
}

func (t *treeBuilder) top() *element { return t.open[len(t.open)-1] }

func (t *treeBuilder) leaf(e *element) {
	e.start, e.end = t.at, t.next
	t.top().kids = append(t.top().kids, e)
}

func (t *treeBuilder) begin(e *element) {
	if isBlock(e.name) {
		t.end(paragraphEnds)
		for i := len(t.open) - 1; i >= 0 && !t.open[i].blocks; i-- {
			t.open[i].blocks = true
		}
	}
	t.end(ends[e.name])
	if slices.Contains(void, e.name) {
		t.leaf(e)
		return
	}
	if len(t.open) > maxElements {
		t.skipped[e.name]++
		return
	}
	e.start = t.at
	t.top().kids = append(t.top().kids, e)
	t.open = append(t.open, e)
}

// end ends the innermost of some elements that is open, and what is open in it.
func (t *treeBuilder) end(of [2][]string) {
	for i := len(t.open) - 1; i > 0 && !slices.Contains(of[1], t.open[i].name); i-- {
		if slices.Contains(of[0], t.open[i].name) {
			t.endTo(i, t.at)
			return
		}
	}
}

// endTo ends all elements from the i-th on.
func (t *treeBuilder) endTo(i, at int) {
	for _, e := range t.open[i:] {
		e.end = at
	}
	t.open = t.open[:i]
}

// finish is an end tag. One in a cell ends nothing outside of it, but for what a table is made of.
func (t *treeBuilder) finish(name string) {
	switch {
	case t.skipped[name] > 0:
		t.skipped[name]--
		return
	case name == "br":
		t.leaf(&element{name: "br"})
		return
	}
	for i := len(t.open) - 1; i > 0; i-- {
		e := t.open[i]
		if e.name == name {
			t.endTo(i+1, t.at)
			t.endTo(i, t.next)
			return
		}
		if name != "table" && (e.name == "table" || slices.Contains([]string{"td", "th", "caption"}, e.name) && !slices.Contains(tableTags, name)) {
			return
		}
	}
	t.f.left -= one(slices.Contains(binding, name))
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// attr returns the value of an attribute, if it is there.
func (e *element) attr(name string) (string, bool) { return attr(e.attrs, name) }

func attr(attrs []html.Attribute, name string) (string, bool) {
	for _, a := range attrs {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// is reports whether the element has one of the names.
func (e *element) is(names ...string) bool { return slices.Contains(names, e.name) }

func (e *element) blank() bool { return e.name == "" && strings.TrimSpace(e.text) == "" }

var blockNames = strings.Fields(`address article aside blockquote body caption center dd details dialog dir div dl dt
	fieldset figcaption figure footer form frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li listing main menu nav
	noframes ol optgroup option p plaintext pre search section select summary table tbody td tfoot th thead tr ul xmp`)

var blockNamed = func() map[string]bool {
	out := map[string]bool{}
	for _, n := range blockNames {
		out[n] = true
	}
	return out
}()

// isBlock reports whether what has this name stands in lines of its own.
func isBlock(name string) bool { return blockNamed[name] }
