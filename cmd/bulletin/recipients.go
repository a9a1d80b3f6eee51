package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/seal"
)

func recipientsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "recipients",
		Short: "The nations' lists of recipients and their keys",
		Example: "  bulletin recipients add --dir desk --nation NZL --address duty@police.example.nz --key duty.asc --max-tlp TLP:AMBER\n" +
			"  bulletin recipients check --dir desk",
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(recipientsAddCommand(), recipientsListCommand(), recipientsRemoveCommand(), recipientsCheckCommand())
	return c
}

func recipientsAddCommand() *cobra.Command {
	var dir, nation string
	var kinds []string
	var replace bool
	var r pipeline.Recipient
	c := &cobra.Command{
		Use:   "add --nation N --address A --key FILE --max-tlp TLP",
		Short: "Put a recipient with a fit key on their nation's list",
		Long: `add refuses a key that could not be sealed to. With --replace it changes the entry of an address that is there already:
the new key, and what other flags give; the rest of the entry stays. A running server goes by it at once: mail that is
planned for the former key is parked.`,
		Example: "  bulletin recipients add --dir desk --nation NZL --address duty@police.example.nz --key duty.asc --max-tlp TLP:AMBER\n" +
			"  bulletin recipients add --dir desk --nation NZL --address duty@police.example.nz --key duty-2027.asc --replace",
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if r.Nation, err = pipeline.ParseNation(nation); err != nil {
				return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
			}
			for _, flag := range []string{"address", "key", "max-tlp"} {
				if c.Flag(flag).Value.String() == "" && !(replace && flag == "max-tlp") {
					return &usageError{c.CommandPath(), fmt.Errorf("--%s is missing", flag)}
				}
			}
			for _, word := range kinds {
				k, err := pipeline.ParseKind(word)
				if err != nil {
					return &usageError{c.CommandPath(), fmt.Errorf("--kind: %w", err)}
				}
				r.Kinds = append(r.Kinds, k)
			}
			put, done := addRecipient, "is on the list of"
			if replace {
				put, done = replaceRecipient, "is replaced on the list of"
			}
			reasons, err := put(dir, r)
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s %s %s\n", r.Address, done, r.Nation)
			for _, reason := range reasons {
				fmt.Fprintf(c.ErrOrStderr(), "warning: the key %s\n", reason)
			}
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", ".", "the working directory that init made")
	f.StringVar(&nation, "nation", "", "whose list: AUS, CAN, GBR, NZL or USA")
	f.StringVar(&r.Address, "address", "", "the mail address, bare")
	f.StringVar(&r.KeyFile, "key", "", "the file with the OpenPGP certificate")
	f.StringVar(&r.Name, "name", "", "the person or function")
	f.StringVar(&r.Agency, "agency", "", "the agency")
	f.StringVar(&r.MaxTLP, "max-tlp", "", "highest TLP they may have, such as TLP:AMBER")
	f.StringVar(&r.MaxMarking, "max-marking", "", "highest marking they may have: a banner of their nation's own scheme, such as SENSITIVE for NZL; without it, what their nation may")
	f.StringSliceVar(&kinds, "kind", nil, "a kind of bulletin that they want; several with commas, or the flag again; without it, all")
	f.BoolVar(&replace, "replace", false, "change the entry of this address")
	return c
}

// addRecipient refuses an address or key that could not be delivered to. It returns what should be looked at.
func addRecipient(dir string, r pipeline.Recipient) (warnings []string, err error) {
	if err := checkRecipient(r); err != nil {
		return nil, err
	}
	if _, err := marking.ParseTLP(r.MaxTLP); err != nil {
		return nil, hint(err, "give the highest label they may have with --max-tlp")
	}
	warnings, certificate, err := takeKey(&r)
	if err != nil {
		return nil, err
	}
	err = configs.AddRecipient(dir, r, certificate)
	var listed *configs.ListedError
	if errors.As(err, &listed) {
		return nil, hint(err, "with --replace their entry is changed; bulletin recipients remove takes it out")
	}
	return warnings, err
}

// replaceRecipient changes the entry of an address that is on the list, under the same conditions.
func replaceRecipient(dir string, r pipeline.Recipient) (warnings []string, err error) {
	if err := checkRecipient(r); err != nil {
		return nil, err
	}
	if r.MaxTLP != "" {
		if _, err := marking.ParseTLP(r.MaxTLP); err != nil {
			return nil, hint(err, "give the highest label they may have with --max-tlp, or leave it as it is")
		}
	}
	warnings, certificate, err := takeKey(&r)
	if err != nil {
		return nil, err
	}
	if err := configs.ReplaceRecipient(dir, r, certificate); errors.Is(err, configs.ErrNobody) {
		return nil, hint(fmt.Errorf("%s is not on the list of %s: nothing was replaced", r.Address, r.Nation), "add them without --replace, with --max-tlp")
	} else if err != nil {
		return nil, err
	}
	return warnings, nil
}

// checkRecipient refuses what a list could not hold.
func checkRecipient(r pipeline.Recipient) error {
	if _, err := mail.ParseAddress(r.Address); err != nil {
		return hint(err, "give one bare address with --address, such as duty@police.example.nz")
	}
	for flag, text := range map[string]string{"name": r.Name, "agency": r.Agency} {
		if strings.ContainsFunc(text, unicode.IsControl) {
			return hint(fmt.Errorf("--%s holds a line break or another control character", flag), "write it on one line")
		}
	}
	if r.MaxMarking == "" {
		return nil
	}
	if _, err := marking.NationalBanner(string(r.Nation), r.MaxMarking); err != nil {
		return hint(fmt.Errorf("--max-marking: %w", err), "give a banner of the scheme of %s, such as %s, or leave it out",
			r.Nation, strings.Join(marking.NationalLevels(string(r.Nation)), ", "))
	}
	return nil
}

// takeKey reads the recipient's certificate and pins it, if it is fit. It returns what should be looked at.
func takeKey(r *pipeline.Recipient) (warnings []string, certificate []byte, err error) {
	info, err := os.Stat(r.KeyFile)
	if err == nil && info.Size() > maxKeyFile {
		err = fmt.Errorf("%s has %d bytes: no certificate is that large", r.KeyFile, info.Size())
	}
	if err == nil {
		certificate, err = os.ReadFile(r.KeyFile)
	}
	if err != nil {
		return nil, nil, hint(fmt.Errorf("key of %s: %w", r.Address, err), "give the file with their OpenPGP certificate with --key")
	}
	fitness := seal.Examine(certificate, r.Address, time.Now())
	if fitness.Key == nil {
		return nil, nil, hint(fmt.Errorf("%s: the key %s", r.KeyFile, strings.Join(fitness.Reasons, "; ")),
			"ask %s for their current OpenPGP certificate (gpg --armor --export %s)", r.Address, r.Address)
	}
	r.Fingerprint = fitness.Key.Fingerprint
	return fitness.Reasons, certificate, nil
}

// maxKeyFile is the most that a key file is read of, in bytes.
const maxKeyFile = 16 << 20
