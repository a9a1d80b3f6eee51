package pdf

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/runenames"
)

// What stands in for a character that cannot be drawn, so that none is lost and none is guessed at:
//
//   - letters and digits in another dress (mathematical, circled, fullwidth: what Unicode calls
//     compatibility characters) stand as the plain ones, on a ground and underlined;
//   - all other symbols, emoji with all their parts, flags, private and unassigned code points, and
//     everything beyond U+FFFF, where fpdf ends, stand as a framed label with their name;
//   - letters, marks and digits of a script that no font has are no part of this: a name says
//     nothing to whoever reads that script, so the edition is refused until there is a font. Of
//     Latin, Greek and Cyrillic only letters of manuscripts are missing, and their names can be read.

// standIn says what a run of text stands for.
type standIn int

const (
	itself standIn = iota
	asLetters
	asLabel
	asCode // the end of a label
)

const labelSize, codePointSize = 0.86, 0.76 // of the text around it, of the label

// style is how a substitute is set in a text of the given style.
func (k standIn) style(s style) style {
	s.standIn = k
	if k == asLabel {
		s.mono, s.bold, s.italic = false, false, false
		s.size *= labelSize
	}
	return s
}

func (k standIn) label() bool { return k == asLabel || k == asCode }

// legible replaces what cannot be drawn. What must be refused stays.
func legible(sp span, drawable func(rune, style) bool) []span {
	text := norm.NFC.String(strings.ToValidUTF8(sp.text, "\ufffd"))
	var out []span
	done := 0
	for at := 0; at < len(text); {
		name, n := sequence(text[at:])
		if n > 0 {
			out = append(out, plain(text[done:at], sp.style)...)
			out = append(out, label(name, "", sp.style)...)
			at += n
			done = at
			continue
		}
		ch, n := utf8.DecodeRuneInString(text[at:])
		if !inked(ch) || drawable(ch, sp.style) || needsFont(ch) {
			at += n
			continue
		}
		out = append(out, plain(text[done:at], sp.style)...)
		out = append(out, instead(ch, sp.style, drawable)...)
		at += n
		done = at
	}
	return append(out, plain(text[done:], sp.style)...)
}

func plain(text string, s style) []span {
	if text = visible(text); text == "" {
		return nil
	}
	return []span{{text: text, style: s}}
}

// instead is what stands for one character.
func instead(ch rune, s style, drawable func(rune, style) bool) []span {
	letters := asLetters.style(s)
	if text := norm.NFKC.String(string(ch)); text != string(ch) && all(text, func(ch rune) bool { return drawable(ch, letters) }) {
		return []span{{text: visible(text), style: letters}}
	}
	return label(nameOf(ch), fmt.Sprintf("U+%04X", ch), s)
}

func all(text string, ok func(rune) bool) bool {
	return strings.IndexFunc(text, func(ch rune) bool { return !ok(ch) }) < 0
}

// label is a name and, smaller, the code point, which programs and people can look up.
func label(name, code string, s style) []span {
	s = asLabel.style(s)
	if code == "" {
		return []span{{text: "[" + name + "]", style: s}}
	}
	small := s
	small.size *= codePointSize
	small.standIn = asCode
	return []span{{text: "[" + name + " ", style: s}, {text: code, style: small}, {text: "]", style: s}}
}

// needsFont reports whether a character that no font has is for a font to draw, not for a name to say.
func needsFont(ch rune) bool {
	return ch <= lastDrawable && unicode.In(ch, unicode.L, unicode.M, unicode.N) &&
		!unicode.In(ch, unicode.Common, unicode.Inherited, unicode.Latin, unicode.Greek, unicode.Cyrillic)
}

// nameOf is a character's name in small letters; what has none is named by its kind.
func nameOf(ch rune) string {
	const firstTone = 0x1f3fb
	if tone(ch) { // as everyone calls them; in Unicode they are "EMOJI MODIFIER FITZPATRICK TYPE-4"
		return []string{"light", "medium-light", "medium", "medium-dark", "dark"}[ch-firstTone] + " skin tone"
	}
	switch name := runenames.Name(ch); {
	case name == "":
		return "unassigned"
	case name[0] == '<': // "<CJK Ideograph Extension B>"
		return strings.Trim(name, "<>")
	default:
		return strings.ToLower(name)
	}
}

const (
	joiner     = '\u200d' // zero width joiner
	emojiLook  = '\ufe0f' // variation selector: as a picture
	textLook   = '\ufe0e'
	blackFlag  = 0x1f3f4
	keycap     = '\u20e3'
	tagSpace   = 0xe0020
	lastTag    = 0xe007f
	regionalA  = 0x1f1e6
	regionalZ  = 0x1f1ff
	keycapKeys = "0123456789#*"
)

func tone(ch rune) bool     { return ch >= 0x1f3fb && ch <= 0x1f3ff }
func regional(ch rune) bool { return ch >= regionalA && ch <= regionalZ }

// sequence reads an emoji that is made of several characters, and names all of its parts; n is 0 if
// there is none. UTS #51 §1.4: flags (ED-14), keycaps (ED-14c), modifiers (ED-13), tags (ED-14a) and
// what is joined (ED-16).
func sequence(s string) (name string, n int) {
	if s[0] < utf8.RuneSelf && !strings.Contains(keycapKeys, s[:1]) {
		return "", 0
	}
	first, size := utf8.DecodeRuneInString(s)
	second, size2 := utf8.DecodeRuneInString(s[size:])
	switch {
	case regional(first) && regional(second):
		return fmt.Sprintf("flag %c%c", first-regionalA+'A', second-regionalA+'A'), size + size2
	case strings.ContainsRune(keycapKeys, first):
		for _, rest := range []string{string(emojiLook) + string(keycap), string(keycap)} {
			if strings.HasPrefix(s[size:], rest) {
				return fmt.Sprintf("keycap %c", first), size + len(rest)
			}
		}
		return "", 0
	}
	parts, n := element(s)
	for n > 0 && strings.HasPrefix(s[n:], string(joiner)) {
		more, size := element(s[n+len(string(joiner)):])
		if size == 0 {
			break
		}
		parts, n = append(parts, more...), n+len(string(joiner))+size
	}
	if len(parts) < 2 {
		return "", 0
	}
	if region, ok := strings.CutPrefix(parts[1], "tag "); ok && first == blackFlag && len(parts) == 2 && len(region) > 2 {
		return "flag " + strings.ToUpper(region[:2]+"-"+region[2:]), n // ISO 3166-2: England's is a black one with the tag gbeng
	}
	return strings.Join(parts, " + "), n
}

// element is a symbol with what modifies it.
func element(s string) (parts []string, n int) {
	tags := ""
	for at, ch := range s {
		switch {
		case at == 0 && unicode.Is(unicode.So, ch), at > 0 && tone(ch):
			parts = append(parts, nameOf(ch))
		case at > 0 && (ch == emojiLook || ch == textLook):
		case at > 0 && ch >= tagSpace && ch < lastTag:
			tags += string(ch - tagSpace + ' ')
		case at > 0 && ch == lastTag && tags != "":
			parts = append(parts, "tag "+tags)
		default:
			return parts, at
		}
	}
	if len(parts) == 0 {
		return nil, 0
	}
	return parts, len(s)
}

// drawGround draws what lies behind a piece.
func (s *sheet) drawGround(p piece, x, baseline float64) {
	switch size := p.style.size; {
	case p.style.standIn != itself:
		s.drawStandIn(p, x, baseline)
	case p.style.ground != black:
		s.add(rectOp{x: x, y: baseline - size*0.86, w: p.width, h: size * 1.12, fill: p.style.ground})
	}
}

// drawStandIn draws what shows that a piece stands for something else: a ground and a line below,
// for a label a frame. It is drawn, not written: the text can be searched and copied.
func (s *sheet) drawStandIn(p piece, x, baseline float64) {
	size := p.style.size
	if p.style.standIn == asCode {
		size /= codePointSize
	}
	top, bottom := baseline-size*0.86, baseline+size*0.24
	s.add(rectOp{x: x, y: top, w: p.width, h: bottom - top, fill: noteBack})
	s.add(lineOp{x1: x, y1: bottom, x2: x + p.width, y2: bottom, width: 0.5, color: noteLine})
	if p.style.standIn.label() {
		s.add(lineOp{x1: x, y1: top, x2: x + p.width, y2: top, width: 0.5, color: noteLine})
	}
}
