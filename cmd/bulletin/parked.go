package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/workers/desk"
)

func parkedCommand() *cobra.Command {
	var at deskFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "parked",
		Short:   "What stands still, and why: work, and recipients of your own nation",
		Example: "  bulletin parked --as moana",
		RunE: func(c *cobra.Command, _ []string) error {
			return at.withDesk(c.Context(), func(ctx context.Context, s *session) error {
				still, err := s.Parked(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), still)
				}
				printStill(c.OutOrStdout(), still)
				return nil
			})
		},
	}
	at.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printStill(w io.Writer, still []desk.Still) {
	if len(still) == 0 {
		fmt.Fprintln(w, "nothing stands still")
	}
	var last pipeline.ID
	for _, s := range still {
		if s.ID != last {
			fmt.Fprintf(w, "%s  %s  %s\n", s.ID, s.Number, s.Title)
			last = s.ID
		}
		if s.Recipient != "" {
			fmt.Fprintf(w, "  %s  %s: %s\n", s.Nation, s.Recipient, s.Reason)
			if s.More > 0 {
				fmt.Fprintf(w, "       … and %d more: %s\n", s.More, s.Reason)
			}
			continue
		}
		fmt.Fprintf(w, "  %s on %s: %s\n", s.Worker, s.Subject, s.Reason)
	}
}

func retryCommand() *cobra.Command {
	var at deskFlags
	var nation, recipient string
	var asJSON bool
	c := &cobra.Command{
		Use:   "retry ID [--nation N] [--recipient A]",
		Short: "Set going what stands still, once what kept it is mended",
		Example: `  bulletin retry b2wq7xv4kzl3a --as moana
  bulletin retry b2wq7xv4kzl3a --as moana --recipient duty@police.example.nz`,
		Args: oneArg("ID", "the bulletin's id, as bulletin parked shows it"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			if err := exclusive(c, "nation", "recipient"); err != nil {
				return err
			}
			r := desk.Retrying{ID: id, Recipient: recipient}
			if nation != "" {
				if r.Nation, err = pipeline.ParseNation(nation); err != nil {
					return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
				}
			}
			return at.withDesk(c.Context(), func(ctx context.Context, s *session) error {
				going, err := s.Retry(ctx, r)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), going)
				}
				for _, g := range going {
					fmt.Fprintf(c.OutOrStdout(), "set going: %s\n", goingOn(g))
				}
				return nil
			})
		},
	}
	at.register(c)
	f := c.Flags()
	f.StringVar(&nation, "nation", "", "only work on this nation's edition")
	f.StringVar(&recipient, "recipient", "", "a parked recipient of your own nation: a new mail is made for them")
	f.BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func goingOn(s desk.Still) string {
	if s.Recipient != "" {
		return "a mail to " + s.Recipient
	}
	return fmt.Sprintf("%s on %s", s.Worker, s.Subject)
}

func resendCommand() *cobra.Command {
	var at deskFlags
	var recipient string
	var asJSON bool
	c := &cobra.Command{
		Use:     "resend ID --recipient A",
		Short:   "Send a released bulletin to one recipient of your nation again; it is recorded who wanted that",
		Example: "  bulletin resend b2wq7xv4kzl3a --as moana --recipient duty@police.example.nz",
		Args:    oneArg("ID", "the bulletin's id"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			if recipient == "" {
				return &usageError{c.CommandPath(), fmt.Errorf("--recipient is missing: one address of your nation's list")}
			}
			return at.withDesk(c.Context(), func(ctx context.Context, s *session) error {
				resent, err := s.Resend(ctx, id, recipient)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(c.OutOrStdout(), resent)
				}
				fmt.Fprintf(c.OutOrStdout(), "recorded: %s is to be sent %s again, with the same Message-ID\n", recipient, id)
				fmt.Fprintf(c.ErrOrStderr(), "hint: bulletin status %s --recipients shows what becomes of it; bulletin parked, if they may not have it\n", id)
				return nil
			})
		},
	}
	at.register(c)
	c.Flags().StringVar(&recipient, "recipient", "", "one address of your nation's list")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
