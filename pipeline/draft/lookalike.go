package draft

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
)

// A look-alike is text that is no mark of the draft's scheme, and that its author may have meant as one:
// (TPL:AMBER), (NOFORN), TLP:RED without parentheses. Printed as text it would be an unmarked portion, and go
// to every nation; so it is refused wherever a mark may stand. Ordinary words in parentheses are none.

// bracketLookalikes is what is suspicious as the first thing in brackets, beside the marks of every known
// scheme and what is almost a TLP label.
var bracketLookalikes = [...]*regexp.Regexp{
	regexp.MustCompile(`(?i)^TLP\s*(?:$|[^\s\pL\pN])`),                         // (TLP.RED), (TLP)
	regexp.MustCompile(`^(?:RED|AMBER|AMBER.STRICT|GREEN|CLEAR)\s*(?:$|/)`),    // (AMBER), (AMBER/REL TO NZL)
	regexp.MustCompile(`^[A-Z][A-Z0-9:+ -]*//`),                                // (PB//LES), but not (https://…)
	regexp.MustCompile(`(?i)^(?:\S*[\s/,;]+)?REL\s*TO\b`),                      // (REL TO AUS, NZL), (X REL TO AUS)
	regexp.MustCompile(`^REL\s+[A-Z]{3}\b`),                                    // (REL AUS/NZL)
	regexp.MustCompile(`(?i)^(?:NOFORN|FOUO|RELIDO|ORCON|AUSTEO|AGAO|NZEO)\b`), // (noforn)
}

// bareTLP is a TLP label without its parentheses.
var bareTLP = regexp.MustCompile(`^TLP\s+(?:RED|AMBER|GREEN|CLEAR)\b|(?i)^(?:TLP\s*:|(?:TLP|TPL|LTP)\s*[:.=_–—-]\s*(?:RED|AMBER|GREEN|CLEAR)\b)`)

// bareNational is a mark of a nation without its parentheses.
var bareNational = regexp.MustCompile(`^(?:UO?|C|S|TS|R|O|O:S|P|P[ABC]|IC|Sen|CUI|(?:[A-Z]+[ -])?(?:UNCLASSIFIED|CONFIDENTIAL|SECRET|PROTECTED|RESTRICTED)|OFFICIAL[A-Za-z: -]*)\s?//\s?[A-Z]`)

// bracketed splits off what stands in the brackets that a line begins with, closed or not.
var bracketed = regexp.MustCompile(`^[(\[{]\s*([^)\]}\n]*)([)\]}]?)`)

// linked is a link of Markdown to somewhere, whose text is what its brackets hold.
var linked = regexp.MustCompile(`^\[[^\]\n]*\]\(\s*<?(?:https?|mailto):`)

// lookalike returns what text begins with, as written, if that looks like a mark of any scheme.
func lookalike(written string) (string, bool) {
	text := fold(written)
	if bareTLP.MatchString(text) || bareNational.MatchString(text) {
		return strings.Fields(written)[0], true
	}
	m := bracketed.FindStringSubmatch(text)
	if m == nil || linked.MatchString(text) {
		return "", false
	}
	inner := strings.TrimRight(m[1], " \t")
	if opensAny("("+m[1]+strings.Repeat(")", len(m[2]))) || almostTLP(inner) != marking.NoTLP {
		return firstRunes(written, m[0]), true
	}
	for _, form := range bracketLookalikes {
		if form.MatchString(inner) {
			return firstRunes(written, m[0]), true
		}
	}
	return "", false
}

// firstRunes is as much of what was written as what was found in it has characters.
func firstRunes(written, found string) string {
	r := []rune(written)
	return string(r[:min(len(r), utf8.RuneCountInString(found))])
}

// almostTLP returns the TLP label that text, up to its first slash, is but for a slip of the fingers: one
// letter, or two (TPL:RED) where something beside letters shows that it is no word.
func almostTLP(text string) marking.TLP {
	head, _, _ := strings.Cut(text, "/")
	head = strings.ToUpper(strings.TrimSpace(head))
	slips := 1
	if strings.Trim(head, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		slips = 2
	}
	best := marking.NoTLP
	for label := marking.Clear; label <= marking.Red; label++ {
		if d := pipeline.EditDistance(head, label.String()); d <= slips {
			best, slips = label, d-1
		}
	}
	return best
}

var (
	inBrackets = regexp.MustCompile(`^[(\[{]\s*([A-Za-z][A-Za-z :_-]+?)\s*(?:[)\]}/|]|\s-|$)`)
	inCapitals = regexp.MustCompile(`^[A-Z]+(?:[ :_-]+[A-Z]+)*`)
	separators = regexp.MustCompile(`[ :_-]+`)
)

// almostLevel reports whether text begins with a level of some nation but for a slip of the fingers, in brackets or
// in capitals: (Offical Sensitive), SECERT: the source.
func almostLevel(text string) bool {
	head, inside := inCapitals.FindString(text), false
	if m := inBrackets.FindStringSubmatch(text); m != nil {
		head, inside = strings.ToUpper(m[1]), true
	}
	head = separators.ReplaceAllString(head, " ")
	return slices.ContainsFunc(levelWords, func(level string) bool { return (inside || head != level) && nearly(head, level) })
}

// nearly allows one slip, two in a long word. Two letters exchanged are one slip; the plural is another word.
func nearly(written, level string) bool {
	if max(len(written), len(level))-min(len(written), len(level)) > 2 || written == level+"S" {
		return false
	}
	slips := 1
	if len(level) >= 10 || sorted(written) == sorted(level) {
		slips = 2
	}
	return pipeline.EditDistance(written, level) <= slips
}

func sorted(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

// levelWords are the levels of all nations that are words.
var levelWords = func() (out []string) {
	for _, n := range pipeline.Nations() {
		for _, level := range marking.NationalLevels(string(n)) {
			if len(level) > len("CUI") && !strings.Contains(level, "//") {
				out = append(out, separators.ReplaceAllString(strings.ToUpper(level), " "))
			}
		}
	}
	return out
}()

// meant is the hint for a look-alike: which mark to write instead.
func (m *marker) meant(look string) string {
	if m.scheme.Name() != "tlp" {
		return "write a mark of scheme " + m.scheme.Name() + ", like " + m.rule.example +
			", TLP before it: " + m.both() + "; or begin with another word"
	}
	write := m.rule.example
	inner := strings.Trim(look, "()[]{} \t")
	for _, s := range []string{inner, "TLP:" + inner} {
		if tlp := almostTLP(s); !opensAny(look) && tlp != marking.NoTLP {
			write = "(" + m.narrowed(tlp.String(), inner) + ")"
		}
	}
	return "in scheme tlp only (TLP:…) is a mark: write " + write + ", or begin with another word"
}

// narrowed is the label with the release list of what was written: a hint must not widen the audience.
func (m *marker) narrowed(label, written string) string {
	_, list, narrow := strings.Cut(written, "/")
	if !narrow {
		return label
	}
	if mark := label + "//" + strings.TrimLeft(list, "/ "); m.parses(mark) {
		return mark
	}
	return label + "//REL TO …"
}

func (m *marker) parses(portion string) bool {
	_, err := m.scheme.ParsePortion(portion)
	return err == nil
}
