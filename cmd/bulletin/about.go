package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
	"bulletin/workers/desk"
)

// about makes a verb that speaks to the desk about one bulletin, whose id is its argument.
func about(c *cobra.Command, do func(ctx context.Context, c *cobra.Command, s *session, id pipeline.ID) error) *cobra.Command {
	var at deskFlags
	at.register(c)
	c.Args = oneArg("ID", "the bulletin's id, as submit printed it; bulletin queue lists what waits")
	c.ValidArgsFunction = completeIDs(&at)
	c.RunE = func(c *cobra.Command, args []string) error {
		id, err := parseID(args[0])
		if err != nil {
			return err
		}
		return at.withDesk(c.Context(), func(ctx context.Context, s *session) error { return do(ctx, c, s, id) })
	}
	return c
}

// parseID reads a bulletin's id from the command line. People also know its number, which is not one.
func parseID(arg string) (pipeline.ID, error) {
	id, err := pipeline.ParseID(arg)
	if err != nil {
		return "", &usageError{"bulletin", fmt.Errorf("%w: bulletin queue lists those that wait for review, bulletin status those of numbers", err)}
	}
	return id, nil
}

// age says how long ago something was, in the largest unit that fits.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

// ago is an age in a sentence.
func ago(d time.Duration) string {
	if d < time.Minute {
		return "just now"
	}
	return age(d) + " ago"
}

// names writes "tom (GBR), carlos (USA)".
func names(people []desk.By) string {
	out := make([]string, len(people))
	for i, p := range people {
		out[i] = fmt.Sprintf("%s (%s)", p.Name, p.Nation)
	}
	return strings.Join(out, ", ")
}

// claimsText writes "tom (GBR) until 11:02 UTC".
func claimsText(claims []desk.Claim) string {
	out := make([]string, len(claims))
	for i, c := range claims {
		out[i] = fmt.Sprintf("%s (%s) until %s", c.Name, c.Nation, c.Until.UTC().Format("15:04 UTC"))
	}
	return strings.Join(out, ", ")
}

// lacking says what one of the quorums has: "1 of 2 approvals, from 1 of 2 nations".
func lacking(m review.Missing) string {
	text := fmt.Sprintf("%d of %d approvals", m.Have, m.Need)
	if m.Nations > 1 {
		text += fmt.Sprintf(", from %d of %d nations", m.From, m.Nations)
	}
	return text
}

// portions writes the numbers of portions, runs of them short: "portions 1-3, 5".
func portions(numbers []int) string {
	if len(numbers) == 0 {
		return "front matter"
	}
	var runs []string
	for i := 0; i < len(numbers); {
		j := i
		for j+1 < len(numbers) && numbers[j+1] == numbers[j]+1 {
			j++
		}
		run := strconv.Itoa(numbers[i])
		if j > i {
			run += "-" + strconv.Itoa(numbers[j])
		}
		runs = append(runs, run)
		i = j + 1
	}
	if len(numbers) == 1 {
		return "portion " + runs[0]
	}
	return "portions " + strings.Join(runs, ", ")
}
