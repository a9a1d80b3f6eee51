package draft

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// elements are the names of what HTML and MathML have, or had. What another name stands for in angle brackets is a text
// to be filled in: a file .RGNR_<ID>, the user <name>. A browser takes it for a tag, and shows nothing.
var elements = func() map[string]bool {
	out := map[string]bool{}
	for _, name := range slices.Concat(blockNames, void, strings.Fields(`a abbr acronym applet audio b basefont bdi bdo bgsound
		big blink button canvas cite code data datalist del dfn em font frame html i iframe image ins isindex kbd keygen label
		map mark marquee menuitem meter multicol nextid nobr noembed noscript object output picture progress q rb rp rt rtc ruby
		s samp script slot small spacer span strike strong style sub sup svg template textarea time title tt u var video
		math maction menclose merror mfenced mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace
		msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics annotation annotation-xml`)) {
		out[name] = true
	}
	return out
}()

// bare are elements that hardly anybody writes without values: a format of lines, [<time>]|[<date>], has them as names.
var bare = []string{"time", "data", "output"}

// placeholder reports whether what looks like a tag is text. Elements of a page's own (HTML 4.13) have a hyphen, and
// values; components end themselves.
func placeholder(raw string, t html.Token) bool {
	valued := slices.ContainsFunc(t.Attr, func(a html.Attribute) bool { return a.Val != "" })
	known := elements[t.Data]
	if t.Type == html.EndTagToken {
		known = known || strings.Contains(t.Data, "-")
	} else {
		known = known && !slices.Contains(bare, t.Data)
	}
	return !known && !valued && !strings.HasSuffix(raw, "/>")
}
