package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline/marking"
)

func markingCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "marking",
		Short:   "The marking engine by itself: parse marks, roll portions up to a banner",
		Example: "  bulletin marking parse --scheme tlp TLP:AMBER\n  bulletin marking rollup --scheme tlp 'TLP:GREEN + TLP:RED'",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(markingParseCommand(), markingRollUpCommand())
	return c
}

// markingFlags are what parse and rollup have in common.
type markingFlags struct {
	scheme, created string
	explain         bool
}

func (f *markingFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.scheme, "scheme", "", "the marking scheme: "+schemeNames())
	c.Flags().StringVar(&f.created, "created", "", "the day on which the information was created, as 2009-12-31: some rules depend on it (default today)")
	c.Flags().BoolVar(&f.explain, "explain", false, "say which rules decided")
}

// chosen returns the scheme, as it judges information of the day that --created names.
func (f *markingFlags) chosen(c *cobra.Command) (marking.Scheme, error) {
	if f.scheme == "" {
		return nil, &usageError{c.CommandPath(), fmt.Errorf("--scheme is missing: one of %s", schemeNames())}
	}
	s, err := marking.ByName(f.scheme)
	if err != nil {
		return nil, &usageError{c.CommandPath(), fmt.Errorf("--scheme: %w", err)}
	}
	if !c.Flags().Changed("created") {
		return s, nil
	}
	day, err := createdOn(f.created, time.Now())
	if err != nil {
		return nil, &usageError{c.CommandPath(), fmt.Errorf("--created: %w", err)}
	}
	return marking.AsOf(s, day), nil
}

// createdOn reads a full-date (RFC 3339 §5.6) that is not after today, by the calendar of this machine.
func createdOn(date string, now time.Time) (time.Time, error) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || day.IsZero() {
		return time.Time{}, fmt.Errorf("%q is not a date: write year, month and day, as 2009-12-31", date)
	}
	if date > now.Format(time.DateOnly) {
		return time.Time{}, fmt.Errorf("%s is in the future: information is marked when it exists", date)
	}
	return day, nil
}

func markingParseCommand() *cobra.Command {
	var flags markingFlags
	var form string
	c := &cobra.Command{
		Use:   "parse --scheme S [--form F] [--created DATE] [--explain] MARK… | -",
		Short: "Judge marks: one JSON object for each",
		Long: `parse judges marks strictly and never trims or corrects them. It takes them as arguments, or one a line on
standard input with -, prints one JSON object for each, and exits 0 when all were judged, valid or not.
Answers come as soon as the lines that are there have been read: an editor may keep one process and ask it line by line.

A portion stands in its parentheses. Every scheme has the forms banner and portion; which others it has, an error says.`,
		Example: "  bulletin marking parse --scheme usa --form portion '(U//REL TO USA, GBR//LES)'\n" +
			"  bulletin marking parse --scheme usa --form portion --created 2009-12-31 --explain '(U)'\n" +
			"  bulletin marking parse --scheme tlp - < labels.txt",
		Args: someMarks,
		RunE: func(c *cobra.Command, args []string) error {
			s, err := flags.chosen(c)
			if err != nil {
				return err
			}
			f, err := formOf(s, form)
			if err != nil {
				return &usageError{c.CommandPath(), err}
			}
			return answerEach(c, args, func(to []byte, in string) []byte {
				return judge(s, f, in, flags.explain).appendTo(to)
			})
		},
	}
	flags.register(c)
	c.Flags().StringVar(&form, "form", "banner", "where the mark stands: "+strings.Join(allForms(), ", "))
	_ = c.RegisterFlagCompletionFunc("form", completeForms) // the flag is there
	return c
}

// formOf returns the form of that name.
func formOf(s marking.Scheme, name string) (marking.Form, error) {
	for _, f := range s.Forms() {
		if f.Name == name {
			return f, nil
		}
	}
	return marking.Form{}, fmt.Errorf("--form %q: scheme %s has the forms %s", name, s.Name(), strings.Join(formNames(s), ", "))
}

func judge(s marking.Scheme, f marking.Form, in string, explain bool) parsedMark {
	m, err := f.Parse(in)
	if err != nil {
		return parsedMark{input: in, err: err.Error(), explain: whyRefused(err, explain)}
	}
	p := parsedMark{input: in, valid: true, canonical: f.Print(m)}
	p.releasableTo, p.says = m.Audience().Countries()
	if explain {
		p.explain = explained(s.Explain([]marking.Mark{m}))
	}
	return p
}

func markingRollUpCommand() *cobra.Command {
	var flags markingFlags
	c := &cobra.Command{
		Use:   "rollup --scheme S [--created DATE] [--explain] 'MARK + MARK…'… | -",
		Short: "Roll portions up to the banner of their document: one JSON object for each",
		Long: `rollup takes the marks of a document's portions joined by " + ", portions in their parentheses (labels for
tlp), as arguments or one document a line on standard input with -, and prints the banner of each. A document with a
mark that does not parse has an error instead: no banner is better than one that was guessed.`,
		Example: "  bulletin marking rollup --scheme usa '(U) + (U//REL TO USA, GBR) + (U//LES)'",
		Args:    someMarks,
		RunE: func(c *cobra.Command, args []string) error {
			s, err := flags.chosen(c)
			if err != nil {
				return err
			}
			return answerEach(c, args, func(to []byte, in string) []byte {
				return rollUp(s, in, flags.explain).appendTo(to)
			})
		},
	}
	flags.register(c)
	return c
}

func rollUp(s marking.Scheme, in string, explain bool) rolledUp {
	portions, err := portionsOf(s, in)
	if err != nil {
		return rolledUp{input: in, err: err.Error(), explain: whyRefused(err, explain)}
	}
	banner, err := s.RollUp(portions)
	if err != nil {
		return rolledUp{input: in, err: err.Error(), explain: whyRefused(err, explain)}
	}
	r := rolledUp{input: in, banner: banner.Banner()}
	if explain {
		r.explain = explained(s.Explain(portions))
	}
	return r
}

// portionsOf parses the marks that " + " joins. No mark of any scheme has that in it: of
// "TLP:AMBER + STRICT" the second is an error.
func portionsOf(s marking.Scheme, in string) ([]marking.Mark, error) {
	form := "portion"
	if s.Name() == "tlp" { // TLP knows labels, not portions
		form = "banner"
	}
	f, err := formOf(s, form)
	if err != nil {
		return nil, err
	}
	var portions []marking.Mark
	for mark := range strings.SplitSeq(in, " + ") {
		m, err := f.Parse(mark)
		if err != nil {
			return nil, fmt.Errorf("portion %d: %w", len(portions)+1, err)
		}
		portions = append(portions, m)
	}
	return portions, nil
}

// explained is never nil: who asked for reasons gets a list.
func explained(reasons []marking.Reason) []marking.Reason {
	return append([]marking.Reason{}, reasons...)
}

// whyRefused is the rule that a mark breaks.
func whyRefused(err error, explain bool) []marking.Reason {
	if !explain {
		return nil
	}
	var syntax *marking.SyntaxError
	if errors.As(err, &syntax) {
		return []marking.Reason{{Rule: syntax.Rule, Said: syntax.Msg}}
	}
	return []marking.Reason{}
}

func schemeNames() string {
	var names []string
	for _, s := range marking.Schemes() {
		names = append(names, s.Name())
	}
	return strings.Join(names, ", ")
}

func formNames(s marking.Scheme) []string {
	var names []string
	for _, f := range s.Forms() {
		names = append(names, f.Name)
	}
	return names
}

// allForms returns the forms of all schemes, each once.
func allForms() []string {
	var names []string
	for _, s := range marking.Schemes() {
		for _, name := range formNames(s) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// completeForms completes the forms of the scheme that is given already, or of all.
func completeForms(c *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if s, err := marking.ByName(c.Flag("scheme").Value.String()); err == nil {
		return formNames(s), cobra.ShellCompDirectiveNoFileComp
	}
	return allForms(), cobra.ShellCompDirectiveNoFileComp
}

// someMarks wants marks as arguments, or a hyphen alone.
func someMarks(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("no mark is given: write marks as arguments, or - to read one a line from standard input")
	case len(args) > 1 && slices.Contains(args, "-"):
		return errors.New("- stands alone: marks come as arguments or on standard input, not both")
	}
	return nil
}
