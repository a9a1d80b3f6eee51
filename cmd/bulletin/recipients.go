package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/seal"
	"bulletin/workers"
)

func recipientsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "recipients",
		Short: "The nations' lists of recipients and their keys",
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(recipientsAddCommand(), recipientsCheckCommand())
	return c
}

func recipientsAddCommand() *cobra.Command {
	var dir, nation, address, key, name, agency, maxTLP string
	c := &cobra.Command{
		Use:     "add --nation N --address A --key FILE --max-tlp TLP",
		Short:   "Put a recipient with a fit key on their nation's list",
		Example: "  bulletin recipients add --nation NZL --address duty@police.example.nz --key duty.asc --max-tlp TLP:AMBER",
		RunE: func(c *cobra.Command, _ []string) error {
			n, err := pipeline.ParseNation(nation)
			if err != nil {
				return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
			}
			for _, flag := range []string{"address", "key", "max-tlp"} {
				if c.Flag(flag).Value.String() == "" {
					return &usageError{c.CommandPath(), fmt.Errorf("--%s is missing", flag)}
				}
			}
			r := pipeline.Recipient{Nation: n, Address: address, KeyFile: key, Name: name, Agency: agency, MaxTLP: maxTLP}
			reasons, err := addRecipient(dir, r)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s is on the list of %s\n", address, n)
			for _, reason := range reasons {
				fmt.Fprintf(c.ErrOrStderr(), "warning: the key %s\n", reason)
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", ".", "the working directory that init made")
	f.StringVar(&nation, "nation", "", "whose list: AUS, CAN, GBR, NZL or USA")
	f.StringVar(&address, "address", "", "the mail address, bare")
	f.StringVar(&key, "key", "", "the file with the OpenPGP certificate")
	f.StringVar(&name, "name", "", "the person or function")
	f.StringVar(&agency, "agency", "", "the agency")
	f.StringVar(&maxTLP, "max-tlp", "", "highest TLP they may have, such as TLP:AMBER")
	return c
}

// addRecipient refuses an address or key that could not be delivered to. It returns what should be looked at.
func addRecipient(dir string, r pipeline.Recipient) (warnings []string, err error) {
	if _, err := mail.ParseAddress(r.Address); err != nil {
		return nil, hint(err, "give one bare address with --address, such as duty@police.example.nz")
	}
	if _, err := marking.ParseTLP(r.MaxTLP); err != nil {
		return nil, hint(err, "give the highest label they may have with --max-tlp")
	}
	list, err := configs.LoadRecipients(dir, r.Nation)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(list, func(old pipeline.Recipient) bool { return strings.EqualFold(old.Address, r.Address) }) {
		return nil, hint(fmt.Errorf("%s is on the list of %s already", r.Address, r.Nation), "take the entry out of configs/recipients/%s.yaml first", r.Nation)
	}
	if r.Key, err = os.ReadFile(r.KeyFile); err != nil {
		return nil, hint(fmt.Errorf("key of %s: %w", r.Address, err), "give the file with their OpenPGP certificate with --key")
	}
	fitness := seal.Examine(r.Key, r.Address, time.Now())
	if fitness.Key == nil {
		return nil, hint(fmt.Errorf("%s: the key %s", r.KeyFile, strings.Join(fitness.Reasons, "; ")),
			"ask %s for their current OpenPGP certificate (gpg --armor --export %s)", r.Address, r.Address)
	}
	r.Fingerprint = fitness.Key.Fingerprint
	return fitness.Reasons, configs.AddRecipient(dir, r)
}

// checkedRecipient is a line of recipients check.
type checkedRecipient struct {
	Nation    pipeline.Nation `json:"nation"`
	Recipient string          `json:"recipient"`
	State     string          `json:"state"` // fit, warning or unfit
	Reasons   []string        `json:"reasons"`
}

func recipientsCheckCommand() *cobra.Command {
	var dir string
	var asJSON bool
	c := &cobra.Command{
		Use:     "check [--json]",
		Short:   "Name every address that would not get the next bulletin, and why",
		Example: "  bulletin recipients check --dir desk",
		RunE: func(c *cobra.Command, _ []string) error {
			checked, err := checkRecipients(dir)
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

// checkRecipients examines the lists of some nations, or of all if none is named.
func checkRecipients(dir string, nations ...pipeline.Nation) ([]checkedRecipient, error) {
	if len(nations) == 0 {
		nations = pipeline.Nations()
	}
	out := []checkedRecipient{}
	var errs []error
	if _, err := configs.Load(dir); err != nil {
		return nil, err
	}
	for _, n := range nations {
		list, err := configs.LoadRecipients(dir, n)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, r := range list {
			f := workers.KeyOf(r, time.Now())
			out = append(out, checkedRecipient{Nation: n, Recipient: r.Address, State: f.State, Reasons: append([]string{}, f.Reasons...)})
		}
	}
	return out, errors.Join(errs...)
}

func printRecipients(w io.Writer, rows []checkedRecipient) {
	fit := 0
	for _, r := range rows {
		if r.State == seal.Fit {
			fit++
			continue
		}
		fmt.Fprintf(w, "%s  %-7s  %s: %s\n", r.Nation, r.State, r.Recipient, strings.Join(r.Reasons, "; "))
	}
	fmt.Fprintf(w, "%d of %d recipients have a fit key without warnings\n", fit, len(rows))
}
