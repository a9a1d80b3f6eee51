package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

func peopleCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "people",
		Short:   "Who works with this desk, and what they may do",
		Example: "  bulletin people add moana --nation NZL --role author --dir desk\n  bulletin people list --dir desk\n  bulletin people disable moana --dir desk",
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(peopleAddCommand(), peopleListCommand(), peopleDisableCommand(true), peopleDisableCommand(false))
	return c
}

func peopleAddCommand() *cobra.Command {
	var dir, nation, address, maxTLP, public string
	var roles []string
	c := &cobra.Command{
		Use:   "add NAME --nation N --role R",
		Short: "Let a person work here; a running server knows them within a second",
		Long: `add takes the public half of the keys that the person made with keygen. Without --public it makes keys on the spot for
somebody who works on this machine, into DIR/people/NAME.creds and NAME.sec.asc.`,
		Example: "  bulletin people add moana --nation NZL --role author --dir desk\n" +
			"  bulletin people add tom --nation GBR --role reviewer,author --address tom@police.example.uk --public tom.public --dir desk",
		Args: oneArg("NAME", "who: 1 to 32 of a-z, 0-9 and -"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := pipeline.ParseNation(nation)
			if err != nil {
				return &usageError{c.CommandPath(), fmt.Errorf("--nation: %w", err)}
			}
			p := review.Person{Name: args[0], Nation: n, Address: address, MaxTLP: maxTLP}
			if p.Roles, err = parseRoles(roles); err != nil {
				return &usageError{c.CommandPath(), err}
			}
			if err := configs.IsWorkingDir(dir); err != nil {
				return err
			}
			if public != "" {
				fingerprint, warnings, err := addPersonFrom(dir, p, public, time.Now())
				if err != nil {
					return err
				}
				fmt.Fprintf(c.OutOrStdout(), "%s of %s may work here as %s\ntheir signing key, to compare with what keygen showed them: %s\n", p.Name, n, roleNames(p.Roles), fingerprint)
				for _, w := range warnings {
					fmt.Fprintf(c.ErrOrStderr(), "warning: %s\n", w)
				}
				return nil
			}
			if _, err := addPersonHere(dir, p, time.Now()); err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s of %s may work here as %s\ntheir keys, which are secret: %s.creds and %s.sec.asc\n", p.Name, n, roleNames(p.Roles),
				filepath.Join(dir, "people", p.Name), filepath.Join(dir, "people", p.Name))
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", ".", "the working directory that init made")
	f.StringVar(&nation, "nation", "", "their nation: AUS, CAN, GBR, NZL or USA")
	f.StringSliceVar(&roles, "role", nil, "what they may do: author, reviewer, admin; several with commas, or the flag again")
	f.StringVar(&address, "address", "", "their mail address; needed for notices only")
	f.StringVar(&maxTLP, "max-tlp", "", "the highest TLP they may see, such as TLP:AMBER; without it there is no limit")
	f.StringVar(&public, "public", "", "the file NAME.public that they made with keygen")
	return c
}

func parseRoles(words []string) ([]review.Role, error) {
	var roles []review.Role
	for _, w := range words {
		r := review.Role(w)
		if r != review.Author && r != review.Reviewer && r != review.Admin {
			return nil, fmt.Errorf("--role: unknown role %q: must be author, reviewer or admin", w)
		}
		if !slices.Contains(roles, r) {
			roles = append(roles, r)
		}
	}
	if len(roles) == 0 {
		return nil, errors.New("--role is missing: author, reviewer or admin")
	}
	return roles, nil
}

func roleNames(roles []review.Role) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, ", ")
}

// checkPerson refuses what people.yaml could not hold.
func checkPerson(p review.Person) error {
	if !review.ValidName(p.Name) {
		return hint(fmt.Errorf("%q is not a person's name", p.Name), "take 1 to 32 of a-z, 0-9 and -")
	}
	if p.MaxTLP != "" {
		if _, err := marking.ParseTLP(p.MaxTLP); err != nil {
			return hint(err, "give the highest label they may see with --max-tlp, such as TLP:AMBER")
		}
	}
	if p.Address != "" {
		if _, err := mail.ParseAddress(p.Address); err != nil {
			return hint(err, "give one bare address with --address, such as moana@police.example.nz")
		}
	}
	return nil
}

// addPersonHere makes keys for somebody who works on this machine, and lets them work here.
func addPersonHere(dir string, p review.Person, now time.Time) (personKeys, error) {
	if err := checkPerson(p); err != nil {
		return personKeys{}, err
	}
	if err := notTaken(dir, p.Name); err != nil {
		return personKeys{}, err
	}
	keys, err := newPersonKeys(p.Name, p.Address, now)
	if err != nil {
		return keys, err
	}
	base := filepath.Join(dir, "people", p.Name)
	if err := writeNewFiles([]newFile{{base + ".creds", keys.creds, 0o600}, {base + ".sec.asc", keys.secret, 0o600}}); err != nil {
		return keys, err
	}
	p.NKey, p.Certificate = keys.nkey, keys.certificate
	if err := configs.AddPerson(dir, p); err != nil {
		return keys, errors.Join(taken(err), os.Remove(base+".creds"), os.Remove(base+".sec.asc"))
	}
	return keys, nil
}

// notTaken looks for the name before keys are made for it.
func notTaken(dir, name string) error {
	people, err := configs.LoadPeople(dir)
	if err != nil {
		return err
	}
	if _, err := people.Find(name); err == nil {
		return taken(&configs.TakenError{Name: name, What: "name", Of: name})
	}
	return nil
}

// addPersonFrom lets somebody work here who made their keys elsewhere. It returns what should be looked at.
func addPersonFrom(dir string, p review.Person, file string, now time.Time) (fingerprint string, warnings []string, err error) {
	if err := checkPerson(p); err != nil {
		return "", nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return "", nil, fmt.Errorf("public keys of %s: %w", p.Name, err)
	}
	public, err := queue.ParsePublic(data)
	if err != nil {
		return "", nil, hint(fmt.Errorf("%s: %w", file, err), "ask %s for the file %s.public that `bulletin keygen %s` makes, as it is", p.Name, p.Name, p.Name)
	}
	if public.Name != p.Name {
		return "", nil, hint(fmt.Errorf("%s holds the keys of %q, not of %s", file, public.Name, p.Name), "give the name that they made their keys for")
	}
	signing := seal.ExamineSigner([]byte(public.Certificate), now)
	if signing.State == seal.Unfit {
		return "", nil, hint(fmt.Errorf("%s: the key %s", file, strings.Join(signing.Reasons, "; ")), "they could not sign an approval: ask %s to make new keys with keygen", p.Name)
	}
	p.NKey, p.Certificate = public.PublicKey, public.Certificate
	if err := configs.AddPerson(dir, p); err != nil {
		return "", nil, taken(err)
	}
	return signing.Fingerprint, keyWarnings(p, signing, now), nil
}

// keyWarnings is what should be looked at though the key signs: its end, and whether notices can be encrypted to it.
func keyWarnings(p review.Person, signing seal.Signing, now time.Time) []string {
	reasons := slices.Clone(signing.Reasons)
	f := seal.Examine([]byte(p.Certificate), p.Address, now)
	if f.Key == nil {
		reasons = append(reasons, "can't be encrypted to, so that no notice can be sent: it "+strings.Join(f.Reasons, "; "))
	} else if p.Address != "" {
		reasons = append(reasons, f.Reasons...)
	}
	slices.Sort(reasons)
	var out []string
	for _, r := range slices.Compact(reasons) {
		out = append(out, "the key "+r)
	}
	return out
}

// taken says how to go on where a name or a key is there already.
func taken(err error) error {
	var t *configs.TakenError
	switch {
	case !errors.As(err, &t):
		return err
	case t.What == "name":
		return hint(err, "bulletin people list shows them; bulletin people enable %s lets them back in; another person needs another name", t.Name)
	}
	return hint(err, "everybody has keys of their own: ask %s to make theirs with keygen", t.Name)
}

func peopleDisableCommand(disabled bool) *cobra.Command {
	var dir string
	verb, short, done := "enable", "Let a person back in", "%s may work here again; a running server knows within a second\n"
	if disabled {
		verb, short, done = "disable", "Shut a person out at once; what they did stays on record", "%s may not work here any more; a running server refuses their next request and ends their connection within a second\n"
	}
	c := &cobra.Command{
		Use:     verb + " NAME",
		Short:   short,
		Example: "  bulletin people " + verb + " moana --dir desk",
		Args:    oneArg("NAME", "who"),
		RunE: func(c *cobra.Command, args []string) error {
			changed, err := configs.SetDisabled(dir, args[0], disabled)
			if errors.Is(err, configs.ErrNobody) {
				return hint(fmt.Errorf("nobody called %s works with this desk", args[0]), "bulletin people list names everyone")
			}
			if err != nil {
				return err
			}
			if !changed {
				fmt.Fprintf(c.OutOrStdout(), "%s is %sd already\n", args[0], verb)
				return nil
			}
			if _, err := configs.LoadPeople(dir); err != nil { // it was so before: say that it matters now
				return hint(fmt.Errorf("%s is %sd, but other entries do not hold:\n%w", args[0], verb, err), "mend them: until then a server takes nothing else from this file")
			}
			fmt.Fprintf(c.OutOrStdout(), done, args[0])
			return nil
		},
	}
	c.Flags().StringVar(&dir, "dir", ".", "the working directory that init made")
	return c
}
