package marking

import (
	"fmt"
	"strings"
)

// ausForm is one of the five ways to write a mark.
type ausForm uint8

const (
	ausBanner ausForm = iota
	ausPortion
	ausSubject
	ausHeader
	ausMedium
)

func (f ausForm) String() string {
	return [...]string{"banner", "portion", "subject", "header", "medium"}[f]
}

// isText reports whether the form is for documents, not for e-mail.
func (f ausForm) isText() bool { return f <= ausPortion }

// level is the level as the form writes it.
func (f ausForm) level(l ausLevel) string {
	switch f {
	case ausBanner:
		return ausLevels[l].banner
	case ausPortion:
		return ausLevels[l].portion
	}
	return ausLevels[l].wire
}

// parseAus parses strictly: one spelling, one order. Its error has no suggestion.
func parseAus(f ausForm, in string) (*ausMark, *SyntaxError) {
	p := ausParser{form: f, in: in}
	var err *SyntaxError
	switch f {
	case ausSubject:
		err = p.readSubject()
	case ausHeader:
		err = p.readHeader()
	case ausMedium:
		err = p.readMail(0, len(in))
	default:
		err = p.readDocument()
	}
	if err != nil {
		return nil, err
	}
	m := p.mark.settle(nil)
	if !f.isText() && len(in) > ausMailMax-len(" ") && len(m.print(f)) > ausMailMax {
		return nil, p.fail(ausMailMax, epmsUseRule, "a marking has at most %d characters, also as we would write it", ausMailMax)
	}
	return m, nil
}

// ausParser reads one mark from left to right.
type ausParser struct {
	form ausForm
	in   string
	mark *ausMark // nil before the level

	version string // of a header, which says it before the level
}

func (p *ausParser) fail(offset int, rule, format string, args ...any) *SyntaxError {
	return &SyntaxError{Scheme: "aus", Input: p.in, Offset: offset, Rule: rule, Msg: fmt.Sprintf(format, args...)}
}

func (p *ausParser) wrong(offset int, w *ausProblem) *SyntaxError {
	return p.fail(offset, w.rule, "%s", w.msg)
}

// readDocument reads a banner or a portion: a level, and caveats after two slashes each.
func (p *ausParser) readDocument() *SyntaxError {
	if err := checkText("aus", p.in, ausBannerRule); err != nil {
		return err
	}
	level, rest, more := strings.Cut(p.in, "//")
	if err := p.readLevel(0, level); err != nil {
		return err
	}
	for last, pos := -1, len(level); more; {
		var piece string
		pos += len("//")
		piece, rest, more = strings.Cut(rest, "//")
		c, value, ok := p.form.lookUp(piece)
		if !ok {
			return p.unknown(pos, piece)
		}
		if w := p.mark.add(p.form, c, value); w != nil {
			return p.wrong(pos, w)
		}
		if int(c) < last || int(c) == last && c != ausForeign {
			return p.fail(pos, ausBannerRule, "%q stands too late or twice; the order is: codeword, foreign government, DELICATE SOURCE, "+
				"ORCON, EXCLUSIVE FOR, CABINET, NATIONAL CABINET, ACCOUNTABLE MATERIAL, and one of AUSTEO, AGAO, REL", piece)
		}
		last, pos = int(c), pos+len(piece)
	}
	return nil
}

// readLevel starts the mark with its level.
func (p *ausParser) readLevel(pos int, word string) *SyntaxError {
	for l := range ausLevels {
		if word == p.form.level(ausLevel(l)) {
			p.mark = newAusMark(ausLevel(l))
			return nil
		}
	}
	for _, legacy := range ausLegacy {
		if strings.EqualFold(word, legacy.mark) {
			return p.fail(pos, ausLevelRule, "%s", legacy.msg)
		}
	}
	upper := strings.ToUpper(word)
	if strings.HasSuffix(upper, "-IN-CONFIDENCE") || strings.HasPrefix(upper, "SENSITIVE:") {
		return p.fail(pos, ausLevelRule, "%q is a marking of before 2018: what it marked must be assessed anew", word)
	}
	var names []string
	for l := range ausLevels {
		names = append(names, p.form.level(ausLevel(l)))
	}
	return p.fail(pos, ausLevelRule, "%q is not a level; a %s has one of %s", word, p.form, strings.Join(names, ", "))
}

// lookUp finds the caveat that piece spells in a banner or portion, and its value.
func (f ausForm) lookUp(piece string) (c ausCaveat, value string, ok bool) {
	for i := range ausCaveats {
		row := &ausCaveats[i]
		if !row.value && piece == row.banner {
			return ausCaveat(i), "", true
		}
		if row.value && len(piece) > len(row.banner) && piece[:len(row.banner)] == row.banner {
			value = piece[len(row.banner):]
			return ausCaveat(i), value, ausCaveat(i) != ausCodeword || !isAusCodeword(value)
		}
	}
	return ausCodeword, piece, isAusCodeword(piece)
}

func (p *ausParser) unknown(pos int, piece string) *SyntaxError {
	switch word, isC := strings.CutPrefix(piece, "C "); {
	case piece == "":
		return p.fail(pos, ausBannerRule, "a caveat is missing here; a mark does not end in slashes, nor has more than two in a row")
	case isC && isAusCodeword(word):
		return p.fail(pos, ausBannerRule, "%s is one word in capitals: no C stands before it", word)
	case piece == "REL" || piece == "EXCLUSIVE FOR" || piece == "FG" || piece == "C":
		return p.fail(pos, ausCaveatRule, "%s needs to say which or whom", piece)
	}
	if strings.Contains(strings.ToUpper(strings.Join(ausAccess[:], " ")), strings.ToUpper(strings.ReplaceAll(piece, " ", "-"))) {
		return p.fail(pos, ausAccessRule, "%q is an information management marker; it stands beside a banner, and in e-mail as ACCESS", piece)
	}
	return p.fail(pos, ausCaveatRule, "%q is no caveat", piece)
}
