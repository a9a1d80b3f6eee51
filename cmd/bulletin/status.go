package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/queue"
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

// askEvery is how often a waiting person's program asks, and patience how often the desk may be away in a row: it is
// started anew, for instance.
const (
	askEvery = time.Second
	patience = 60
)

// waitFor shows how a bulletin comes along until it is at its end.
func waitFor(ctx context.Context, at *deskFlags, id pipeline.ID, w io.Writer, o statusOptions) error {
	if o.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.timeout)
		defer cancel()
	}
	watch := watcher{progress: newProgress(w), quiet: o.json}
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for seen, away := false, 0; ; {
		status, err := lookOnce(ctx, at, id)
		switch {
		case err == nil:
			seen, away = true, 0
			if ended, err := watch.see(status); ended {
				return errors.Join(o.look(ctx, at, id, w), err)
			}
		case !seen || away == patience || errors.As(err, new(*queue.Refused)): // wrong from the start, gone for long, or refused
			return err
		default:
			away++
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			watch.progress.clear()
			state, _, _ := strings.Cut(watch.state, "\n")
			return hint(fmt.Errorf("%s is %s: not waited for any longer", id, state), "ask again with: bulletin status %s", id)
		}
	}
}

func lookOnce(ctx context.Context, at *deskFlags, id pipeline.ID) (status desk.Status, err error) {
	err = at.withDesk(ctx, func(ctx context.Context, s *session) error {
		status, err = s.Status(ctx, id)
		return err
	})
	return status, err
}

// watcher says what has changed since it last looked.
type watcher struct {
	progress *progress
	quiet    bool
	state    string
	recall   bool // it was withdrawn when the waiting began: the word of it is what is waited for
}

// see takes in a look at the bulletin. ended reports that nothing more will come by itself; err says why that is no
// good end.
func (w *watcher) see(s desk.Status) (ended bool, err error) {
	if w.state == "" {
		w.recall = s.State == "withdrawn"
	}
	if state := strings.Join(append([]string{stateOf(s)}, missingOf(s)...), "\n  "); state != w.state {
		w.state = state
		if !w.quiet {
			w.progress.say("%s: %s", s.ID, state)
		}
	}
	if !w.quiet {
		w.progress.deliveries([]desk.Status{s})
	}
	ended, err = w.end(s)
	if ended {
		w.progress.clear()
	}
	return ended, err
}

func (w *watcher) end(s desk.Status) (bool, error) {
	turnedDown := []string{"returned", "rejected"}
	s.Parked = slices.DeleteFunc(slices.Clone(s.Parked), func(p pipeline.ParkedBody) bool { return desk.IsResend(p.Subject) })
	switch {
	case s.State == "withdrawn" && s.Recall == "delivering" && len(s.Parked) == 0:
		return false, nil
	case s.State == "withdrawn" && w.recall && len(s.Parked) == 0, s.State == "delivered" && len(s.Parked) == 0:
		return true, nil
	case s.State == "withdrawn" && len(s.Parked) == 0:
		return true, fmt.Errorf("%s is withdrawn", s.ID)
	case slices.Contains(turnedDown, s.State), slices.Contains(turnedDown, s.Review):
		return true, hint(fmt.Errorf("%s is %s", s.ID, stateOf(s)), "the comments say why: bulletin show %s", s.ID)
	case len(s.Parked) > 0:
		return true, hint(fmt.Errorf("%s stands still: %s", s.ID, s.Parked[0].Reason), "when that is mended: bulletin retry %s", s.ID)
	}
	return false, nil
}
