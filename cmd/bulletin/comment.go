package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/workers/desk"
)

func commentCommand() *cobra.Command {
	var portion, revision int
	var message string
	c := &cobra.Command{
		Use:   "comment ID [--portion P] -m TEXT",
		Short: "Say something of a bulletin or of one of its portions",
		Long: "Say something of a bulletin, or of the portion with the number that show prints before it.\n" +
			"The author's nation reads it, and your own.",
		Example: "  bulletin comment bk3vq7m2xw5ta --portion 4 -m 'Which versions?' --dir desk --as tom",
	}
	c.PreRunE = func(c *cobra.Command, _ []string) error {
		if c.Flags().Changed("portion") && portion < 1 {
			return &usageError{c.CommandPath(), errors.New("--portion takes the number that show prints before the portion, from 1")}
		}
		return wantMessage(c, message)
	}
	about(c, func(ctx context.Context, c *cobra.Command, s *session, id pipeline.ID) error {
		shown, err := s.Show(ctx, id)
		if err != nil {
			return err
		}
		if err := s.decidesOn(shown, revision); err != nil {
			return err
		}
		if err := s.Comment(ctx, desk.Remark{Ref: shown.Ref, Portion: portion, Text: message}); err != nil {
			return err
		}
		on := "commented"
		if portion > 0 {
			on += fmt.Sprintf(" portion %d of", portion)
		}
		fmt.Fprintf(c.OutOrStdout(), "%s revision %d of %s\n", on, shown.Ref.Revision, id)
		return nil
	})
	c.Flags().IntVar(&portion, "portion", 0, "the number of the portion, as show prints it; without it the whole")
	c.Flags().IntVar(&revision, "revision", 0, "the revision that you have read, if not with show")
	c.Flags().StringVarP(&message, "message", "m", "", "what you say")
	return c
}

// wantMessage makes a missing -m a wrong command line.
func wantMessage(c *cobra.Command, message string) error {
	if message == "" {
		return &usageError{c.CommandPath(), errors.New("-m is missing: what you say")}
	}
	return nil
}
