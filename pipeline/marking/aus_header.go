package marking

import (
	"fmt"
	"strings"
)

// ProtectiveMarking returns the value of the header X-Protective-Marking (EPMS-2024.1), unfolded.
// m is a mark of scheme aus. foreign is the banner of another nation's scheme that m stands for, or
// empty: it goes into CAVEAT=FG: at PROTECTED and above, where the standard has a place for it, and
// into NOTE= below. origin is the address of the sender, who outside gov.au must use the header and
// no mark in the Subject.
func ProtectiveMarking(m Mark, foreign, origin string) (string, error) {
	aus, ok := m.(*ausMark)
	if !ok {
		return "", fmt.Errorf("write %s: the mark must be of scheme aus", ausHeaderName)
	}
	out := *aus
	out.origin = origin
	out.addOriginal(withoutAccents.Replace(foreign))
	header := out.settle(nil).print(ausHeader)
	if len(ausHeaderName)+len(": ")+len(header) > ausMailMax {
		return "", fmt.Errorf("write %s: the marking has more than %d characters", ausHeaderName, ausMailMax)
	}
	// What was parsed is right already; what was put together here is proved by reading it.
	if _, err := parseAus(ausHeader, header); err != nil {
		return "", fmt.Errorf("write %s: %w", ausHeaderName, err)
	}
	return header, nil
}

// withoutAccents writes the Canadian marks in French in ASCII, which is all that a header may hold.
// The page has them as they are.
var withoutAccents = strings.NewReplacer("É", "E", "È", "E")

// addOriginal puts the mark of another nation where this level has room for it.
func (m *ausMark) addOriginal(foreign string) {
	switch {
	case foreign == "":
	case m.level >= ausProtected:
		m.foreign = sortedUnion(m.foreign, []string{foreign})
		m.said |= 1 << ausForeign
	case m.note != "":
		m.note = foreign + "; " + m.note
	default:
		m.note = foreign
	}
}
