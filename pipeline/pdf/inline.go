package pdf

import (
	"fmt"
	"strings"

	"bulletin/pipeline/draft"
)

// spans turns inline content into styled runs. Pictures and footnotes that it meets are set aside:
// pictures are drawn below their block, notes at the end of the text.
func (c *composer) spans(in []draft.Inline, s style) []span {
	var out []span
	for _, n := range in {
		out = append(out, c.inline(n, s)...)
	}
	return out
}

func (c *composer) inline(n draft.Inline, s style) []span {
	switch n.Kind {
	case draft.Text:
		return []span{{text: n.Text, style: s}}
	case draft.CodeSpan:
		s.mono, s.ground = true, codeBack
		s.size *= 0.92
		return []span{{text: n.Text, style: s}}
	case draft.Break:
		return []span{{text: "\n", style: s}}
	case draft.Emph:
		s.italic = !s.italic
	case draft.Strong:
		s.bold = true
	case draft.Strike:
		s.strike = true
	case draft.Link:
		switch name, inside := strings.CutPrefix(n.URL, "#"); {
		case inside:
			s.target, s.color = name, linkInk
		case safeURL(n.URL):
			s.url, s.color = n.URL, linkInk
		}
	case draft.Super:
		s.rise, s.size = s.rise+s.size*superRise, s.size*scriptSize
	case draft.Sub:
		s.rise, s.size = s.rise-s.size*0.14, s.size*scriptSize
	case draft.Footnote:
		return []span{c.footnote(n, s)}
	case draft.Picture:
		return c.inlinePicture(n, s)
	}
	return c.spans(n.Children, s)
}

// footnote notes the note's text for the Notes section and returns its raised number.
func (c *composer) footnote(n draft.Inline, s style) span {
	if !c.noted[n.Number] {
		c.noted[n.Number] = true
		c.notes = append(c.notes, n)
		s.anchor = noteReference(n.Number)
	}
	s.rise, s.size, s.target, s.color, s.strike, s.mono = s.rise+s.size*superRise, s.size*scriptSize, noteName(n.Number), linkInk, false, false
	return span{text: fmt.Sprint(n.Number), style: s}
}

// A note's place, and the place where it is first referred to, link to each other. No anchor of a draft has such a name:
// those hold no spaces.
func noteName(n int) string      { return fmt.Sprintf("note %d", n) }
func noteReference(n int) string { return fmt.Sprintf("reference to note %d", n) }

// Raised and lowered text, in sizes of the text around it. Poppler takes what is raised by half of its own size for
// another line.
const scriptSize, superRise = 0.68, 0.32

// inlinePicture stands in the line as its alternative text; the picture itself follows the block.
func (c *composer) inlinePicture(n draft.Inline, s style) []span {
	if n.Image != nil {
		c.pictures = append(c.pictures, *n.Image)
	}
	s.italic = true
	alt := c.spans(n.Children, s)
	if strings.TrimSpace(draft.Plain(n.Children)) == "" && n.Image != nil {
		alt = []span{{text: n.Image.Name, style: s}}
	}
	return append(append([]span{{text: "[picture: ", style: s}}, alt...), span{text: "]", style: s})
}

// marked puts a mark before the text, as CAPCO-2016 and its peers want it.
func marked(mark string, text []span, s style) []span {
	if mark == "" {
		return text
	}
	s.bold, s.color, s.size = true, muted, s.size*0.86
	s.italic, s.mono, s.url, s.target, s.anchor, s.mark, s.ground = false, false, "", "", "", true, black
	return append([]span{{text: mark + " ", style: s}}, text...)
}

// linkified makes the web addresses of a plain text work.
func linkified(text string, s style) []span {
	var out []span
	for text != "" {
		at := strings.Index(text, "https://")
		if h := strings.Index(text, "http://"); h >= 0 && (at < 0 || h < at) {
			at = h
		}
		if at < 0 {
			return append(out, span{text: text, style: s})
		}
		end := at + strings.IndexAny(text[at:]+" ", " \t\n<>\"")
		end = at + len(strings.TrimRight(text[at:end], ".,;:)]"))
		link := s
		link.url, link.color = text[at:end], linkInk
		if at > 0 {
			out = append(out, span{text: text[:at], style: s})
		}
		out = append(out, span{text: text[at:end], style: link})
		text = text[end:]
	}
	return out
}

// safeURL allows the addresses that a reader may click: no scripts, no local files, and in ASCII
// as RFC 3986 §2 wants it.
func safeURL(u string) bool {
	for _, scheme := range []string{"https://", "http://", "mailto:"} {
		if strings.HasPrefix(u, scheme) {
			return strings.Trim(u, asciiGraphic) == ""
		}
	}
	return false
}

const asciiGraphic = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~"
