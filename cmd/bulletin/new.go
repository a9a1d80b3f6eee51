package main

import (
	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/templates"
)

func newCommand() *cobra.Command {
	var kind string
	c := &cobra.Command{
		Use:     "new --kind KIND",
		Short:   "Print a skeleton draft",
		Example: "  bulletin new --kind flash > draft.md",
		RunE: func(c *cobra.Command, _ []string) error {
			k, err := pipeline.ParseKind(kind)
			if err != nil {
				return &usageError{c.CommandPath(), err}
			}
			skeleton, err := templates.Skeleton(k)
			if err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(skeleton)
			return err
		},
	}
	c.Flags().StringVar(&kind, "kind", "bulletin", "bulletin, flash, overview, training, exchange or notice")
	return c
}
