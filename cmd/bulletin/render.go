package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
)

func renderCommand() *cobra.Command {
	var nation, out, stixFile, textFile, csvFile string
	var fonts []string
	c := &cobra.Command{
		Use:     "render FILE --nation N -o OUT.pdf",
		Short:   "Render one nation's edition of a draft, without a server",
		Example: "  bulletin render draft.md --nation NZL -o nzl.pdf --stix nzl.json",
		Args:    oneArg("FILE", "the draft to render"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := pipeline.ParseNation(nation)
			if err != nil {
				return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
			}
			if out == "" {
				return &usageError{c.CommandPath(), errors.New("-o is missing: the PDF to write")}
			}
			return render(args[0], n, fonts, map[string]string{"pdf": out, "stix": stixFile, "text": textFile, "csv": csvFile})
		},
	}
	f := c.Flags()
	f.StringVar(&nation, "nation", "", "whose edition: AUS, CAN, GBR, NZL or USA")
	f.StringVarP(&out, "output", "o", "", "the PDF to write")
	f.StringVar(&stixFile, "stix", "", "write the STIX 2.1 bundle here")
	f.StringVar(&textFile, "text", "", "write the plain text here")
	f.StringVar(&csvFile, "csv", "", "write the indicators as CSV here")
	f.StringArrayVar(&fonts, "font", nil, "a further TrueType file for characters that the built-in fonts lack")
	return c
}

// render writes the files of one edition: all of them or none.
func render(file string, n pipeline.Nation, fonts []string, outputs map[string]string) error {
	r, err := newRenderer(fonts)
	if err != nil {
		return err
	}
	e, err := editionOf(file, n)
	if err != nil {
		return err
	}
	files, err := r.Render(e)
	if err != nil {
		return hint(err, "bulletin check %s shows it too; --font FILE.ttf adds a font", file)
	}
	data := map[string][]byte{"pdf": files.PDF, "stix": files.STIX, "text": files.Text, "csv": files.CSV}
	for kind, name := range outputs {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			return hint(fmt.Errorf("%s is a directory", name), "give the name of the %s file to write", kind)
		}
	}
	for kind, name := range outputs {
		if name == "" {
			continue
		}
		if err := configs.WriteFile(name, data[kind], 0o600); err != nil {
			return err
		}
	}
	return nil
}

// editionOf parses a draft and projects it to one nation, refusing only what does not parse or is not marked.
func editionOf(file string, n pipeline.Nation) (edition.Edition, error) {
	src, err := draft.Load(file)
	if err != nil {
		return edition.Edition{}, err
	}
	doc, problems := draft.Parse(src, draft.Options{})
	if err := problems.Err(); err != nil {
		return edition.Edition{}, hint(err, "mend the draft: bulletin check %s shows the same", file)
	}
	editions, err := review.Editions(doc, configs.DefaultPolicy())
	if err != nil {
		return edition.Edition{}, err
	}
	for _, e := range editions {
		if e.Nation == n {
			return e, nil
		}
	}
	return edition.Edition{}, hint(fmt.Errorf("%s gets no edition of %s: no portion may go there", n, file),
		"bulletin check %s shows who gets what", file)
}
