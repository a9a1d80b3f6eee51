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
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/pdf"
	"bulletin/pipeline/review"
)

func renderCommand() *cobra.Command {
	var nation, out, stixFile, textFile, csvFile, dir string
	var fonts []string
	c := &cobra.Command{
		Use:     "render FILE --nation N -o OUT.pdf",
		Short:   "Render one nation's edition of a draft, without a server",
		Example: "  bulletin render draft.md --nation NZL -o nzl.pdf --stix nzl.json",
		Args:    oneArg("FILE", "the draft to render"),
		RunE: func(c *cobra.Command, args []string) error {
			if nation == "" {
				return &usageError{c.CommandPath(), errors.New("--nation is missing: whose edition")}
			}
			n, err := pipeline.ParseNation(nation)
			if err != nil {
				return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
			}
			if out == "" {
				return &usageError{c.CommandPath(), errors.New("-o is missing: the PDF to write")}
			}
			policy, own, err := deskOf(dir)
			if err != nil {
				return err
			}
			return render(c.ErrOrStderr(), args[0], n, policy, append(own, fonts...), map[string]string{"pdf": out, "stix": stixFile, "text": textFile, "csv": csvFile})
		},
	}
	f := c.Flags()
	f.StringVar(&nation, "nation", "", "whose edition: AUS, CAN, GBR, NZL or USA")
	f.StringVarP(&out, "output", "o", "", "the PDF to write")
	f.StringVar(&stixFile, "stix", "", "write the STIX 2.1 bundle here")
	f.StringVar(&textFile, "text", "", "write the plain text here")
	f.StringVar(&dir, "dir", "", policyDirUsage)
	f.StringVar(&csvFile, "csv", "", "write the indicators as CSV here")
	f.StringArrayVar(&fonts, "font", nil, fontUsage)
	return c
}

// render writes the files of one edition, each whole or not at all. What the draft does not say for the statements of its
// banner is a warning here: it is marked, and can be read.
func render(warnings io.Writer, file string, n pipeline.Nation, policy review.Policy, fonts []string, outputs map[string]string) error {
	r, err := newRenderer(fonts)
	if err != nil {
		return err
	}
	src, err := draft.Load(file)
	if err != nil {
		return err
	}
	if err := checkOutputs(file, src, outputs); err != nil {
		return err
	}
	e, err := editionOf(file, src, n, policy)
	if err != nil {
		return err
	}
	if len(e.Lacks) > 0 {
		fmt.Fprintf(warnings, "warning: marking %s needs authority: %s, and submit refuses a draft without\n", e.Banner, strings.Join(e.Lacks, ", "))
	}
	files, err := r.Render(e)
	if err != nil {
		if missing := new(pdf.MissingGlyphError); errors.As(err, &missing) {
			return hint(err, "%s; bulletin check %s shows the place", missing.Hint(), file)
		}
		return hint(err, "bulletin check %s shows it too", file)
	}
	data := map[string][]byte{"pdf": files.PDF, "stix": files.STIX, "text": files.Text, "csv": files.CSV}
	for _, kind := range outputKinds {
		if name := outputs[kind]; name != "" {
			if err := configs.WriteFile(name, data[kind], 0o600); err != nil {
				return err
			}
		}
	}
	return nil
}

// outputKinds are what render writes, in this order.
var outputKinds = []string{"pdf", "stix", "text", "csv"}

// checkOutputs refuses, before anything is written, outputs that would overwrite the draft, what lies beside
// it as its own, or one another, and those whose folder is not there.
func checkOutputs(file string, src draft.Source, outputs map[string]string) error {
	taken := map[string]string{}
	for name := range src.Files {
		taken[absolute(filepath.Join(filepath.Dir(file), name))] = "a file of the draft"
	}
	for _, kind := range outputKinds {
		name := outputs[kind]
		if name == "" {
			continue
		}
		if err := mayStand(name, kind); err != nil {
			return err
		}
		if configs.IsStream(name) { // which takes more than one
			continue
		}
		if what, ok := taken[absolute(name)]; ok {
			return hint(fmt.Errorf("%s is %s: nothing was written", name, what), "give the %s file a name of its own", kind)
		}
		taken[absolute(name)] = "the " + kind + " file already"
	}
	return nil
}

// mayStand refuses the name of an output that is a directory, or whose folder is not there.
func mayStand(name, kind string) error {
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return hint(fmt.Errorf("%s is a directory", name), "give the name of the %s file to write", kind)
	}
	if _, err := os.Stat(filepath.Dir(name)); err != nil {
		return hint(fmt.Errorf("the folder of %s is not there", name), "make it first, or look at the name")
	}
	return nil
}

// absolute is how two names of one file are told to be the same.
func absolute(name string) string {
	whole, err := filepath.Abs(name)
	if err != nil {
		return name
	}
	if resolved, err := filepath.EvalSymlinks(whole); err == nil {
		return resolved
	}
	return whole
}

// editionOf parses a draft and projects it to one nation, refusing only what does not parse or is not marked.
func editionOf(file string, src draft.Source, n pipeline.Nation, policy review.Policy) (edition.Edition, error) {
	doc, problems := draft.Parse(src, draft.Options{})
	if err := problems.Err(); err != nil {
		return edition.Edition{}, hint(err, "mend the draft: bulletin check %s shows the same", file)
	}
	editions, err := review.Editions(doc, policy)
	if err != nil {
		return edition.Edition{}, hint(err, "%s", review.Remedy(err))
	}
	for _, e := range editions {
		if e.Nation == n {
			return e, nil
		}
	}
	return edition.Edition{}, hint(fmt.Errorf("%s gets no edition of %s: no portion may go there", n, file),
		"bulletin check %s shows who gets what", file)
}
