package marking

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SyntaxError says where a mark breaks which rule. It never holds a corrected mark that
// was applied: Suggestion is for a person to read.
type SyntaxError struct {
	Scheme     string
	Input      string
	Offset     int    // in bytes, from 0
	Rule       string // document and section, e.g. "CAPCO-2016 H.8"
	Msg        string
	Suggestion string // nearest valid form; empty if none is known
}

func (e *SyntaxError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "mark %q does not parse at character %d: %s (%s)", e.Input, e.character(), e.Msg, e.Rule)
	if e.Suggestion != "" {
		fmt.Fprintf(&b, "; did you mean %q?", e.Suggestion)
	}
	return b.String()
}

// character is where the error is, as an editor counts: characters, from 1.
func (e *SyntaxError) character() int {
	return utf8.RuneCountInString(e.Input[:min(e.Offset, len(e.Input))]) + 1
}

// lookalikes are characters that a reader takes for the slash.
const lookalikes = "\u2044\u2215\u29f8\uff0f"

// checkText refuses what no mark of any scheme may hold: control characters and anything that is
// not ASCII, so that two marks that look the same are the same bytes.
func checkText(scheme, in, rule string) *SyntaxError {
	for i := range len(in) {
		if in[i] >= 0x20 && in[i] < 0x7f {
			continue
		}
		r, _ := utf8.DecodeRuneInString(in[i:])
		msg := "a mark holds printable ASCII characters only"
		switch {
		case r == utf8.RuneError:
			msg = fmt.Sprintf("byte 0x%02X is not valid here: %s", in[i], msg)
		case strings.ContainsRune(lookalikes, r):
			msg = fmt.Sprintf("%U looks like a slash but is not one", r)
		default:
			msg = fmt.Sprintf("%U is not valid here: %s", r, msg)
		}
		return &SyntaxError{Scheme: scheme, Input: in, Offset: i, Rule: rule, Msg: msg}
	}
	return nil
}

// plain undoes what keyboards and word processors do to a mark: look-alikes, odd spaces, lower
// case, parentheses. It serves suggestions alone; nothing that was parsed has passed through it.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case strings.ContainsRune(lookalikes, r):
			return '/'
		case unicode.IsSpace(r):
			return ' '
		}
		return unicode.ToUpper(r)
	}, s)
	s = strings.TrimSpace(s)
	s = strings.TrimSuffix(strings.TrimPrefix(s, "("), ")")
	return strings.Join(strings.Fields(s), " ")
}

// codesOf splits a list of codes however its author separated them.
func codesOf(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
}

// bannerAndPortion are the forms that every scheme has.
func bannerAndPortion(s Scheme) []Form {
	return []Form{
		{"banner", s.ParseBanner, Mark.Banner},
		{"portion", func(in string) (Mark, error) { return parseInParentheses(s, in) }, Mark.Portion},
	}
}

// parseInParentheses parses a portion mark as it stands in a text.
func parseInParentheses(s Scheme, in string) (Mark, error) {
	opened, closed := strings.HasPrefix(in, "("), strings.HasSuffix(in, ")")
	if !opened || !closed || len(in) < 2 {
		e := &SyntaxError{Scheme: s.Name(), Input: in, Rule: s.Profile(), Msg: "a portion mark stands in parentheses"}
		if end := strings.IndexByte(in, ')') + 1; opened && end > 0 {
			e.Offset, e.Msg = end, "the mark ends with its parenthesis"
		} else if opened {
			e.Offset = len(in)
		}
		if _, err := s.ParsePortion(in); err == nil {
			e.Suggestion = "(" + in + ")"
		}
		return nil, e
	}
	m, err := s.ParsePortion(in[1 : len(in)-1])
	var syntax *SyntaxError
	if errors.As(err, &syntax) { // as it was given, and where it is in that
		syntax.Input, syntax.Offset = in, syntax.Offset+1
		if syntax.Suggestion != "" {
			syntax.Suggestion = "(" + syntax.Suggestion + ")"
		}
	}
	return m, err
}
