package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bulletin/pipeline/marking"
)

// maxMark is the longest mark read from standard input, in bytes.
const maxMark = 64 << 10

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

// parsedMark is the answer of marking parse: one for each input.
type parsedMark struct {
	Input        string   `json:"input"`
	Valid        bool     `json:"valid"`
	Canonical    string   `json:"canonical"`
	ReleasableTo []string `json:"releasable_to"` // null where the mark does not say
	Error        string   `json:"error"`
}

// rolledUp is the answer of marking rollup: one for each input.
type rolledUp struct {
	Input  string `json:"input"`
	Banner string `json:"banner"`
	Error  string `json:"error"`
}

func markingParseCommand() *cobra.Command {
	var scheme, form string
	c := &cobra.Command{
		Use:   "parse --scheme S [--form banner|portion] MARK… | -",
		Short: "Judge marks: one JSON object for each",
		Long: `parse judges marks strictly and never trims or corrects them. It takes them as arguments, or one a line on
standard input with -, prints one JSON object for each, and exits 0 when all were judged, valid or not.
A portion stands in its parentheses.`,
		Example: "  bulletin marking parse --scheme usa --form portion '(U//REL TO USA, GBR//LES)'\n  bulletin marking parse --scheme tlp - < labels.txt",
		Args:    someMarks,
		RunE: func(c *cobra.Command, args []string) error {
			s, err := marking.ByName(scheme)
			if err != nil {
				return hint(err, "give one of %s with --scheme", schemeNames())
			}
			f, err := formOf(s, form)
			if err != nil {
				return &usageError{c.CommandPath(), err}
			}
			return judgeEach(c, args, func(in string) any { return judge(f, in) })
		},
	}
	c.Flags().StringVar(&scheme, "scheme", "", "the marking scheme: "+schemeNames())
	c.Flags().StringVar(&form, "form", "banner", "where the mark stands: banner or portion")
	return c
}

// formOf returns the form of that name.
func formOf(s marking.Scheme, name string) (marking.Form, error) {
	var names []string
	for _, f := range s.Forms() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return marking.Form{}, fmt.Errorf("--form %q: scheme %s has the forms %s", name, s.Name(), strings.Join(names, ", "))
}

func judge(f marking.Form, in string) parsedMark {
	m, err := f.Parse(in)
	if err != nil {
		return parsedMark{Input: in, Error: err.Error()}
	}
	p := parsedMark{Input: in, Valid: true, Canonical: f.Print(m)}
	if nations, says := m.Audience().Countries(); says {
		p.ReleasableTo = append([]string{}, nations...)
	}
	return p
}

func markingRollUpCommand() *cobra.Command {
	var scheme string
	c := &cobra.Command{
		Use:   "rollup --scheme S 'MARK + MARK…'… | -",
		Short: "Roll portions up to the banner of their document: one JSON object for each",
		Long: `rollup takes the marks of a document's portions joined by " + ", portions in their parentheses (labels for
tlp), as arguments or one document a line on standard input with -, and prints the banner of each.`,
		Example: "  bulletin marking rollup --scheme usa '(U) + (U//REL TO USA, GBR) + (U//LES)'",
		Args:    someMarks,
		RunE: func(c *cobra.Command, args []string) error {
			s, err := marking.ByName(scheme)
			if err != nil {
				return hint(err, "give one of %s with --scheme", schemeNames())
			}
			return judgeEach(c, args, func(in string) any {
				banner, err := rollUp(s, in)
				if err != nil {
					return rolledUp{Input: in, Error: err.Error()}
				}
				return rolledUp{Input: in, Banner: banner}
			})
		},
	}
	c.Flags().StringVar(&scheme, "scheme", "", "the marking scheme: "+schemeNames())
	return c
}

func rollUp(s marking.Scheme, in string) (string, error) {
	form := "portion"
	if s.Name() == "tlp" { // TLP knows labels, not portions
		form = "banner"
	}
	f, err := formOf(s, form)
	if err != nil {
		return "", err
	}
	var portions []marking.Mark
	for mark := range strings.SplitSeq(in, " + ") {
		m, err := f.Parse(mark)
		if err != nil {
			return "", fmt.Errorf("%q: %w", mark, err)
		}
		portions = append(portions, m)
	}
	banner, err := s.RollUp(portions)
	if err != nil {
		return "", err
	}
	return banner.Banner(), nil
}

func schemeNames() string {
	var names []string
	for _, s := range marking.Schemes() {
		names = append(names, s.Name())
	}
	return strings.Join(names, ", ")
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

// judgeEach prints judge's answer to every input, one JSON object a line.
func judgeEach(c *cobra.Command, args []string, judge func(string) any) error {
	out := bufio.NewWriter(c.OutOrStdout())
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	err := eachInput(args, c.InOrStdin(), func(in string) error { return enc.Encode(judge(in)) })
	return errors.Join(err, out.Flush())
}

// eachInput gives the arguments, or the lines of in where - is the argument; nothing is trimmed but the line's end.
func eachInput(args []string, in io.Reader, each func(string) error) error {
	if len(args) != 1 || args[0] != "-" {
		for _, a := range args {
			if err := each(a); err != nil {
				return err
			}
		}
		return nil
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxMark)
	lines.Split(splitLines)
	for lines.Scan() {
		if err := each(lines.Text()); err != nil {
			return err
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read standard input: %w (a line has at most %d KiB)", err, maxMark>>10)
	}
	return nil
}

// splitLines ends a line at LF alone: a CR before it belongs to the mark, and makes it invalid.
func splitLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	for i, b := range data {
		if b == '\n' {
			return i + 1, data[:i], nil
		}
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}
