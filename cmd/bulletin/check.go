package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/pdf"
	"bulletin/pipeline/review"
)

func checkCommand() *cobra.Command {
	var asJSON, indicators bool
	var fonts []string
	var dir string
	c := &cobra.Command{
		Use:   "check FILE",
		Short: "Validate a draft; print its banner, its portions and who gets what",
		Long: "check judges a draft by what its marks say and by the policy that init proposes: what the nations of a desk have\n" +
			"agreed on, releases and equivalents, and the desk's fonts, it knows only with --dir. submit goes by the desk's in any case.\n\n" +
			"With --indicators it prints instead the rows that the draft's indicator file lacks: what its text and tables name, each with\n" +
			"the mark of where it stands; on standard error, where that is. It adds nothing: keep those that are indicators.",
		Example: "  bulletin check draft.md\n  bulletin check --dir desk --json draft.md\n  bulletin check draft.md --indicators > indicators.csv",
		Args:    oneArg("FILE", "the draft to check"),
		RunE: func(c *cobra.Command, args []string) error {
			if indicators {
				return proposeIndicators(args[0], asJSON, c.OutOrStdout(), c.ErrOrStderr())
			}
			policy, own, err := deskOf(dir)
			if err != nil {
				return err
			}
			r, err := newRenderer(append(own, fonts...))
			if err != nil {
				return err
			}
			ch, err := checkFile(args[0], r, policy)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(c.OutOrStdout(), ch)
			} else {
				ch.print(c.OutOrStdout(), c.ErrOrStderr())
			}
			if err == nil && !ch.Valid {
				err = hint(fmt.Errorf("%s has %d error(s)", args[0], ch.errors()), "mend each line above; warnings may stay")
			}
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	c.Flags().BoolVar(&indicators, "indicators", false, "print, as CSV, the indicators that the text names and the indicator file lacks")
	c.Flags().StringVar(&dir, "dir", "", policyDirUsage)
	c.Flags().StringArrayVar(&fonts, "font", nil, fontUsage)
	return c
}

const fontUsage = "a further TrueType file (.ttf, .ttc) for characters that the built-in fonts lack"

const policyDirUsage = "a working directory by whose policy and fonts to go, in place of those that init proposes"

// deskOf is the policy of a working directory, as it holds today, and its fonts; without one, what init proposes.
func deskOf(dir string) (policy review.Policy, fonts []string, err error) {
	if dir == "" {
		return configs.DefaultPolicy().On(time.Now()), nil, nil
	}
	c, err := configs.Load(dir)
	if err != nil {
		return review.Policy{}, nil, err
	}
	policy, err = configs.LoadPolicy(dir, c)
	return policy.On(time.Now()), c.Fonts, err
}

// checked is what check found.
type checked struct {
	File         string            `json:"file"`
	Valid        bool              `json:"valid"`
	Banner       string            `json:"banner,omitempty"`
	TLP          string            `json:"tlp,omitempty"`
	ReleasableTo []pipeline.Nation `json:"releasable_to,omitempty"`
	Portions     []checkedPortion  `json:"portions"`
	Marked       []checkedPortion  `json:"marked"` // beside the portions: rows, notes, indicators and lines of front matter with a mark of their own
	Attachments  []checkedFile     `json:"attachments"`
	Editions     []checkedEdition  `json:"editions"`
	Problems     []checkedProblem  `json:"problems"`
}

type checkedPortion struct {
	File    string            `json:"file"`
	Line    int               `json:"line"`
	Kind    string            `json:"kind"`
	Mark    string            `json:"mark"`
	Text    string            `json:"text"` // its first words
	Nations []pipeline.Nation `json:"nations"`
}

// checkedFile is an attached file, and who gets it.
type checkedFile struct {
	Name    string            `json:"name"`
	Size    int64             `json:"size"`
	SHA256  pipeline.Digest   `json:"sha256"`
	Mark    string            `json:"mark"`
	Nations []pipeline.Nation `json:"nations"`
}

type checkedEdition struct {
	Nation     pipeline.Nation `json:"nation"`
	Banner     string          `json:"banner"`
	TLP        string          `json:"tlp"`
	Equivalent string          `json:"equivalent,omitempty"` // the banner under which the nation handles it
	Statements []string        `json:"statements,omitempty"` // the first words of what stands on the first page

	handledAs string
}

type checkedProblem struct {
	File     string `json:"file"`
	Line     int    `json:"line"`
	Col      int    `json:"col"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
}

// checkFile checks a draft as submit does. The error is for a draft that can't be read at all.
func checkFile(file string, r renderer, policy review.Policy) (*checked, error) {
	ch := &checked{File: file, Portions: []checkedPortion{}, Marked: []checkedPortion{}, Attachments: []checkedFile{}, Editions: []checkedEdition{}, Problems: []checkedProblem{}}
	src, err := draft.Load(file)
	if err != nil {
		return nil, err
	}
	doc, problems := draft.Parse(src, draft.Options{})
	ch.Problems = checkedProblems(problems)
	if problems.Err() != nil {
		return ch, nil
	}
	ch.Banner, ch.TLP, ch.ReleasableTo = doc.Banner.Banner(), doc.TLP.String(), doc.ReleasableTo
	ch.portions(doc, policy)
	if ch.attachments(doc, policy); ch.errors() > 0 {
		return ch, nil
	}
	editions, err := review.Editions(doc, policy)
	if err != nil {
		ch.fail(file, err, review.Remedy(err))
		return ch, nil
	}
	for _, err := range policy.Refuses(editions) {
		ch.fail(file, err, "write what is missing under authority: in the front matter, or mark it otherwise")
	}
	if ch.errors() > 0 {
		return ch, nil
	}
	for _, e := range editions {
		ch.Editions = append(ch.Editions, checkedEditionOf(e))
		if err := r.printable(e); err != nil {
			ch.unprintable(file, doc, err)
			return ch, nil
		}
	}
	ch.Valid = true
	return ch, nil
}

func checkedProblems(problems draft.Problems) []checkedProblem {
	out := []checkedProblem{}
	for _, p := range problems {
		severity := "error"
		if p.Severity == draft.Warning {
			severity = "warning"
		}
		out = append(out, checkedProblem{p.Pos.File, p.Pos.Line, p.Pos.Col, severity, p.Msg, p.Hint})
	}
	return out
}

func checkedEditionOf(e edition.Edition) checkedEdition {
	out := checkedEdition{Nation: e.Nation, Banner: e.Banner, TLP: e.TLP.String(), Equivalent: e.Equivalent, handledAs: e.HandledAs()}
	for _, s := range e.Statements {
		out.Statements = append(out.Statements, titleOf(s))
	}
	return out
}

// titleOf is what a statement begins with, to recognise it by.
func titleOf(statement string) string {
	line, _, _ := strings.Cut(statement, "\n")
	title, _, _ := strings.Cut(line, ": ")
	return shorten(title)
}

func (ch *checked) fail(file string, err error, hint string) {
	ch.Problems = append(ch.Problems, checkedProblem{file, 1, 1, "error", err.Error(), hint})
}

// unprintable names the place of the first character of each script that no font has, where that is what is wrong.
func (ch *checked) unprintable(file string, doc *draft.Document, err error) {
	var missing *pdf.MissingGlyphError
	if !errors.As(err, &missing) {
		ch.fail(file, err, "mend what it names")
		return
	}
	for _, script := range missing.Scripts() {
		at, ok := doc.Find(script.First.Char)
		if !ok {
			at = draft.Pos{File: file, Line: 1, Col: 1}
		}
		ch.Problems = append(ch.Problems, checkedProblem{at.File, at.Line, at.Col, "error", "no font has " + script.String() + " in " + script.First.Place, script.Hint()})
	}
}

func (ch *checked) errors() (n int) {
	for _, p := range ch.Problems {
		if p.Severity == "error" {
			n++
		}
	}
	return n
}

func (ch *checked) portions(doc *draft.Document, policy review.Policy) {
	terms := edition.Terms(doc, policy.Released[doc.Scheme.Name()])
	for i, p := range doc.Portions {
		row := checkedPortion{File: p.Pos.File, Line: p.Pos.Line, Kind: kindOf(p.Block), Mark: p.Label.Full(), Text: firstWords(p.Block), Nations: []pipeline.Nation{}}
		for _, n := range doc.ReleasableTo {
			if edition.MayPortion(doc, i, n, terms) {
				row.Nations = append(row.Nations, n)
			}
		}
		ch.Portions = append(ch.Portions, row)
	}
	for _, l := range doc.Labels() { // beside the portions: what has a mark of its own
		if l.What == "portion" || l.What == "attachment" || l.Label.Mark == nil {
			continue
		}
		row := checkedPortion{File: l.Pos.File, Line: l.Pos.Line, Kind: l.What, Mark: l.Label.Print(), Text: shorten(l.Text), Nations: []pipeline.Nation{}}
		for _, n := range doc.ReleasableTo {
			if edition.May(l.Label, n, terms) {
				row.Nations = append(row.Nations, n)
			}
		}
		ch.Marked = append(ch.Marked, row)
	}
}

// attachments lists the attached files and who gets each. One that is missing is an error, as it is to submit.
func (ch *checked) attachments(doc *draft.Document, policy review.Policy) {
	for i, p := range ch.Problems {
		for _, a := range doc.MissingAttachments() {
			if p.File == a.Pos.File && p.Line == a.Pos.Line && p.Col == a.Pos.Col {
				ch.Problems[i].Severity = "error"
			}
		}
	}
	terms := edition.Terms(doc, policy.Released[doc.Scheme.Name()])
	for _, a := range doc.Attachments {
		row := checkedFile{Name: a.Name, Size: a.Size, SHA256: a.Digest, Mark: a.Label.Print(), Nations: []pipeline.Nation{}}
		for _, n := range edition.Nations(doc, terms) {
			if edition.May(a.Label, n, terms) {
				row.Nations = append(row.Nations, n)
			}
		}
		ch.Attachments = append(ch.Attachments, row)
	}
}

func kindOf(b draft.Block) string {
	switch {
	case b.Item != nil:
		return "item"
	case b.Quote > 0:
		return "quote"
	}
	return string(b.Kind)
}

// firstWords is enough of a portion to recognise it by.
func firstWords(b draft.Block) string {
	var s strings.Builder
	s.WriteString(draft.Plain(b.Text))
	switch {
	case b.Table != nil:
		for _, c := range b.Table.Head {
			s.WriteString(draft.Plain(c) + " ")
		}
	case b.Code != nil && len(b.Code.Lines) > 0:
		s.WriteString(b.Code.Lines[0])
	}
	return shorten(s.String())
}

// shorten keeps enough of a text to recognise it by, on one line.
func shorten(text string) string {
	const most = 44
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most-1]) + "…"
	}
	return text
}

// print writes problems to stderr and what the draft amounts to to stdout.
func (ch *checked) print(stdout, stderr io.Writer) {
	for _, p := range ch.Problems {
		message := p.Message
		if p.Severity == "warning" {
			message = "warning: " + message
		}
		fmt.Fprintf(stderr, "%s:%d:%d: %s\n", p.File, p.Line, p.Col, message)
		if p.Hint != "" {
			fmt.Fprintf(stderr, "    hint: %s\n", p.Hint)
		}
	}
	if !ch.Valid {
		return
	}
	fmt.Fprintf(stdout, "%s is a valid draft\n\n", ch.File)
	fmt.Fprintf(stdout, "banner   %s\ntlp      %s\nfor      %s\n\n", ch.Banner, ch.TLP, pipeline.JoinNations(ch.ReleasableTo, " "))
	fmt.Fprintf(stdout, "%5s  %-9s  %-44s  %s  mark\n", "line", "portion", "", pipeline.JoinNations(ch.ReleasableTo, " "))
	for _, p := range ch.Portions {
		p.print(stdout, ch.ReleasableTo)
	}
	if len(ch.Marked) > 0 {
		fmt.Fprintln(stdout, "\nwhat has a mark of its own beside the portions (a row or note goes only where its portion goes)")
	}
	for _, p := range ch.Marked {
		p.print(stdout, ch.ReleasableTo)
	}
	if len(ch.Attachments) > 0 {
		fmt.Fprintln(stdout, "\nattached files, and who gets them")
	}
	for _, a := range ch.Attachments {
		fmt.Fprintf(stdout, "  %s  %d bytes  SHA-256 %s\n    %s  %s\n", a.Name, a.Size, a.SHA256, pipeline.JoinNations(a.Nations, " "), a.Mark)
	}
	fmt.Fprintln(stdout, "\neditions")
	for _, e := range ch.Editions {
		e.print(stdout)
	}
	for _, n := range ch.ReleasableTo {
		if !slices.ContainsFunc(ch.Editions, func(e checkedEdition) bool { return e.Nation == n }) {
			fmt.Fprintf(stdout, "  %s  none: no portion may go there\n", n)
		}
	}
	fmt.Fprintln(stdout, "\nwhat is unmarked in the front matter (title, actions, references, contacts, indicators, attachments) goes to all of them")
}

// print writes what a nation's edition says of itself.
func (e checkedEdition) print(w io.Writer) {
	fmt.Fprintf(w, "  %s  %s", e.Nation, e.Banner)
	if e.TLP != e.Banner { // scheme tlp has no other
		fmt.Fprintf(w, "  %s", e.TLP)
	}
	fmt.Fprintln(w)
	if e.handledAs != "" {
		fmt.Fprintf(w, "       %s\n", e.handledAs)
	}
	for _, s := range e.Statements {
		fmt.Fprintf(w, "       first page: %s\n", s)
	}
}

// print writes one line of the table of who gets what.
func (p checkedPortion) print(w io.Writer, to []pipeline.Nation) {
	fmt.Fprintf(w, "%5d  %-9s  %-44s  ", p.Line, p.Kind, p.Text)
	for _, n := range to {
		cell := " - "
		if slices.Contains(p.Nations, n) {
			cell = "yes"
		}
		fmt.Fprintf(w, "%s ", cell)
	}
	fmt.Fprintf(w, " %s\n", p.Mark)
}
