package marking

import (
	"fmt"
	"strings"
)

// nzlParser reads one mark from left to right.
type nzlParser struct {
	form  nzlForm
	in    string
	m     *nzlMark
	place nzlPlace // of the last word
	last  string   // the last codeword
}

// nzlPlace is the order of the words behind a national security level: the controls, then, behind
// two slashes, the words on dissemination.
type nzlPlace int

const (
	nzlAtLevel nzlPlace = iota
	nzlAtAccountable
	nzlAtCodeword
	nzlAtEyesOnly
	nzlAtORCON
	nzlAtRelease
)

// parseNZL parses strictly. Its error has no suggestion.
func parseNZL(form nzlForm, in string) (*nzlMark, *SyntaxError) {
	if err := checkText("nzl", in, nzlSyntax); err != nil {
		return nil, err
	}
	p := nzlParser{form: form, in: in, m: &nzlMark{}}
	pos := strings.IndexByte(in, '/')
	if pos < 0 {
		pos = len(in)
	}
	if err := p.readLevel(in[:pos]); err != nil {
		return nil, err
	}
	for pos < len(in) {
		var err *SyntaxError
		if pos, err = p.readGroup(pos); err != nil {
			return nil, err
		}
	}
	p.m.unreleased = p.m.levels != 0 && !p.m.released && !p.m.eyesOnly
	return p.m, nil
}

func (p *nzlParser) fail(offset int, rule, format string, args ...any) *SyntaxError {
	return &SyntaxError{Scheme: "nzl", Input: p.in, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

// readLevel reads the level, and the endorsement before it.
func (p *nzlParser) readLevel(head string) *SyntaxError {
	if l, ok := p.form.lookUp(head); ok {
		p.setLevel(l)
		return nil
	}
	for l := nzlInConfidence; l <= nzlTopSecret; l++ {
		endorsement, ok := strings.CutSuffix(head, " "+p.form.level(l))
		switch {
		case !ok || l == nzlSecret && strings.HasSuffix(head, "TOP SECRET"):
			continue
		case !isNZLEndorsement(endorsement):
			return p.fail(0, nzlEndorseRule, "%q is not an endorsement", endorsement)
		case l >= nzlRestricted:
			return p.fail(0, nzlEndorseRule, "endorsements such as %s stand before IN-CONFIDENCE and SENSITIVE only", endorsement)
		}
		p.setLevel(l)
		p.m.endorsements = []string{endorsement}
		return nil
	}
	return p.notALevel(head)
}

func (p *nzlParser) setLevel(l nzlLevel) {
	if l > nzlUnclassified {
		p.m.levels = 1 << l
	}
}

func (p *nzlParser) notALevel(head string) *SyntaxError {
	switch {
	case head == "":
		return p.fail(0, nzlLevelRule, "the level is missing; it comes first")
	case isNZLEndorsement(head) || head == "NZEO" || head == "ORCON":
		return p.fail(0, nzlSyntax, "%s does not stand without a classification", head)
	}
	for l := range nzlLevels {
		if rest, ok := strings.CutPrefix(head, p.form.level(nzlLevel(l))+" "); ok {
			return p.fail(len(head)-len(rest), nzlSyntax, "%q stands behind the level; an endorsement stands before it, all else behind two slashes", rest)
		}
	}
	return p.fail(0, nzlLevelRule, "%q is not a level; a %s has one of UNCLASSIFIED, IN-CONFIDENCE, SENSITIVE, RESTRICTED, "+
		"CONFIDENTIAL, SECRET, TOP SECRET (in a portion U, IC, Sen, R, C, S, TS)", head, p.form)
}

// readGroup reads the words behind two slashes and returns where they end.
func (p *nzlParser) readGroup(pos int) (int, *SyntaxError) {
	if !strings.HasPrefix(p.in[pos:], "//") {
		return 0, p.fail(pos, nzlSyntax, "two slashes stand between the level and what follows, and between controls and dissemination")
	}
	if p.m.top() < nzlRestricted {
		return 0, p.fail(pos, nzlNationalRule, "only RESTRICTED and above carry controls and words on dissemination")
	}
	pos += len("//")
	for first := true; ; first = false {
		word := p.in[pos:]
		if i := strings.IndexByte(word, '/'); i >= 0 {
			word = word[:i]
		}
		if err := p.readWord(pos, word, first); err != nil {
			return 0, err
		}
		pos += len(word)
		if pos == len(p.in) || strings.HasPrefix(p.in[pos:], "//") {
			return pos, nil
		}
		pos++
	}
}

// readWord reads one word; first says that two slashes stand before it.
func (p *nzlParser) readWord(pos int, word string, first bool) *SyntaxError {
	list, place := nzlPlaceOf(word)
	switch {
	case word == "":
		return p.fail(pos, nzlSyntax, "a word is missing here; a mark does not end in slashes, nor has more than two in a row")
	case place == nzlAtLevel:
		return p.fail(pos, nzlNationalRule, "%q is none of ACCOUNTABLE MATERIAL, SCI, a codeword, NZEO, ORCON or REL TO", word)
	case first && place >= nzlAtEyesOnly && p.place >= nzlAtEyesOnly:
		return p.fail(pos, nzlSyntax, "one slash separates the words on dissemination")
	case !first && place >= nzlAtEyesOnly && p.place < nzlAtEyesOnly:
		return p.fail(pos, nzlSyntax, "two slashes stand before the words on dissemination")
	case place < p.place || place == p.place && (place != nzlAtCodeword || word <= p.last):
		return p.fail(pos, nzlSyntax, "%s stands too late: ACCOUNTABLE MATERIAL, codewords by the alphabet, then NZEO, ORCON, REL TO, each once", word)
	}
	p.place, p.last = place, word
	switch place {
	case nzlAtAccountable:
		p.m.accountable = true
	case nzlAtCodeword:
		p.m.codewords = append(p.m.codewords, word)
	case nzlAtEyesOnly:
		p.m.eyesOnly = true
	case nzlAtORCON:
		p.m.orcon = true
	case nzlAtRelease:
		if p.m.eyesOnly {
			return p.fail(pos, nzlEyesRule, "NZEO is for New Zealanders only: no list of nations stands beside it")
		}
		return p.readList(pos+len(word)-len(list), list)
	}
	return nil
}

// nzlPlaceOf says what a word is, and returns the list of a release.
func nzlPlaceOf(word string) (list string, place nzlPlace) {
	switch word {
	case nzlAccountable:
		return "", nzlAtAccountable
	case "NZEO":
		return "", nzlAtEyesOnly
	case "ORCON":
		return "", nzlAtORCON
	case "SCI":
		return "", nzlAtCodeword
	}
	for _, prefix := range []string{"REL TO ", "RELEASABLE TO "} {
		if list, ok := strings.CutPrefix(word, prefix); ok {
			return list, nzlAtRelease
		}
	}
	if isCodeWord(word) {
		return "", nzlAtCodeword
	}
	return "", nzlAtLevel
}

// readList reads NZL and the nations behind it.
func (p *nzlParser) readList(pos int, list string) *SyntaxError {
	l := releaseList{countries: make([]string, 0, 5)}
	last := ""
	for n, more := 0, true; more; n++ {
		var code string
		code, list, more = strings.Cut(list, ", ")
		switch {
		case !isCountry(code) && !isTetragraph(code):
			return p.fail(pos, nzlReleaseRule, "%q is not a country of ISO 3166-1; a comma and one space stand between two codes", code)
		case n == 0 && code != "NZL":
			return p.fail(pos, nzlReleaseRule, "the list starts with NZL")
		case n == 0 && !more:
			return p.fail(pos, nzlReleaseRule, "REL TO NZL alone names no other nation: add one, or use NZEO")
		case n > 0 && code == "NZL", code == last:
			return p.fail(pos, nzlReleaseRule, "%s stands twice", code)
		case n > 1 && code < last:
			return p.fail(pos, nzlReleaseRule, "%s stands too late: behind NZL the list is alphabetical", code)
		}
		l.add(code)
		last, pos = code, pos+len(code)+len(", ")
	}
	p.m.released, p.m.release = true, l.sorted()
	return nil
}
