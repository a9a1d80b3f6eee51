package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

// listedPerson is a line of people list.
type listedPerson struct {
	Name        string          `json:"name"`
	Nation      pipeline.Nation `json:"nation"`
	Roles       []review.Role   `json:"roles"`
	Notices     bool            `json:"notices"` // an address is known
	MaxTLP      string          `json:"max_tlp,omitempty"`
	NKey        string          `json:"nkey"`
	Fingerprint string          `json:"fingerprint"`
	Key         string          `json:"key"` // fit, warning or unfit to sign with
	Reasons     []string        `json:"reasons"`
	Expires     *time.Time      `json:"expires,omitempty"`
	Disabled    bool            `json:"disabled"`
}

func peopleListCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "list [--json]",
		Short:   "Name everyone, what they may do, and whether their key still signs",
		Example: "  bulletin people list --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := configs.IsWorkingDir(dir); err != nil {
				return err
			}
			people, err := configs.LoadPeople(dir)
			if err != nil {
				return err
			}
			listed := listPeople(people, time.Now())
			if asJSON {
				return printJSON(c.OutOrStdout(), listed)
			}
			return printPeople(c.OutOrStdout(), listed)
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory that init made")
	c.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func listPeople(people review.People, now time.Time) []listedPerson {
	out := []listedPerson{}
	for _, p := range people {
		s := seal.ExamineSigner([]byte(p.Certificate), now)
		l := listedPerson{
			Name: p.Name, Nation: p.Nation, Roles: append([]review.Role{}, p.Roles...), Notices: p.Address != "", MaxTLP: p.MaxTLP, NKey: p.NKey,
			Fingerprint: s.Fingerprint, Key: s.State, Reasons: append([]string{}, s.Reasons...), Disabled: p.Disabled,
		}
		if !s.Expires.IsZero() {
			l.Expires = &s.Expires
		}
		out = append(out, l)
	}
	return out
}

func printPeople(w io.Writer, people []listedPerson) error {
	if len(people) == 0 {
		fmt.Fprintln(w, "nobody works here yet: bulletin people add NAME --nation N --role R")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NAME\tNATION\tROLES\tNOTICES\tKEY\tFINGERPRINT")
	for _, p := range people {
		notices := "no"
		if p.Notices {
			notices = "yes"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, p.Nation, p.can(), notices, p.key(), p.Fingerprint)
	}
	return t.Flush()
}

// can is what the person may do now.
func (p listedPerson) can() string {
	words := roleNames(p.Roles)
	if p.Disabled {
		return words + " (disabled)"
	}
	if p.MaxTLP != "" {
		words += " up to " + p.MaxTLP
	}
	return words
}

// key says whether it signs, and until when.
func (p listedPerson) key() string {
	switch {
	case p.Key == seal.Unfit:
		return "unfit: " + strings.Join(p.Reasons, "; ")
	case p.Key == seal.Warning:
		return strings.Join(p.Reasons, "; ")
	case p.Expires != nil:
		return "fit until " + p.Expires.UTC().Format(time.DateOnly)
	}
	return "fit"
}
