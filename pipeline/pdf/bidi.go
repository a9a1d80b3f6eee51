package pdf

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"

	"bulletin/pipeline/draft"
)

// Texts of which some is written from right to left (Arabic, Hebrew) are put in order by UAX #9. They hold no explicit
// controls (visible takes those out), so that there is one embedding, the paragraph. The levels are found for the
// paragraph as a whole, in logical order; then it is broken into lines, and each line is reordered by itself.
//
// golang.org/x/text/unicode/bidi has the classes of characters, which are used here; its Paragraph keeps the levels to
// itself, and without them a number cannot be told from the text around it.

// direct gives the pieces of words their levels, Arabic letters their forms, and brackets that stand in text from
// right to left the glyph of their counterpart.
func (m *family) direct(words []word, base int8) {
	var text []rune
	var classes []bidi.Class
	add := func(s string, as style) {
		ltr := fromLeft(s, as)
		for _, ch := range s {
			text = append(text, ch)
			if classes = append(classes, class(ch)); ltr {
				classes[len(classes)-1] = bidi.L
			}
		}
	}
	for _, w := range words {
		if w.hard {
			add("\u2028", style{})
		}
		if w.space != nil {
			add(" ", style{})
		}
		for _, p := range w.pieces {
			add(p.text, p.style)
		}
	}
	levels := resolve(text, classes, base)
	at := 0
	for i := range words {
		w := &words[i]
		if w.hard {
			at++
		}
		if w.space != nil {
			w.space.level = levels[at]
			at++
		}
		clusters := split(w.pieces)
		for j := range clusters {
			clusters[j].level = levels[at]
			at += len([]rune(clusters[j].text))
		}
		m.shape(clusters)
		m.mirror(clusters)
		w.pieces = join(clusters)
	}
}

// baseLevel is the paragraph's: that of its first letter, marks of portions aside (P2, P3). In a document whose
// language is written from right to left, a paragraph that holds any of it is too (HL1), whatever word it begins with.
func (c *composer) baseLevel(spans []span) int8 {
	if rightToLeftLanguage(c.e.Language) {
		return 1
	}
	for _, sp := range spans {
		if level, known := directionOf(sp.text); known && !sp.style.mark {
			return level
		}
	}
	return 0
}

// rightToLeft reports whether a block's text is a paragraph from right to left.
func (c *composer) rightToLeft(text []draft.Inline) bool {
	plain := draft.Plain(text)
	if rightToLeftLanguage(c.e.Language) {
		return hasRightToLeft(word{pieces: []piece{{text: plain}}})
	}
	level, _ := directionOf(plain)
	return level == 1
}

// rightToLeftLanguage goes by the tag's language; a script that says otherwise (az-Arab, ks-Deva) is obeyed.
func rightToLeftLanguage(tag string) bool {
	tag = strings.ToLower(tag)
	language, rest, _ := strings.Cut(tag, "-")
	script, _, _ := strings.Cut(rest, "-")
	if len(script) == 4 {
		return slices.Contains([]string{"arab", "hebr", "syrc", "thaa", "nkoo"}, script)
	}
	return slices.Contains([]string{"ar", "he", "iw", "fa", "ur", "ps", "sd", "ug", "yi", "dv", "ckb", "arc", "syr", "nqo"}, language)
}

// directionOf is the level of a text's first letter.
func directionOf(text string) (level int8, known bool) {
	for _, ch := range text {
		switch class(ch) {
		case bidi.L:
			return 0, true
		case bidi.R, bidi.AL:
			return 1, true
		}
	}
	return 0, false
}

// fromLeft reports whether a text is code or an address, which is read from left to right with all its brackets and
// slashes, whatever is around it (HL3). What holds letters from right to left is not.
func fromLeft(text string, s style) bool {
	return (s.mono || s.url != "" || s.standIn.label()) && !hasRightToLeft(word{pieces: []piece{{text: text}}})
}

func class(ch rune) bidi.Class {
	p, _ := bidi.LookupRune(ch)
	return p.Class()
}

func hasRightToLeft(w word) bool {
	return slices.ContainsFunc(w.pieces, func(p piece) bool {
		return strings.IndexFunc(p.text, func(ch rune) bool {
			if ch < 0x590 { // the first of Hebrew
				return false
			}
			c := class(ch)
			return c == bidi.R || c == bidi.AL || c == bidi.AN
		}) >= 0
	})
}

// resolve returns the embedding level of each character of a paragraph. It changes the classes.
func resolve(text []rune, c []bidi.Class, base int8) []int8 {
	embedding := bidi.L
	if base == 1 {
		embedding = bidi.R
	}
	resolveWeak(c, embedding)
	resolveBrackets(text, c, embedding)
	resolveNeutral(c, embedding)
	levels := make([]int8, len(c))
	for i, class := range c {
		levels[i] = base
		switch { // I1, I2
		case class == bidi.L:
			levels[i] += base
		case class == bidi.R:
			levels[i] += 1 - base
		default: // AN, EN
			levels[i] += 2 - base
		}
	}
	return levels
}

// resolveWeak is W1 to W7.
func resolveWeak(c []bidi.Class, sos bidi.Class) {
	previous := sos
	for i := range c { // W1; what X9 would remove goes with what is before it
		if c[i] == bidi.NSM || c[i] == bidi.BN {
			c[i] = previous
		}
		previous = c[i]
	}
	strong := sos
	for i := range c { // W2, W3
		switch {
		case c[i] == bidi.EN && strong == bidi.AL:
			c[i] = bidi.AN
		case c[i] == bidi.L || c[i] == bidi.R || c[i] == bidi.AL:
			strong = c[i]
		}
	}
	for i := range c {
		if c[i] == bidi.AL {
			c[i] = bidi.R
		}
	}
	for i := 1; i+1 < len(c); i++ { // W4
		if number := c[i-1]; number == c[i+1] && (number == bidi.EN && c[i] == bidi.ES || (number == bidi.EN || number == bidi.AN) && c[i] == bidi.CS) {
			c[i] = number
		}
	}
	for i := 0; i < len(c); i++ { // W5, W6
		if c[i] == bidi.ET {
			end := i
			for end < len(c) && c[end] == bidi.ET {
				end++
			}
			to := bidi.ON
			if i > 0 && c[i-1] == bidi.EN || end < len(c) && c[end] == bidi.EN {
				to = bidi.EN
			}
			for ; i < end; i++ {
				c[i] = to
			}
			i--
		} else if c[i] == bidi.ES || c[i] == bidi.CS {
			c[i] = bidi.ON
		}
	}
	strong = sos
	for i := range c { // W7
		switch {
		case c[i] == bidi.EN && strong == bidi.L:
			c[i] = bidi.L
		case c[i] == bidi.L || c[i] == bidi.R:
			strong = c[i]
		}
	}
}

// asStrong is a class as the rules for neutrals see it: numbers are as letters from right to left.
func asStrong(c bidi.Class) (strong bidi.Class, ok bool) {
	switch c {
	case bidi.L:
		return bidi.L, true
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R, true
	}
	return c, false
}

// resolveBrackets is N0: a pair of brackets goes the way of what it encloses, or of what is before it.
func resolveBrackets(text []rune, c []bidi.Class, embedding bidi.Class) {
	for _, pair := range bracketPairs(text, c) {
		inside, opposite := false, false
		for _, class := range c[pair[0]+1 : pair[1]] {
			if strong, ok := asStrong(class); ok {
				inside = inside || strong == embedding
				opposite = opposite || strong != embedding
			}
		}
		to := embedding
		if !inside && opposite {
			for i := pair[0] - 1; i >= 0; i-- {
				if strong, ok := asStrong(c[i]); ok {
					to = strong
					break
				}
			}
		}
		if inside || opposite {
			c[pair[0]], c[pair[1]] = to, to
		}
	}
}

// brackets are the pairs of BidiBrackets.txt that texts hold; mirrored are further pairs whose glyphs are each other's.
const (
	brackets = "()[]{}⁅⁆⁽⁾₍₎⌈⌉⌊⌋〈〉❨❩❪❫❬❭❰❱❲❳❴❵⟦⟧⟨⟩⟪⟫〈〉《》「」『』【】〔〕〖〗〘〙〚〛（）［］｛｝｟｠｢｣"
	mirrored = "<>«»‹›≤≥≪≫"
)

// counterpart is the other bracket of a pair.
func counterpart(ch rune, pairs []rune) (other rune, opens, ok bool) {
	i := slices.Index(pairs, ch)
	if i < 0 {
		return 0, false, false
	}
	return pairs[i^1], i%2 == 0, true
}

// bracketPairs is BD16: the pairs, by where they open.
func bracketPairs(text []rune, c []bidi.Class) [][2]int {
	pairs := []rune(brackets)
	type open struct {
		closing rune
		at      int
	}
	var stack []open
	var out [][2]int
	for i, ch := range text {
		if c[i] != bidi.ON {
			continue
		}
		other, opens, ok := counterpart(ch, pairs)
		switch {
		case !ok:
		case opens && len(stack) == 63: // BD16: no more are looked at
			return nil
		case opens:
			stack = append(stack, open{other, i})
		default:
			for n := len(stack) - 1; n >= 0; n-- {
				if stack[n].closing == ch {
					out = append(out, [2]int{stack[n].at, i})
					stack = stack[:n]
					break
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b [2]int) int { return a[0] - b[0] })
	return out
}

// resolveNeutral is N1 and N2.
func resolveNeutral(c []bidi.Class, embedding bidi.Class) {
	before := embedding
	for i := 0; i < len(c); {
		if strong, ok := asStrong(c[i]); ok {
			before = strong
			i++
			continue
		}
		end := i
		after := embedding
		for ; end < len(c); end++ {
			if strong, ok := asStrong(c[end]); ok {
				after = strong
				break
			}
		}
		to := embedding
		if before == after {
			to = before
		}
		for ; i < end; i++ {
			c[i] = to
		}
	}
}

// visualOrder puts the pieces of a line in the order in which they stand on paper (L2).
func visualOrder(pieces []piece) []piece {
	highest, lowestOdd := int8(0), int8(127)
	for _, p := range pieces {
		highest = max(highest, p.level)
		if p.level%2 == 1 {
			lowestOdd = min(lowestOdd, p.level)
		}
	}
	if highest == 0 {
		return pieces
	}
	clusters := split(pieces)
	for level := highest; level >= lowestOdd; level-- {
		for i := 0; i < len(clusters); i++ {
			end := i
			for end < len(clusters) && clusters[end].level >= level {
				end++
			}
			if end > i {
				slices.Reverse(clusters[i:end])
				i = end
			}
		}
	}
	return join(clusters)
}

// split divides pieces into letters with the marks that stand on them.
func split(pieces []piece) []piece {
	var out []piece
	for _, p := range pieces {
		for i, ch := range p.text {
			one := p
			one.text = string(ch)
			one.width = p.face.width(one.text, p.style.size)
			if i > 0 && unicode.Is(unicode.Mn, ch) {
				out[len(out)-1].text += one.text
				out[len(out)-1].width += one.width
				continue
			}
			out = append(out, one)
		}
	}
	return out
}

// join is the opposite of split.
func join(clusters []piece) []piece {
	var out lineBreaker
	for _, c := range clusters {
		out.append(c)
	}
	return out.cur.pieces
}

// mirror is L4: a bracket in text from right to left has the glyph of its counterpart. The text stays as written,
// for whoever copies it.
func (m *family) mirror(clusters []piece) {
	pairs := []rune(brackets + mirrored)
	for i := range clusters {
		p := &clusters[i]
		other, _, ok := counterpart([]rune(p.text)[0], pairs)
		if p.level%2 == 0 || !ok {
			continue
		}
		if f := m.otherFace(p.style); f != nil && f.has([]rune(p.text)[0]) {
			p.face = f
		} else if p.face.has(other) {
			p.text = string(other)
		}
	}
}
