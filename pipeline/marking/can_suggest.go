package marking

import "strings"

// canFold writes French without its accents, composed or not, and dashes as hyphens.
var canFold = strings.NewReplacer("\u00c9", "E", "\u00c8", "E", "\u00ca", "E", "\u0301", "", "\u0300", "",
	"\u2013", "-", "\u2014", "-", "PROTECTED-", "PROTECTED ")

// canPieces cuts a mark into its pieces, however they are separated.
var canPieces = strings.NewReplacer(" AND ", "/", " ET ", "/", " - ", "/")

// suggestCAN returns the mark that in was most likely meant to be, in canonical form, or nothing. It
// drops nothing but what stands twice.
func suggestCAN(in string, portion bool) string {
	m, said := &canMark{}, false
	for word := range strings.SplitSeq(canPieces.Replace(canFold.Replace(plain(in))), "/") {
		word = strings.TrimSpace(word)
		switch piece, isLevel, ok := guessCAN(word); {
		case word == "":
		case !ok, isLevel && said && !m.agrees(piece.levels):
			return ""
		default:
			m.levels |= piece.levels
			m.eyesOnly = m.eyesOnly || piece.eyesOnly
			m.tongues = m.tongues.with(piece.tongues)
			said = said || isLevel
		}
	}
	if !said {
		return ""
	}
	out, parse := m.Banner(), parseCANBanner
	if portion {
		out, parse = strings.Trim(m.Portion(), "()"), parseCANPortion
	}
	if _, err := parse(out); err != nil || out == in {
		return ""
	}
	return out
}

// agrees reports whether the mark may have this level, too: on each ladder stands one.
func (m *canMark) agrees(level uint8) bool {
	if level == 0 || m.levels == 0 {
		return level == m.levels
	}
	ladder := uint8(canProtected)
	if level&canProtected == 0 {
		ladder = ^ladder
	}
	return m.levels&ladder == 0 || m.levels&ladder == level
}

// guessCAN reads a level or the caveat in any of its names.
func guessCAN(word string) (m canMark, isLevel, ok bool) {
	english, french := word == canEyes[canEnglish], word == canFold.Replace(canEyes[canFrench])
	if english || french || word == canEyes[canShort] {
		return canMark{eyesOnly: true, tongues: canTongues{english, french}}, false, true
	}
	if word == "NC" { // as French-speaking authors abbreviate NON CLASSIFIÉ
		word = "U"
	}
	for t, name := range canUnclassified {
		if word == canFold.Replace(name) {
			return canMark{tongues: canTongues{t == 0, t == 1}}, true, true
		}
	}
	for l, names := range canLevels {
		english, french = word == names.english, word == canFold.Replace(names.french)
		if english || french || word == names.portion {
			return canMark{levels: 1 << l, tongues: canTongues{english && !french, french && !english}}, true, true
		}
	}
	return canMark{}, false, false
}
