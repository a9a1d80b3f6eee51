package main

import (
	"strings"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
	"bulletin/templates"
)

// stillSkeleton finds the line of a draft that has the title of a skeleton: nobody has filled it in.
func stillSkeleton(src draft.Source) (line int, found bool) {
	titles := map[string]bool{}
	for _, k := range pipeline.Kinds() {
		skeleton, err := templates.Skeleton(k)
		if err != nil {
			continue
		}
		for text := range strings.Lines(string(skeleton)) {
			titles[text] = strings.HasPrefix(text, "title:")
		}
	}
	for text := range strings.Lines(string(src.Files[src.Name])) {
		if line++; titles[text] {
			return line, true
		}
	}
	return 0, false
}

func newCommand() *cobra.Command {
	var kind, scheme string
	c := &cobra.Command{
		Use:     "new --kind KIND [--scheme SCHEME]",
		Short:   "Print a skeleton draft",
		Example: "  bulletin new --kind flash > draft.md\n  bulletin new --kind notice --scheme aus > draft.md",
		RunE: func(c *cobra.Command, _ []string) error {
			k, err := pipeline.ParseKind(kind)
			if err != nil {
				return &usageError{c.CommandPath(), err}
			}
			if _, err := marking.ByName(scheme); err != nil {
				return &usageError{c.CommandPath(), err}
			}
			skeleton, err := templates.SkeletonIn(k, scheme)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(skeleton)
			return err
		},
	}
	c.Flags().StringVar(&kind, "kind", "bulletin", "bulletin, flash, overview, training, exchange or notice")
	c.Flags().StringVar(&scheme, "scheme", "tlp", "the scheme that it is marked in: tlp, usa, cui, gbr, aus, can or nzl")
	return c
}
