package marking

import (
	"fmt"
	"slices"
	"strings"
)

// why gathers the reasons of a roll-up. RollUp passes nil, so that it and Explain are one path.
type why []Reason

func (w *why) note(rule, format string, args ...any) {
	if w != nil {
		*w = append(*w, Reason{rule, fmt.Sprintf(format, args...)})
	}
}

// stays says of a mark that names no nations, and keeps the information in its originator's country, until when it does.
func stays(s Scheme, country string, m Mark) string {
	controls, releasable := m.DomesticControls(), s.Releasable()
	for _, c := range controls {
		if !slices.Contains(releasable, c) {
			return fmt.Sprintf("it stays in %s: no policy releases %s", country, c)
		}
	}
	return fmt.Sprintf("it stays in %s until policy releases %s", country, strings.Join(controls, ", "))
}

// isName reports whether s has the shape of an organisation's name as a mark writes it: words of
// capitals, digits and the characters that also names, one space between two.
func isName(s, also string) bool {
	if s == "" {
		return false
	}
	letter := false
	for i := range len(s) {
		switch c := s[i]; {
		case 'A' <= c && c <= 'Z':
			letter = true
		case '0' <= c && c <= '9':
		case c == ' ', containsByte(also, c): // a separator stands between two words
			if i == 0 || i == len(s)-1 || s[i-1] == c {
				return false
			}
		default:
			return false
		}
	}
	return letter
}

func containsByte(s string, c byte) bool {
	for i := range len(s) {
		if s[i] == c {
			return true
		}
	}
	return false
}

// isCodeWord reports whether s is one word of capitals, and none that the marking systems of the
// five nations know as something else: a control that is misplaced, or another nation's, must not
// pass for a codeword.
func isCodeWord(s string) bool {
	if len(s) < 3 || isCountry(s) || isTetragraph(s) {
		return false
	}
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return !reservedWords[s]
}

var reservedWords = func() map[string]bool {
	words := map[string]bool{}
	for _, w := range []string{
		"OFFICIAL", "SENSITIVE", "SECRET", "TOP", "CONFIDENTIAL", "RESTRICTED", "PROTECT", "PROTECTED", "UNCLASSIFIED", "UNOFFICIAL", "UNMARKED", "CONTROLLED", "COSMIC", "NATO",
		"NZEO", "ORCON", "NOFORN", "AUSTEO", "AGAO", "CEO", "REL", "RELIDO", "RELEASABLE", "EYES", "ONLY", "FIVE", "HMG", "SCI", "SAP", "FGI", "JOINT", "EXCLUSIVE", "ACCOUNTABLE",
		"LES", "FOUO", "SBU", "SSI", "CUI", "LIMDIS", "EXDIS", "NODIS", "IMCON", "PROPIN", "FISA", "RSEN", "UCNI", "LOCSEN", "RECIPIENTS", "EMBARGO", "EMBARGOED", "PUBLIC",
		"APPOINTMENTS", "BUDGET", "CABINET", "COMMERCIAL", "EVALUATIVE", "HONOURS", "LEGAL", "LPP", "MARKET", "MEDICAL", "PERSONAL", "POLICY", "STAFF", "MANAGEMENT", "DESCRIPTOR", "CAVEAT",
	} {
		words[w] = true
	}
	return words
}()
