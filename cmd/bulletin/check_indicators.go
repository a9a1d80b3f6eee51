package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// proposed is what check --indicators prints as JSON.
type proposed struct {
	File          string              `json:"file"`
	IndicatorFile string              `json:"indicator_file"` // as the draft names it; empty if it names none
	Indicators    []proposedIndicator `json:"indicators"`
	Problems      []checkedProblem    `json:"problems"`
}

type proposedIndicator struct {
	Type      string          `json:"type"`
	Value     string          `json:"value"`
	FirstSeen string          `json:"first_seen"`
	LastSeen  string          `json:"last_seen"`
	Note      string          `json:"note"`
	Mark      string          `json:"mark"` // empty: for all that the draft is releasable to
	Found     []proposedPlace `json:"found"`
}

type proposedPlace struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
}

// proposeIndicators prints the rows that a draft's indicator file lacks. It writes no file: what is an indicator, the
// author says.
func proposeIndicators(file string, asJSON bool, stdout, stderr io.Writer) error {
	src, err := draft.Load(file)
	if err != nil {
		return err
	}
	found, problems := draft.Propose(src, draft.Options{})
	if err := problems.Err(); err != nil {
		return hint(err, "mend the draft: without its marks nobody knows for whom a portion is")
	}
	if asJSON {
		return printJSON(stdout, proposedOf(file, found, problems))
	}
	if len(found.Indicators) == 0 {
		fmt.Fprintf(stderr, "%s names no indicators that its indicator file lacks\n", file)
		return nil
	}
	for _, p := range problems {
		if strings.Contains(p.Msg, "is not proposed") {
			fmt.Fprintf(stderr, "%s: warning: %s\n    hint: %s\n", p.Pos, p.Msg, p.Hint)
		}
	}
	for _, p := range found.Indicators {
		fmt.Fprintln(stderr, whereFound(p))
	}
	fmt.Fprint(stderr, whatToDo(found))
	w := csv.NewWriter(stdout)
	return w.WriteAll(found.Records())
}

// whereFound is for people, and for terminals that make links of addresses: defanged.
func whereFound(p draft.Proposal) string {
	s := fmt.Sprintf("%s: %s %s", p.Pos, p.Type, shorten(edition.Defang(p.Type, p.Value)))
	if mark := p.Label.Full(); mark != "" {
		s += " " + mark
	}
	if n := len(p.Found) - 1; n > 0 {
		s += fmt.Sprintf(", and at %d more place(s)", n)
	}
	return s
}

func whatToDo(found draft.Proposed) string {
	s := fmt.Sprintf("\n%d proposed; nothing was added. ", len(found.Indicators))
	switch {
	case found.File == "":
		s += "Keep those that are indicators in a file beside the draft, and name it in the front matter: indicators: FILE.csv"
	case found.Head == nil:
		s += "Keep those that are indicators in " + found.File
	default:
		s += "Add those that are indicators to " + found.File
	}
	if found.LacksMark() {
		s += ". Its head has no column mark yet: add ,mark to it, and a comma to the rows that are there"
	}
	return s + "\n"
}

func proposedOf(file string, found draft.Proposed, problems draft.Problems) proposed {
	out := proposed{File: file, IndicatorFile: found.File, Indicators: []proposedIndicator{}, Problems: checkedProblems(problems)}
	for _, p := range found.Indicators {
		row := proposedIndicator{Type: p.Type, Value: p.Value, FirstSeen: p.FirstSeen, LastSeen: p.LastSeen, Note: p.Note, Mark: p.Label.Full()}
		for _, at := range p.Found {
			row.Found = append(row.Found, proposedPlace{at.File, at.Line, at.Col})
		}
		out.Indicators = append(out.Indicators, row)
	}
	return out
}
