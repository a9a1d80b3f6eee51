package marking

import (
	"fmt"
	"strings"
)

func canFail(in string, offset int, rule, format string, args ...any) *SyntaxError {
	return &SyntaxError{Scheme: "can", Input: in, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

// checkCANText is checkText, save that the two accented capitals of the French forms pass.
func checkCANText(in string) *SyntaxError {
	err := checkText("can", in, canLevelRule)
	if err == nil {
		return nil
	}
	for start := 0; err != nil; err = checkText("can", in[start:], canLevelRule) {
		start += err.Offset
		if !strings.HasPrefix(in[start:], "\u00c9") && !strings.HasPrefix(in[start:], "\u00c8") {
			err.Input, err.Offset = in, start
			return err
		}
		start += len("\u00c9")
	}
	return nil
}

// parseCANBanner reads a level in one language or in both, and the caveat. Its error has no
// suggestion.
func parseCANBanner(in string) (*canMark, *SyntaxError) {
	if err := checkCANText(in); err != nil {
		return nil, err
	}
	level, caveat, eyesOnly := strings.Cut(in, canCaveat)
	m, err := readCANLevel(in, level)
	if err != nil || !eyesOnly {
		return m, err
	}
	m.eyesOnly = true
	offset := len(level) + len(canCaveat)
	english, french := canEyes[canEnglish], canEyes[canFrench]
	switch {
	case m.tongues == canTongues{true, true} && (caveat == english || caveat == french || caveat == english+canBetween+french):
	case !m.tongues.french && caveat == english:
	case !m.tongues.english && caveat == french:
		m.tongues.french = true
	case caveat == english || caveat == french || caveat == english+canBetween+french:
		return nil, canFail(in, offset, canEyesRule, "level and caveat are written in two languages")
	default:
		return nil, canFail(in, offset, canEyesRule, "behind the level only - %s may stand, or in French - %s", english, french)
	}
	return m, nil
}

// readCANLevel reads the level of a banner, in English, in French, or in English / French.
func readCANLevel(in, level string) (*canMark, *SyntaxError) {
	first, second, both := strings.Cut(level, canBetween)
	english, isEnglish := canEnglish.lookUp(first)
	french, isFrench := canFrench.lookUp(first)
	if !both {
		switch {
		case isEnglish && isFrench: // SECRET
			return &canMark{levels: english}, nil
		case isEnglish:
			return &canMark{levels: english, tongues: canTongues{english: true}}, nil
		case isFrench:
			return &canMark{levels: french, tongues: canTongues{french: true}}, nil
		}
		return nil, noCANLevel(in, first)
	}
	offset := len(first) + len(canBetween)
	french, isFrench = canFrench.lookUp(second)
	switch {
	case !isEnglish:
		return nil, noCANLevel(in, first)
	case !isFrench:
		return nil, canFail(in, offset, canLevelRule, "%q is not a level in French; the form of two languages is English / French", second)
	case english != french:
		return nil, canFail(in, offset, canLevelRule, "%s is another level than %s", second, first)
	}
	return &canMark{levels: english, tongues: canTongues{true, true}}, nil
}

func noCANLevel(in, level string) *SyntaxError {
	switch {
	case level == "":
		return canFail(in, 0, canLevelRule, "the level is missing; it comes first")
	case level == "PROTECTED" || level == "PROT\u00c9G\u00c9":
		return canFail(in, len(level), canLevelRule, "%s needs its letter, A, B or C", level)
	case level == canEyes[canEnglish] || level == canEyes[canFrench]:
		return canFail(in, 0, canEyesRule, "%s does not stand without a level", level)
	}
	return canFail(in, 0, canLevelRule, "%q is not a level: must be one of UNCLASSIFIED, PROTECTED A, B or C, CONFIDENTIAL, SECRET, "+
		"TOP SECRET, or their French names", level)
}

// parseCANPortion reads the short form, with //CEO or the caveat in words. Its error has no
// suggestion.
func parseCANPortion(in string) (*canMark, *SyntaxError) {
	if err := checkCANText(in); err != nil { // as a banner: what is French is not a wrong character, but no portion's level
		return nil, err
	}
	level, eyesOnly := strings.CutSuffix(in, canShortEyes)
	if !eyesOnly {
		level, eyesOnly = strings.CutSuffix(in, canCaveat+canEyes[canEnglish])
	}
	if levels, ok := canShort.lookUp(level); ok {
		return &canMark{levels: levels, eyesOnly: eyesOnly}, nil
	}
	if i := strings.Index(level, "//"); i >= 0 {
		return nil, canFail(in, i, canEyesRule, "behind the level only %s may stand", canShortEyes)
	}
	return nil, canFail(in, 0, canLevelRule, "%q is not a level: a portion has one of U, PA, PB, PC, C, S, TS, in both languages", level)
}
