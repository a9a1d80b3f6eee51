package draft

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Severity says whether a problem keeps a draft from being used.
type Severity int

// The two severities. An Error means that there is no Document.
const (
	Error Severity = iota
	Warning
)

// Problem is one thing that is wrong with a draft, where it stands, and what to do about it.
type Problem struct {
	Pos      Pos
	Severity Severity
	Msg      string
	Hint     string // may be empty
}

// String prints "file:line:col: message" and, on a line of its own, "hint: …". A warning says so
// after the position.
func (p Problem) String() string {
	s := p.Pos.String() + ": "
	if p.Severity == Warning {
		s += "warning: "
	}
	s += p.Msg
	if p.Hint != "" {
		s += "\nhint: " + p.Hint
	}
	return s
}

// Problems is everything that is wrong with a draft, in order of position; the draft's own file
// comes before its indicator file.
type Problems []Problem

// Err returns an error that prints all errors among p; nil if there are only warnings.
func (p Problems) Err() error {
	if e := p.only(Error); len(e) > 0 {
		return &InvalidError{Problems: e}
	}
	return nil
}

func (p Problems) only(s Severity) Problems {
	var out Problems
	for _, one := range p {
		if one.Severity == s {
			out = append(out, one)
		}
	}
	return out
}

func (p Problems) String() string {
	lines := make([]string, len(p))
	for i, one := range p {
		lines[i] = one.String()
	}
	return strings.Join(lines, "\n")
}

// InvalidError reports a draft with errors, all of them.
type InvalidError struct {
	Problems Problems
}

func (e *InvalidError) Error() string { return e.Problems.String() }

// problems gathers while a draft is read.
type problems struct {
	list Problems
}

func (p *problems) errorf(at Pos, hint, format string, args ...any) {
	p.list = append(p.list, Problem{Pos: at, Severity: Error, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

func (p *problems) warnf(at Pos, hint, format string, args ...any) {
	p.list = append(p.list, Problem{Pos: at, Severity: Warning, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// sorted returns the problems in order of position, those of the file main first. One place
// with several problems keeps them in the order in which they were found.
func (p *problems) sorted(main string) Problems {
	rank := func(file string) int {
		if file == main {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(rank(a.Pos.File), rank(b.Pos.File)),
			cmp.Compare(a.Pos.File, b.Pos.File),
			cmp.Compare(a.Pos.Line, b.Pos.Line),
			cmp.Compare(a.Pos.Col, b.Pos.Col),
		)
	})
	return p.list
}
