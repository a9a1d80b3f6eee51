package pdf

import (
	"strings"
	"unicode"
)

// Where a word that is longer than a line is broken.

// cut divides a piece into parts, the first no wider than first, the others no wider than full.
func cut(p piece, first, full float64) []piece {
	runes := []rune(p.text)
	room := first
	even := 0
	if isHex(p.text) {
		even = evenChunk(p, full)
	}
	var parts []piece
	for len(runes) > 0 {
		n := fitting(runes, p, room)
		if n == 0 && room < full { // not one character fits: the next line
			room = full
			continue
		}
		n = max(n, 1)
		if even > 0 {
			n = min(n, even)
		} else if n < len(runes) {
			n = niceBreak(runes, n)
		}
		text := string(runes[:n])
		part := p
		part.text, part.width = text, p.face.width(text, p.style.size)
		parts = append(parts, part)
		runes = runes[n:]
		room = full
	}
	return parts
}

// fitting is how many characters fit into the room, marks staying with their letter.
func fitting(runes []rune, p piece, room float64) int {
	w := 0.0
	for i, ch := range runes {
		w += float64(p.face.advance(ch)) * p.style.size / 1000
		if w > room+fuzz {
			for i > 0 && unicode.Is(unicode.Mn, runes[i]) {
				i--
			}
			return i
		}
	}
	return len(runes)
}

// niceBreak moves a break at n back to behind a separator, else to before a capital, if the line is not too short then.
// Base64 has none: there "/" and "+" are letters. No line ends with a hyphen: readers take it for one that only parts the
// word, and a URL is copied without it.
func niceBreak(runes []rune, n int) int {
	if len(runes) >= 64 && all(string(runes), base64Letter) {
		return n
	}
	for i := n; i > n/3; i-- {
		if runes[i] == '-' && runes[i-1] != '-' || strings.ContainsRune("/\\.,;:?&=#_@+|]})", runes[i-1]) && !strings.ContainsRune("/\\]", runes[i]) {
			return i
		}
	}
	for i := n; i > n/2; i-- { // TrojanDownloader
		if unicode.IsLower(runes[i-1]) && unicode.IsUpper(runes[i]) {
			return i
		}
	}
	for i := n; i > n/2; i-- { // a defanged dot, [.], stays whole
		if runes[i-1] != '-' && runes[i-1] != '[' && runes[i] != ']' {
			return i
		}
	}
	return n
}

func base64Letter(ch rune) bool {
	return ch < unicode.MaxASCII && (unicode.IsLetter(ch) || unicode.IsDigit(ch) || strings.ContainsRune("+/=", ch))
}

func isHex(s string) bool {
	return len(s) >= 32 && strings.Trim(s, "0123456789abcdefABCDEF") == ""
}

// evenChunk divides a hash into lines that two people can compare by eye; 0 if a line holds fewer than eight digits.
func evenChunk(p piece, full float64) int {
	total := len(p.text)
	for lines := 2; lines <= total/8; lines++ {
		if n := hashChunk(total, lines); p.width/float64(total)*float64(n) <= full+fuzz {
			return n
		}
	}
	return 0
}

// hashChunk is how many digits of a hash stand on each of at most that many lines: groups of four, the same number on
// all of them; if there is no such number, groups of eight.
func hashChunk(total, lines int) int {
	least := (total + lines - 1) / lines
	for n := (least + 3) / 4 * 4; n < total; n += 4 {
		if total%n == 0 {
			return n
		}
	}
	if lines == 1 {
		return total
	}
	return (least + 7) / 8 * 8
}
