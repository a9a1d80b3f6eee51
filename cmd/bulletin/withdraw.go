package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/workers/desk"
)

func withdrawCommand() *cobra.Command {
	var at deskFlags
	var sign signFlags
	var reason string
	var confirm, asJSON bool
	c := &cobra.Command{
		Use:   "withdraw ID -m REASON | withdraw ID [--confirm]",
		Short: "Withdraw a bulletin: two people demand it, and everyone who got it is told to delete it",
		Long: `Withdraw a bulletin. One person demands it with -m and the reason; a second one looks at the demand with
withdraw ID, and confirms it with --confirm. One of the two must be of the nation that wrote it, and where it went
to several nations they must be of two. The reason goes to everyone who got the bulletin, in every nation: write
nothing into it that one of them may not know. What is not released yet is not released any more.`,
		Example: `  bulletin withdraw b2wq7xv4kzl3a -m "The list of domains holds a court's own" --as moana
  bulletin withdraw b2wq7xv4kzl3a --as tom
  bulletin withdraw b2wq7xv4kzl3a --confirm --as tom`,
		Args: oneArg("ID", "the bulletin's id"),
		RunE: func(c *cobra.Command, args []string) error {
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			if err := exclusive(c, "message", "confirm"); err != nil {
				return err
			}
			if c.Flags().Changed("message") && strings.TrimSpace(reason) == "" {
				return &usageError{c.CommandPath(), errors.New("-m needs a reason")}
			}
			return at.withDesk(c.Context(), func(ctx context.Context, s *session) error {
				w := withdrawal{session: s, id: id, reason: reason, out: c.OutOrStdout(), errs: c.ErrOrStderr(), json: asJSON}
				if reason == "" && !confirm {
					return w.show(ctx)
				}
				if s.Sign, err = sign.signer(s); err != nil {
					return err
				}
				return w.demand(ctx, confirm)
			})
		},
	}
	at.register(c)
	sign.register(c)
	f := c.Flags()
	f.StringVarP(&reason, "message", "m", "", "why; it goes to everyone who got the bulletin")
	f.BoolVar(&confirm, "confirm", false, "confirm the demand of somebody else")
	f.BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// withdrawal is one person's part in withdrawing a bulletin.
type withdrawal struct {
	*session
	id        pipeline.ID
	reason    string
	out, errs io.Writer
	json      bool
}

// show prints the demands that are open, and how to confirm one.
func (w withdrawal) show(ctx context.Context) error {
	demands, err := w.Demands(ctx, w.id)
	if err != nil {
		return err
	}
	if w.json {
		return printJSON(w.out, demands)
	}
	if len(demands.Open) == 0 {
		return hint(fmt.Errorf("nobody demands that %s be withdrawn", w.id), "demand it with -m REASON")
	}
	for _, d := range demands.Open {
		fmt.Fprintf(w.out, "%s demanded on %s that %s be withdrawn:\n\n  %s\n\n", strings.Join(d.By, " and "),
			d.At.UTC().Format("2 January 2006 15:04 UTC"), w.id, strings.ReplaceAll(d.Reason, "\n", "\n  "))
	}
	fmt.Fprintf(w.errs, "hint: to confirm the newest: bulletin withdraw %s --confirm\n", w.id)
	return nil
}

// demand signs a new demand, or the newest that somebody else has made.
func (w withdrawal) demand(ctx context.Context, confirm bool) error {
	demands, err := w.Demands(ctx, w.id)
	if err != nil {
		return err
	}
	ref, of, reason := demands.Next, demands.Of, w.reason
	if confirm {
		other, ok := othersDemand(demands.Open, w.person)
		if !ok {
			return hint(fmt.Errorf("nobody else demands that %s be withdrawn", w.id), "demand it with -m REASON; a second person then confirms it")
		}
		ref, of, reason = other.Ref, other.Of, other.Reason
	}
	if demands.Released {
		fmt.Fprintln(w.errs, "this reason goes to everyone who got the bulletin:")
		fmt.Fprintf(w.errs, "  %s\n", strings.ReplaceAll(reason, "\n", "\n  "))
	}
	answer, err := w.Withdraw(ctx, ref, of, reason)
	if err != nil {
		return err
	}
	if w.json {
		return printJSON(w.out, answer)
	}
	if answer.Missing != "" {
		fmt.Fprintf(w.out, "demanded: %s\n", answer.Missing)
		fmt.Fprintf(w.errs, "hint: they confirm it with: bulletin withdraw %s --confirm\n", w.id)
		return nil
	}
	fmt.Fprintf(w.out, "%s is withdrawn\n", w.id)
	if demands.Released {
		fmt.Fprintf(w.errs, "hint: bulletin status %s --wait shows when everyone who got it has been told\n", w.id)
	}
	return nil
}

// othersDemand is the newest demand that this person has no part in.
func othersDemand(open []desk.Demand, person string) (desk.Demand, bool) {
	for _, d := range slices.Backward(open) {
		if !slices.ContainsFunc(d.By, func(by string) bool { return strings.HasPrefix(by, person+" ") }) {
			return d, true
		}
	}
	return desk.Demand{}, false
}
