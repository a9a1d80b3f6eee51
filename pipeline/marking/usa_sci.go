package marking

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// usaPath is an SCI control system or SAP program, with a compartment and a sub-compartment where
// it has them: "SI", "SI-G", "SI-G ABCD". A mark holds those that are parents of no other, sorted.
type usaPath struct{ system, comp, sub string }

// covers reports whether p is q or a parent of it.
func (p usaPath) covers(q usaPath) bool {
	return p.system == q.system && (p.comp == "" || p.comp == q.comp && (p.sub == "" || p.sub == q.sub))
}

func comparePaths(p, q usaPath) int {
	return cmp.Or(compareNames(p.system, q.system), compareNames(p.comp, q.comp), compareNames(p.sub, q.sub))
}

// compareNames sorts numbers, by value, before the rest (CAPCO-2016 H.4).
func compareNames(a, b string) int {
	numA, numB := isNumber(a), isNumber(b)
	switch {
	case a == "" || b == "": // a parent stands before its children
		return len(a) - len(b)
	case numA != numB && numA:
		return -1
	case numA != numB:
		return 1
	case numA:
		return cmp.Or(len(a)-len(b), strings.Compare(a, b))
	}
	return strings.Compare(a, b)
}

func isNumber(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// unionPaths returns what is in either; a parent is absorbed by its child (CAPCO-2016 D.2, roll-up rule 2).
// Neither is changed; the result may be one of them.
func unionPaths(a, b []usaPath) []usaPath {
	if len(b) == 0 || len(a) > 0 && slices.Equal(a, b) {
		return a
	}
	if len(a) == 0 {
		return b
	}
	return sortPaths(slices.Concat(a, b))
}

// sortPaths sorts the paths in place and drops parents of others.
func sortPaths(paths []usaPath) []usaPath {
	slices.SortFunc(paths, comparePaths)
	out := paths[:0]
	for i, p := range paths {
		// Whatever p covers follows it directly.
		if i+1 < len(paths) && p.covers(paths[i+1]) {
			continue
		}
		out = append(out, p)
	}
	return out
}

// appendPaths writes the paths: a slash between systems, a hyphen before a compartment, a space
// before a sub-compartment.
func appendPaths(b *strings.Builder, paths []usaPath) {
	for i, p := range paths {
		var last usaPath
		if i > 0 {
			last = paths[i-1]
		}
		if p.system != last.system {
			if i > 0 {
				b.WriteByte('/')
			}
			b.WriteString(p.system)
			last = usaPath{}
		}
		if p.comp != "" && p.comp != last.comp {
			b.WriteByte('-')
			b.WriteString(p.comp)
		}
		if p.sub != "" {
			b.WriteByte(' ')
			b.WriteString(p.sub)
		}
	}
}

// sciSystems are the control systems that the Register publishes, or did (KDK was closed in favour of
// TK and lives on in old information; CAPCO-2016 H.4), by every name.
var sciSystems = map[string]string{
	"HCS": "HCS", "SI": "SI", "COMINT": "SI", "TK": "TK", "TALENT KEYHOLE": "TK",
	"RSV": "RSV", "RESERVE": "RSV", "KDK": "KDK", "KLONDIKE": "KDK",
}

// sciTitles are the compartments that have a title, with their system.
var sciTitles = map[usaPath]string{
	{system: "SI", comp: "GAMMA"}: "G", {system: "SI", comp: "ECRU"}: "EU", {system: "SI", comp: "NONBOOK"}: "NK",
	{system: "TK", comp: "BLUEFISH"}: "BLFH", {system: "TK", comp: "IDITAROD"}: "IDIT", {system: "TK", comp: "KANDIK"}: "KAND",
	{system: "KDK", comp: "BLUEFISH"}: "BLFH", {system: "KDK", comp: "IDITAROD"}: "IDIT", {system: "KDK", comp: "KANDIK"}: "KAND",
}

// sciNeed is what a system or compartment requires of the rest of its mark.
type sciNeed struct {
	path   usaPath
	below  bool // holds only of what is below the path
	levels usaLevels
	needs  usaSet // all of them must stand beside it
}

// sciNeeds are the rules of H.4 for what the Register publishes. Of the rest only that it is
// classified is known.
var sciNeeds = []sciNeed{
	{path: usaPath{system: "HCS"}, levels: secretOrAbove, needs: 1 << noforn},
	{path: usaPath{system: "HCS", comp: "O"}, levels: secretOrAbove, needs: 1<<noforn | 1<<orcon},
	{path: usaPath{system: "HCS", comp: "P"}, below: true, levels: topSecretOnly, needs: 1<<noforn | 1<<orcon},
	{path: usaPath{system: "KDK"}, levels: secretOrAbove, needs: 1 << noforn},
	{path: usaPath{system: "RSV"}, levels: secretOrAbove},
	{path: usaPath{system: "SI"}, below: true, levels: topSecretOnly},
	{path: usaPath{system: "SI", comp: "G"}, levels: topSecretOnly, needs: 1 << orcon},
	{path: usaPath{system: "TK"}, levels: secretOrAbove},
	{path: usaPath{system: "TK", comp: "BLFH"}, levels: topSecretOnly, needs: 1 << noforn},
	{path: usaPath{system: "TK", comp: "IDIT"}, levels: secretOrAbove, needs: 1 << noforn},
	{path: usaPath{system: "TK", comp: "KAND"}, levels: secretOrAbove, needs: 1 << noforn},
}

// isSystem reports whether a word has the shape of an unpublished control system: up to three capitals
// or digits that mean nothing else in a mark. Longer words are no graphs of systems: a made-up
// word is refused (H.4).
func isSystem(word string) bool {
	return isGraph(word, 3) && !isCountry(word) && !usaReserved[word]
}

// isGraph reports whether s is one to n capitals and digits.
func isGraph(s string, n int) bool {
	for i := range len(s) {
		if (s[i] < 'A' || s[i] > 'Z') && (s[i] < '0' || s[i] > '9') {
			return false
		}
	}
	return s != "" && len(s) <= n
}

// usaReserved are the short words that are something else in a mark of either form, or look so
// much like it that taking them for a control system would hide a mistake.
var usaReserved = func() map[string]bool {
	words := map[string]bool{"REL": true, "CUI": true, "SAR": true, "SG": true, "N": true, "TO": true, "EL": true, "ECI": true, "EYE": true, "MR": true}
	for n := range 8 { // exemptions from declassification, which once stood in banners (CAPCO-2016 E.6)
		words[fmt.Sprint("X", n+1)] = true
	}
	for _, form := range usaWords {
		for word := range form {
			words[word] = true
		}
	}
	for i := range usaControls {
		words[usaControls[i].portion] = true
		words[usaControls[i].banner] = true
	}
	for _, l := range usaLevelNames {
		words[l.portion], words[l.natoPortion] = true, true
	}
	return words
}()
