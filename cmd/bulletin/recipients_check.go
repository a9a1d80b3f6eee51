package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/seal"
	"bulletin/workers"
)

// checkedRecipient is a line of recipients check.
type checkedRecipient struct {
	Nation    pipeline.Nation `json:"nation"`
	Recipient string          `json:"recipient"`
	State     string          `json:"state"` // fit, warning or unfit
	Reasons   []string        `json:"reasons"`
	Ends      *time.Time      `json:"ends,omitempty"`   // when they will stop getting anything
	Within    string          `json:"within,omitempty"` // 1 day, 7 days, 14 days or 30 days, if it is as soon as that
}

func recipientsCheckCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:   "check [--json]",
		Short: "Name every address that would not get the next bulletin, and who soon will not, and why",
		Long: `check names every address that would not get the next bulletin, and why; then those whose key ends within a day, 7, 14 and
30 days, nearest first; then those whose key can be sealed to but wants a look.`,
		Example: "  bulletin recipients check --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := configs.IsWorkingDir(dir); err != nil {
				return err
			}
			checked, err := checkRecipients(configs.NewLists(dir), pipeline.Nations(), time.Now())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), checked)
			}
			printRecipients(c.OutOrStdout(), checked)
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory that init made")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

// checkRecipients examines the lists of some nations.
func checkRecipients(lists *configs.Lists, nations []pipeline.Nation, now time.Time) ([]checkedRecipient, error) {
	out := []checkedRecipient{}
	var errs []error
	for _, n := range nations {
		list, err := lists.Recipients(n)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = slices.Grow(out, len(list.All()))
		for _, r := range list.All() {
			f := lists.Fitness(r, now)
			c := checkedRecipient{Nation: n, Recipient: r.Address, State: f.State, Reasons: f.Reasons, Within: workers.Term(f.Expires, now)}
			if c.Reasons == nil {
				c.Reasons = []string{}
			}
			if !f.Expires.IsZero() {
				c.Ends = &f.Expires
			}
			out = append(out, c)
		}
	}
	return out, errors.Join(errs...)
}

// printRecipients prints who will get nothing, who will soon get nothing, and who wants a look.
func printRecipients(w io.Writer, rows []checkedRecipient) {
	count := map[string]int{}
	group := func(title string, in func(checkedRecipient) bool) {
		for _, r := range rows {
			if r.State == seal.Fit || !in(r) {
				continue
			}
			if title != "" {
				fmt.Fprintln(w, title)
				title = ""
			}
			fmt.Fprintf(w, "%s  %-7s  %s: %s\n", r.Nation, r.State, r.Recipient, strings.Join(r.Reasons, "; "))
		}
	}
	for _, r := range rows {
		count[r.State]++
	}
	group("get nothing:", func(r checkedRecipient) bool { return r.State == seal.Unfit })
	for _, term := range workers.Terms() {
		group("get nothing any more within "+term+":", func(r checkedRecipient) bool { return r.Within == term })
	}
	group("want a look:", func(r checkedRecipient) bool { return r.State == seal.Warning && r.Within == "" })
	fmt.Fprintf(w, "%d of %d recipients have a fit key without warnings\n", count[seal.Fit], len(rows))
}
