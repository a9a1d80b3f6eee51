package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
)

func recipientsRemoveCommand() *cobra.Command {
	var dir, nation, address string
	c := &cobra.Command{
		Use:   "remove --nation N --address A",
		Short: "Take a recipient off their nation's list at once, planned mail included",
		Long: `remove takes the entry out; a running server sends that address nothing more, whatever is planned. The key is kept:
a withdrawal must still reach whoever has had a bulletin.`,
		Example: "  bulletin recipients remove --dir desk --nation NZL --address duty@police.example.nz",
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := pipeline.ParseNation(nation)
			if err != nil {
				return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
			}
			if address == "" {
				return &usageError{c.CommandPath(), errors.New("--address is missing")}
			}
			err = configs.RemoveRecipient(dir, n, address)
			if errors.Is(err, configs.ErrNobody) {
				return hint(fmt.Errorf("%s is not on the list of %s", address, n), "bulletin recipients list --nation %s names who is", n)
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s is off the list of %s; their key is kept\n", address, n)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", ".", "the working directory that init made")
	f.StringVar(&nation, "nation", "", "whose list: AUS, CAN, GBR, NZL or USA")
	f.StringVar(&address, "address", "", "the mail address, bare")
	return c
}

// listedRecipient is a line of recipients list.
type listedRecipient struct {
	Nation      pipeline.Nation `json:"nation"`
	Address     string          `json:"address"`
	Name        string          `json:"name,omitempty"`
	Agency      string          `json:"agency,omitempty"`
	MaxTLP      string          `json:"max_tlp"`
	MaxMarking  string          `json:"max_marking,omitempty"`
	Kinds       []pipeline.Kind `json:"kinds"` // none: all
	Fingerprint string          `json:"fingerprint"`
	KeyFile     string          `json:"key_file"`
}

func recipientsListCommand() *cobra.Command {
	var dir, nation string
	var asJSON bool
	c := &cobra.Command{
		Use:     "list [--nation N] [--json]",
		Short:   "Show the nations' lists, or one",
		Example: "  bulletin recipients list --dir desk --nation NZL",
		RunE: func(c *cobra.Command, _ []string) error {
			nations := pipeline.Nations()
			if nation != "" {
				n, err := pipeline.ParseNation(nation)
				if err != nil {
					return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
				}
				nations = []pipeline.Nation{n}
			}
			listed, err := listRecipients(dir, nations)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), listed)
			}
			return printLists(c.OutOrStdout(), listed)
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", ".", "the working directory that init made")
	f.StringVar(&nation, "nation", "", "one nation's list: AUS, CAN, GBR, NZL or USA")
	f.BoolVar(&asJSON, "json", false, "print a JSON array")
	return c
}

func listRecipients(dir string, nations []pipeline.Nation) ([]listedRecipient, error) {
	if err := configs.IsWorkingDir(dir); err != nil {
		return nil, err
	}
	out := []listedRecipient{}
	for _, n := range nations {
		list, err := configs.LoadRecipients(dir, n)
		if err != nil {
			return nil, err
		}
		for _, r := range list {
			out = append(out, listedRecipient{
				Nation: n, Address: r.Address, Name: r.Name, Agency: r.Agency, MaxTLP: r.MaxTLP, MaxMarking: r.MaxMarking,
				Kinds: append([]pipeline.Kind{}, r.Kinds...), Fingerprint: r.Fingerprint, KeyFile: r.KeyFile,
			})
		}
	}
	return out, nil
}

func printLists(w io.Writer, rows []listedRecipient) error {
	if len(rows) == 0 {
		fmt.Fprintln(w, "there are no recipients: bulletin recipients add --nation N --address A --key FILE --max-tlp TLP")
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "NATION\tADDRESS\tNAME\tUP TO\tKINDS\tFINGERPRINT")
	for _, r := range rows {
		kinds := "all"
		if len(r.Kinds) > 0 {
			kinds = fmt.Sprint(r.Kinds)
		}
		limit := r.MaxTLP
		if r.MaxMarking != "" {
			limit += ", " + r.MaxMarking
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.Nation, r.Address, r.Name, limit, strings.Trim(kinds, "[]"), r.Fingerprint)
	}
	return t.Flush()
}
