package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/advisory"
	"bulletin/pipeline/draft"
)

// importOrder is what the command line of import says.
type importOrder struct {
	file, out, indicators string
	format, report, kind  string
	force, asJSON         bool
}

func importCommand() *cobra.Command {
	var o importOrder
	c := &cobra.Command{
		Use:   "import FILE",
		Short: "Make a draft from what others published: STIX, Markdown, HTML or plain text",
		Long: `import reads a STIX 2.1 bundle with a report, or an advisory in Markdown, HTML or plain text (FILE may be - for
standard input), and prints a draft of it. It proposes a title, the kind, techniques and references, keeps the text, and
writes the indicators of a bundle to a file beside the draft. A TLP label is proposed where the source states exactly
one; labels of TLP 1.0 are translated. The scheme, releasable_to and whatever else the source does not say are left
empty: check refuses the draft until you have filled them in. Nothing is fetched.`,
		Example: "  bulletin import report.json -o draft.md\n  bulletin import advisory.html -o draft.md\n  bulletin import - < mail.txt > draft.md",
		Args:    oneArg("FILE", "the file to read, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			return o.run(c)
		},
	}
	f := c.Flags()
	f.StringVarP(&o.out, "output", "o", "", "write the draft here instead of printing it")
	f.StringVar(&o.indicators, "indicators", "", "write the indicators here (beside the draft; by default named after it)")
	f.StringVar(&o.format, "format", "", "what FILE is written in, if not what it looks like: stix, html, markdown or text")
	f.StringVar(&o.report, "report", "", "the id of the report to take, where a bundle holds several")
	f.StringVar(&o.kind, "kind", "", "bulletin, flash, overview, training, exchange or notice")
	f.BoolVar(&o.force, "force", false, "write over files that are there")
	f.BoolVar(&o.asJSON, "json", false, "print one JSON object: the draft, and what is left to fill in")
	return c
}

func (o importOrder) run(c *cobra.Command) error {
	opt := advisory.Options{Format: advisory.Format(o.format), Report: o.report, Indicators: filepath.Base(o.table())}
	if o.kind != "" {
		k, err := pipeline.ParseKind(o.kind)
		if err != nil {
			return &usageError{c.CommandPath(), err}
		}
		opt.Kind = k
	}
	if o.out != "" && !configs.IsStream(o.out) && o.indicators != "" && absolute(filepath.Dir(o.out)) != absolute(filepath.Dir(o.indicators)) {
		return &usageError{c.CommandPath(), errors.New("--indicators must lie in the folder of the draft")}
	}
	content, err := readSource(o.file, c.InOrStdin())
	if err != nil {
		return err
	}
	d, err := advisory.Import(content, opt)
	var refused *advisory.Error
	if errors.As(err, &refused) {
		return hint(fmt.Errorf("%s: %w", o.file, err), "%s", refused.Hint)
	} else if err != nil {
		return err
	}
	if err := o.write(c.OutOrStdout(), d); err != nil {
		return err
	}
	o.tell(c.ErrOrStderr(), d)
	return nil
}

// table is the file for indicators: named after the draft, unless the author says otherwise; nothing can lie beside a stream.
func (o importOrder) table() string {
	if o.indicators != "" || o.out == "" || configs.IsStream(o.out) {
		return o.indicators
	}
	return strings.TrimSuffix(o.out, filepath.Ext(o.out)) + ".csv"
}

// readSource reads a file or standard input, no more of it than import takes.
func readSource(name string, stdin io.Reader) ([]byte, error) {
	in := stdin
	if name != "-" {
		info, err := os.Stat(name) // before it is opened: to open a named pipe would wait for its writer
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, hint(fmt.Errorf("%s is not a regular file", name), "name a file, or - for standard input")
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	return io.ReadAll(io.LimitReader(in, draft.MaxDraft+1))
}

// write writes the indicators and the draft, or prints the draft; nothing over a file that is there, without --force.
func (o importOrder) write(stdout io.Writer, d advisory.Draft) error {
	files := map[string][]byte{}
	if d.Rows > 0 {
		if o.table() == "" {
			return hint(fmt.Errorf("%s holds %d indicators, which have no place there", o.file, d.Rows),
				"give -o DRAFT.md, and they are written beside it, or --indicators FILE.csv")
		}
		files[o.table()] = d.Indicators
	}
	if o.out != "" {
		files[o.out] = d.Text
	}
	if len(files) > 1 && absolute(o.out) == absolute(o.table()) {
		return hint(fmt.Errorf("%s would be the draft and its indicators", o.out), "give --indicators a name of its own")
	}
	for _, name := range []string{o.table(), o.out} {
		if _, wanted := files[name]; !wanted {
			continue
		}
		if err := mayStand(name, "draft's"); err != nil {
			return err
		}
		if _, err := os.Lstat(name); err == nil && !o.force && !configs.IsStream(name) {
			return hint(fmt.Errorf("%s is there already: nothing was written", name), "give another name, or --force")
		}
	}
	for _, name := range []string{o.table(), o.out} {
		if data, wanted := files[name]; wanted {
			if err := configs.WriteFile(name, data, 0o600); err != nil {
				return err
			}
		}
	}
	switch {
	case o.asJSON:
		return printJSON(stdout, o.answer(d))
	case o.out == "":
		_, err := stdout.Write(d.Text)
		return err
	}
	return nil
}

// imported is what import says to programs.
type imported struct {
	Format     advisory.Format `json:"format"`
	Draft      string          `json:"draft"`
	Indicators int             `json:"indicators"`
	File       string          `json:"indicators_file,omitempty"`
	Left       []advisory.Left `json:"left"`
	Notes      []string        `json:"notes"`
}

func (o importOrder) answer(d advisory.Draft) imported {
	out := imported{Format: d.Format, Draft: string(d.Text), Indicators: d.Rows, Left: d.Left, Notes: d.Notes}
	if d.Rows > 0 {
		out.File = o.table()
	}
	if out.Notes == nil {
		out.Notes = []string{}
	}
	return out
}

// tell says on stderr what was made and what is left to do.
func (o importOrder) tell(w io.Writer, d advisory.Draft) {
	for _, n := range d.Notes {
		fmt.Fprintf(w, "note: %s\n", n)
	}
	if d.Rows > 0 {
		fmt.Fprintf(w, "%d indicator(s) in %s\n", d.Rows, o.table())
	}
	fmt.Fprintf(w, "left to you:\n")
	for _, l := range d.Left {
		fmt.Fprintf(w, "  %-14s %s\n", l.Key, l.Why)
	}
	name := o.out
	if name == "" {
		name = "the draft"
	}
	fmt.Fprintf(w, "fill them in at the head of %s, look at the text, then: bulletin check %s\n", name, strings.ReplaceAll(name, "the draft", "DRAFT.md"))
}
