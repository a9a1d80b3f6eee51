package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/workers/desk"
)

func statusCommand() *cobra.Command {
	var at deskFlags
	var o statusOptions
	c := &cobra.Command{
		Use:   "status [ID] [--recipients] [--wait]",
		Short: "Where bulletins stand, per nation: planned, sent, in doubt, parked",
		Example: `  bulletin status --as moana
  bulletin status b2wq7xv4kzl3a --as moana --recipients
  bulletin status b2wq7xv4kzl3a --as moana --wait --timeout 10m`,
		Args: optionalArg("ID", "the id that submit printed"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				if o.wait || o.recipients {
					return &usageError{c.CommandPath(), errors.New("ID is missing: --wait and --recipients are about one bulletin")}
				}
				return at.withDesk(c.Context(), func(ctx context.Context, s *session) error { return listBulletins(ctx, s, c.OutOrStdout(), o) })
			}
			id, err := parseID(args[0])
			if err != nil {
				return err
			}
			if o.wait {
				return waitFor(c.Context(), &at, id, c.OutOrStdout(), o)
			}
			return o.look(c.Context(), &at, id, c.OutOrStdout())
		},
	}
	at.register(c)
	f := c.Flags()
	f.BoolVar(&o.recipients, "recipients", false, "each recipient of your own nation")
	f.BoolVar(&o.wait, "wait", false, "until it is delivered; exit 1 if it is turned down, withdrawn, or stands still")
	f.DurationVar(&o.timeout, "timeout", 0, "how long to wait at most, such as 10m (default: for as long as it takes)")
	f.BoolVar(&o.all, "all", false, "all bulletins, not the newest 50 alone")
	f.BoolVar(&o.json, "json", false, "print JSON")
	return c
}

type statusOptions struct {
	recipients, wait, all, json bool
	timeout                     time.Duration
}

func listBulletins(ctx context.Context, s *session, w io.Writer, o statusOptions) error {
	all, err := s.Bulletins(ctx, o.all)
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(w, all)
	}
	if len(all) == 0 {
		fmt.Fprintln(w, "there is no bulletin that you may know of")
	}
	for _, b := range all {
		printStatus(w, b)
	}
	return nil
}

// look asks for a bulletin and prints it. The ledger comes in pages: for each of them, not for all,
// there is a limit to the waiting.
func (o statusOptions) look(ctx context.Context, at *deskFlags, id pipeline.ID, w io.Writer) error {
	s, err := at.open()
	if err != nil {
		return err
	}
	defer s.close()
	soon, cancel := context.WithTimeout(ctx, deskTimeout)
	defer cancel()
	status, err := s.Status(soon, id)
	if err == nil && o.recipients {
		status, err = s.Ledger(ctx, id)
	}
	if err != nil {
		return err
	}
	if o.json {
		return printJSON(w, status)
	}
	printStatus(w, status)
	for _, n := range status.Nations {
		if o.recipients {
			printDeliveries(w, n)
		} else {
			printCauses(w, n.Why)
		}
	}
	for _, p := range status.Parked {
		fmt.Fprintf(w, "  stands still: %s on %s: %s\n", p.Worker, p.Subject, p.Reason)
	}
	return nil
}

// printCauses says why recipients are parked: for each reason how many, and who or some of them.
func printCauses(w io.Writer, why []desk.Cause) {
	for _, c := range why {
		fmt.Fprintf(w, "       parked  %s\n", causeText(c))
	}
}

func causeText(c desk.Cause) string { return edition.Safe(whoOf(c) + ": " + c.Reason) }

// whoOf names the recipients of a cause, or some and how many more.
func whoOf(c desk.Cause) string {
	who := strings.Join(c.First, ", ")
	if left := c.Recipients - len(c.First); left > 0 {
		who = fmt.Sprintf("%d, %s … and %d more", c.Recipients, who, left)
	}
	return who
}

// printStatus prints a bulletin's line, and one for each nation that has an edition.
func printStatus(w io.Writer, s desk.Status) {
	number, title := s.Number, s.Title
	if number == "" {
		number = "(no number)"
	}
	if title == "" {
		title = "(for other nations alone)"
	}
	fmt.Fprintf(w, "%-11s  %s  %s\n", number, s.ID, title)
	fmt.Fprintf(w, "  %s%s; from %s\n", stateOf(s), versionOf(s), s.Owner)
	for _, line := range missingOf(s) {
		fmt.Fprintln(w, "  "+line)
	}
	if !s.Embargo.IsZero() {
		printEmbargo(w, s.Embargo)
	}
	for _, n := range s.Nations {
		fmt.Fprintf(w, "  %s  %d planned, %d sent, %d in doubt, %d parked", n.Nation, n.Planned, n.Sent, n.InDoubt, n.Parked)
		for _, more := range []struct {
			n    int
			what string
		}{{underWay(n), "attempted so far"}, {n.Acknowledged, "acknowledged"}, {n.Excluded, "not meant to get it"}} {
			if more.n > 0 {
				fmt.Fprintf(w, "; %d %s", more.n, more.what)
			}
		}
		fmt.Fprintln(w)
	}
}

// underWay is how many recipients were attempted, until it is over.
func underWay(n desk.NationStatus) int {
	if n.Complete {
		return 0
	}
	return n.Attempted
}

// stateOf is the state in words that stand by themselves.
func stateOf(s desk.Status) string {
	switch {
	case s.State == "correcting":
		return "released; a correction is on its way: " + s.Review
	case s.State == "withdrawn" && s.Recall == "":
		return "withdrawn before it was released"
	case s.State == "withdrawn":
		return "withdrawn; the word of it: " + s.Recall
	}
	return s.State
}

// missingOf says what a review waits for.
func missingOf(s desk.Status) []string {
	var out []string
	for _, m := range s.Missing {
		out = append(out, fmt.Sprintf("portions for %s have %s", pipeline.JoinNations(m.Audience, " "), lacking(m)))
	}
	return out
}

func versionOf(s desk.Status) string {
	if s.Version == "" || s.State == "withdrawn" {
		return fmt.Sprintf(", revision %d", s.Revision)
	}
	return ", version " + s.Version
}

// printEmbargo shows when the release will be, on the clocks of the five capitals too.
func printEmbargo(w io.Writer, until time.Time) {
	fmt.Fprintf(w, "  held back until %s\n", until.UTC().Format("2 January 2006 15:04:05 UTC"))
	var local []string
	for _, l := range edition.LocalTimes(until) {
		local = append(local, l.Place+" "+l.Time.Format("2 Jan 15:04 -07:00"))
	}
	fmt.Fprintf(w, "    %s\n", strings.Join(local, ", "))
}

func printDeliveries(w io.Writer, n desk.NationStatus) {
	out := bufio.NewWriter(w) // a hundred thousand lines
	defer out.Flush()
	for _, o := range n.Deliveries {
		line := fmt.Sprintf("  %-8s  %s, %d attempt(s)", o.State, o.Address, o.Attempts)
		if o.InDoubt > 0 {
			line += fmt.Sprintf(", %d in doubt", o.InDoubt)
		}
		if !o.Acknowledged.IsZero() {
			line += ", acknowledged " + o.Acknowledged.UTC().Format("2 January 2006 15:04 UTC")
		}
		if why := strings.TrimSpace(o.Reason + o.Reply); why != "" {
			line += ": " + why
		}
		fmt.Fprintln(out, line)
	}
	for _, u := range n.NotMeant {
		fmt.Fprintf(out, "  not meant %s: %s\n", u.Address, u.Reason)
	}
}
