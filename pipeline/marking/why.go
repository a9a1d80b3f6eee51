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
		case c == ' ', strings.IndexByte(also, c) >= 0: // a separator stands between two words
			if i == 0 || i == len(s)-1 || s[i-1] == c {
				return false
			}
		default:
			return false
		}
	}
	return letter
}

// isCodeWord reports whether s is one word of capitals, and none that the marking systems of the
// five nations know as something else, nor one slip of the keyboard away from such a word: a control
// that is misplaced, misspelt, or another nation's, must not pass for a codeword.
func isCodeWord(s string) bool {
	return len(s) >= 3 && isCapitals(s) && !isCountry(s) && !isTetragraph(s) && reservedWord(s) == ""
}

func isCapitals(s string) bool {
	for i := range len(s) {
		if s[i] < 'A' || s[i] > 'Z' {
			return false
		}
	}
	return true
}

// reservedWord returns the word of the marking systems that s, one word of capitals, is or was most
// likely meant to be; or nothing.
func reservedWord(s string) string {
	switch {
	case !isCapitals(s):
		return ""
	case slices.Contains(reservedWords, s):
		return s
	}
	if i := slices.IndexFunc(reservedWords, func(word string) bool { return isSlip(s, word) }); i >= 0 {
		return reservedWords[i]
	}
	return ""
}

// isSlip reports whether s is the word with a letter too few or too many, or with two neighbours
// swapped; or, if the word is long enough that few others look like it, with another letter.
func isSlip(s, word string) bool {
	others := len(word) >= len("SECRET") // REGAL is not LEGAL
	if len(word) < len("NZEO") || len(s)-len(word) > 1 || len(word)-len(s) > 1 {
		return false
	}
	for s != "" && word != "" && s[0] == word[0] {
		s, word = s[1:], word[1:]
	}
	for s != "" && word != "" && s[len(s)-1] == word[len(word)-1] {
		s, word = s[:len(s)-1], word[:len(word)-1]
	}
	switch len(s) + len(word) {
	case 1: // one letter on one side
		return true
	case 2: // one on each
		return others && s != "" && word != ""
	}
	return len(s) == 2 && len(word) == 2 && s[0] == word[1] && s[1] == word[0]
}

var reservedWords = []string{
	"OFFICIAL", "SENSITIVE", "SECRET", "TOP", "CONFIDENTIAL", "RESTRICTED", "PROTECT", "PROTECTED", "UNCLASSIFIED", "UNOFFICIAL", "UNMARKED", "CONTROLLED", "COSMIC", "NATO",
	"NZEO", "ORCON", "NOFORN", "AUSTEO", "AGAO", "CEO", "REL", "RELIDO", "RELEASABLE", "EYES", "ONLY", "FIVE", "HMG", "SCI", "SAP", "FGI", "JOINT", "EXCLUSIVE", "ACCOUNTABLE",
	"LES", "FOUO", "SBU", "SSI", "CUI", "LIMDIS", "EXDIS", "NODIS", "IMCON", "PROPIN", "FISA", "RSEN", "UCNI", "LOCSEN", "UKEO", "RECIPIENTS", "EMBARGOED", "EMBARGO", "PUBLIC",
	"APPOINTMENTS", "BUDGET", "CABINET", "COMMERCIAL", "EVALUATIVE", "HONOURS", "LEGAL", "LPP", "MARKET", "MEDICAL", "PERSONAL", "POLICY", "STAFF", "MANAGEMENT", "DESCRIPTOR", "CAVEAT",
	// Controls of several words, written as one.
	"TOPSECRET", "INCONFIDENCE", "RELTO", "RELEASABLETO", "EXCLUSIVEFOR", "EYESONLY", "UKEYESONLY", "FIVEEYESONLY", "USEONLY", "HMGUSEONLY", "RECIPIENTSONLY",
	"PUBLICRELEASE", "FORPUBLICRELEASE", "PERSONALDATA", "MARKETSENSITIVE", "DELICATESOURCE", "NATIONALCABINET", "ACCOUNTABLEMATERIAL",
}
