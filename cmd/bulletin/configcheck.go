package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"bulletin/configs"
)

func configCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "config",
		Short:   "The files of a working directory",
		Example: "  bulletin config check --dir desk",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(configCheckCommand())
	return c
}

// configProblem is one thing wrong in a file; line and column are 0 where the file as a whole is meant.
type configProblem struct {
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
	Col     int    `json:"col,omitempty"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

func (p configProblem) String() string {
	if p.Line == 0 {
		return p.Message
	}
	return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Col, p.Message)
}

// configProblems is all that is wrong with a working directory.
type configProblems []configProblem

func (ps configProblems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
		if p.Hint != "" && len(ps) > 1 {
			lines[i] += "\n    hint: " + p.Hint
		}
	}
	return strings.Join(lines, "\n")
}

// checkConfig reads the files of a working directory that count, as serve does at its start and again on SIGHUP.
func checkConfig(dir string, scope configs.Scope) error {
	var ps configProblems
	for _, err := range configs.Check(dir, scope) {
		p := configProblem{Message: err.Error(), Hint: hintOf(err)}
		var located *configs.Error
		if errors.As(err, &located) {
			p = configProblem{located.File, located.Line, located.Col, located.Msg, located.Hint}
		}
		ps = append(ps, p)
	}
	switch len(ps) {
	case 0:
		return nil
	case 1:
		return hint(ps, "%s", ps[0].Hint)
	}
	return hint(fmt.Errorf("%d mistakes in the configuration\n%w", len(ps), ps), "mend each of them, and look again with: bulletin config check --dir %s", dir)
}

func checkFont(file string) error {
	_, err := newRenderer([]string{file})
	return err
}

func configCheckCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "check [--json]",
		Short:   "Check configuration, policy, people, lists and fonts, all at once",
		Example: "  bulletin config check --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			err := checkConfig(dir, whole().scope())
			if asJSON {
				return errors.Join(printConfigJSON(c.OutOrStdout(), err), err)
			}
			if err == nil {
				fmt.Fprintf(c.OutOrStdout(), "everything in %s/configs holds\n", strings.TrimRight(dir, "/"))
			}
			return err
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory that init made")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func printConfigJSON(w io.Writer, err error) error {
	return printJSON(w, struct {
		Valid    bool           `json:"valid"`
		Problems configProblems `json:"problems"`
	}{err == nil, append(configProblems{}, problemsOf(err)...)})
}

// problemsOf takes the error of checkConfig apart.
func problemsOf(err error) (ps configProblems) {
	errors.As(err, &ps)
	return ps
}
