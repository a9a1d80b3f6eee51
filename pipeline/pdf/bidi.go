package pdf

import (
	"slices"
	"strings"
	"unicode"
)

// visualOrder puts the characters of a line in the order in which they stand on paper, where some
// of it is written from right to left (Arabic, Hebrew). It is UAX #9 for a line whose base
// direction is left to right and that holds no explicit controls (clean takes those out): a run
// from the first right-to-left letter to the last before other letters is reversed, the numbers
// in it are not.
func (m *family) visualOrder(pieces []piece) []piece {
	clusters := split(pieces)
	if !slices.ContainsFunc(clusters, func(c cluster) bool { return c.class == rightToLeft }) {
		return pieces
	}
	m.shape(clusters)
	for i := 0; i < len(clusters); i++ {
		if clusters[i].class != rightToLeft {
			continue
		}
		end := i + 1
		for j := end; j < len(clusters) && clusters[j].class != leftToRight; j++ {
			if clusters[j].class == rightToLeft {
				end = j + 1
			}
		}
		reverse(clusters[i:end])
		i = end
	}
	var out lineBreaker
	for _, c := range clusters {
		out.append(c.piece)
	}
	return out.cur.pieces
}

type direction int

const (
	neutral direction = iota
	leftToRight
	rightToLeft
	number
)

// cluster is a letter with the marks that stand on it.
type cluster struct {
	piece piece
	class direction
}

func split(pieces []piece) []cluster {
	var out []cluster
	for _, p := range pieces {
		for _, ch := range p.text {
			one := piece{text: string(ch), style: p.style, face: p.face, width: p.face.width(string(ch), p.style.size)}
			if n := len(out); n > 0 && unicode.Is(unicode.Mn, ch) && out[n-1].piece.face == p.face {
				out[n-1].piece.text += one.text
				out[n-1].piece.width += one.width
				continue
			}
			out = append(out, cluster{piece: one, class: directionOf(ch)})
		}
	}
	return out
}

func directionOf(ch rune) direction {
	switch {
	case unicode.IsDigit(ch):
		return number
	case unicode.In(ch, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana, unicode.Nko):
		return rightToLeft
	case unicode.IsLetter(ch):
		return leftToRight
	}
	return neutral
}

// reverse turns a right-to-left run around, keeps its numbers as they are, and mirrors brackets.
func reverse(run []cluster) {
	slices.Reverse(run)
	const brackets, mirrored = "()[]{}<>«»", ")(][}{><»«"
	for i := range run {
		if at := strings.Index(brackets, run[i].piece.text); at >= 0 && run[i].class == neutral {
			run[i].piece.text = mirrored[at : at+len(run[i].piece.text)]
		}
	}
	for i := 0; i < len(run); i++ {
		j := i
		for j < len(run) && (run[j].class == number || j > i && j+1 < len(run) && run[j+1].class == number && strings.Contains(".,:/-", run[j].piece.text)) {
			j++
		}
		slices.Reverse(run[i:j])
		i = max(i, j-1)
	}
}
