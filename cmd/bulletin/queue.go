package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/workers/desk"
)

func queueCommand() *cobra.Command {
	var at deskFlags
	var asJSON bool
	c := &cobra.Command{
		Use:     "queue",
		Short:   "List what waits for review, by precedence and age",
		Long:    "List what waits for review, by precedence and age, as far as your nation has it.\nAn asterisk says that your approval counts for something that is missing.",
		Example: "  bulletin queue --dir desk --as tom\n  bulletin queue --dir desk --as tom --json",
		RunE: func(c *cobra.Command, _ []string) error {
			var waiting []desk.Waiting
			err := at.withDesk(c.Context(), func(ctx context.Context, s *session) (err error) {
				waiting, err = s.Queue(ctx)
				return err
			})
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), waiting)
			}
			return printQueue(c.OutOrStdout(), waiting)
		},
	}
	at.register(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func printQueue(w io.Writer, waiting []desk.Waiting) error {
	return paged(w, func(s screen) {
		if len(waiting) == 0 {
			s.line("nothing waits for review")
			return
		}
		if !s.terminal {
			plainQueue(s, waiting)
			return
		}
		s.line("%s", s.paint(faint, cut("PRECEDENCE  AGE  ID             KIND      APPROVALS  TITLE", s.width)))
		for _, w := range waiting {
			s.waiting(w)
		}
		if slices.ContainsFunc(waiting, func(w desk.Waiting) bool { return w.Awaits }) {
			s.line("%s", s.paint(faint, "* your approval counts for something that is missing"))
		}
	})
}

// waiting prints an item on two lines: what it is, and below it how it is marked and who is reading.
func (s screen) waiting(w desk.Waiting) {
	as := unstyled
	if w.Precedence == pipeline.Flash || w.Precedence == pipeline.Immediate {
		as = urgent
	}
	const indent = 53 // the columns before the title
	s.line("%s  %s  %s  %-8s  %-9s  %s", s.paint(as, fmt.Sprintf("%-10s", strings.ToUpper(string(w.Precedence)))),
		fmt.Sprintf("%3s", ageOf(w)), s.paint(strong, string(w.Ref.ID)), w.Kind, approvals(w), cut(edition.Safe(w.Title), s.width-indent))
	below := w.Banner
	if len(w.Claims) > 0 {
		below += " · read by " + claimsText(w.Claims)
	}
	s.fill(strings.Repeat(" ", 17), below, faint)
}

// plainQueue prints a line for each item, in columns, nothing cut.
func plainQueue(s screen, waiting []desk.Waiting) {
	rows := [][]string{{"PRECEDENCE", "AGE", "ID", "KIND", "APPROVALS", "BANNER", "READ BY", "TITLE"}}
	for _, w := range waiting {
		claimed := claimsText(w.Claims)
		if claimed == "" {
			claimed = "-"
		}
		rows = append(rows, []string{strings.ToUpper(string(w.Precedence)), ageOf(w), string(w.Ref.ID), string(w.Kind), approvals(w), w.Banner, claimed, edition.Safe(w.Title)})
	}
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], edition.Columns(cell))
		}
	}
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			line.WriteString(cell)
			if i < len(r)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-edition.Columns(cell)+2))
			}
		}
		s.line("%s", line.String())
	}
}

func ageOf(w desk.Waiting) string { return age(time.Duration(w.Age) * time.Second) }

// approvals says how far the portion is that lacks most: "1/2", with an asterisk where the reader's own
// approval counts.
func approvals(w desk.Waiting) string {
	text, most := "all", 0
	for _, m := range w.Missing {
		if lack := max(m.Need-m.Have, m.Nations-m.From); lack > most {
			most, text = lack, fmt.Sprintf("%d/%d", m.Have, m.Need)
		}
	}
	if w.Awaits {
		text += " *"
	}
	return text
}
