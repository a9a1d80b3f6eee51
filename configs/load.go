package configs

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/review"
)

// Paths below a working directory.
const (
	configFile = "configs/bulletin.yaml"
	policyFile = "configs/policy.yaml"
	peopleFile = "configs/people.yaml"
)

// Load reads and validates a working directory's configuration. All errors are reported at once.
func Load(dir string) (Config, error) {
	c := Default()
	file := filepath.Join(dir, configFile)
	data, err := read(file)
	if errors.Is(err, os.ErrNotExist) {
		return Config{}, fmt.Errorf("%s is not a working directory (no %s): make one with: bulletin init %s", dir, configFile, dir)
	}
	if err != nil {
		return Config{}, err
	}
	if err := decode(file, data, &c); err != nil {
		return Config{}, err
	}
	at := placesOf(file, data)
	if misfits := at.misfits(&c); len(misfits) > 0 { // what the YAML library rounds in silence
		return Config{}, errors.Join(misfits...)
	}
	return c, c.validate(at)
}

func (c Config) validate(at places) error {
	var errs []error
	wrong := func(path, hint, format string, args ...any) {
		errs = append(errs, at.errorf(path, hint, format, args...))
	}
	if _, err := mail.ParseAddress(c.Desk.Address); err != nil {
		wrong("$.desk.address", "write one bare address", "%v", err)
	}
	if c.Desk.Domain == "" || strings.ContainsAny(c.Desk.Domain, " @<>\r\n") {
		wrong("$.desk.domain", "write a host name such as bulletin.example", "domain %q is not a host name", c.Desk.Domain)
	}
	if c.Relay.Address != "" {
		if err := hostPort(c.Relay.Address); err != nil {
			wrong("$.relay.address", "write host:port, such as mail.example:25", "%v", err)
		}
	}
	if c.Queue.Listen != "" {
		if err := hostPort(c.Queue.Listen); err != nil {
			wrong("$.queue.listen", "write host:port, such as 127.0.0.1:4222", "%v", err)
		}
	}
	if c.Health.Listen != "" {
		if err := loopback(c.Health.Listen); err != nil {
			wrong("$.health.listen", "write 127.0.0.1:9464, or leave it empty for none", "%v", err)
		}
	}
	if c.Log.Format != "text" && c.Log.Format != "json" {
		wrong("$.log.format", "write text or json", "there is no format %q", c.Log.Format)
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		wrong("$.log.level", "write debug, info, warn or error", "there is no level %q", c.Log.Level)
	}
	for path, n := range map[string]int{"$.delivery.chunk": c.Delivery.Chunk, "$.delivery.parallel": c.Delivery.Parallel, "$.relay.connections": c.Relay.Connections} {
		if n < 1 || n > 1000 {
			wrong(path, "write a number between them", "%d is not between 1 and 1000", n)
		}
	}
	if c.Delivery.RetryAfter <= 0 || c.Delivery.GiveUp <= 0 {
		wrong("$.delivery", "write a duration such as 90s, 5m or 24h", "retry_after and give_up must be longer than nothing")
	}
	for n := range c.Contacts {
		if _, err := pipeline.ParseNation(string(n)); err != nil {
			wrong("$.contacts", nationsHint, "%v", err)
		}
	}
	return errors.Join(errs...)
}

const nationsHint = "write AUS, CAN, GBR, NZL or USA"

// hostPort checks an address to listen on or to connect to.
func hostPort(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("address %s: port %q is not a number from 0 to 65535", address, port)
	}
	return nil
}

// loopback checks an address that only this machine may reach: whoever reads it needs no credentials.
func loopback(address string) error {
	if err := hostPort(address); err != nil {
		return err
	}
	host, _, _ := net.SplitHostPort(address) // hostPort has split it
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s can be reached from other machines: it must be on loopback", address)
	}
	return nil
}

// DefaultPolicy is the policy where there is no working directory: nothing is released beyond the marks.
func DefaultPolicy() review.Policy {
	p := review.DefaultPolicy()
	p.Contacts = Default().Contacts
	return p
}

// LoadPolicy reads the marking and review policy. What the configuration says of contacts is part of it: it
// stands in what is approved.
func LoadPolicy(dir string, c Config) (review.Policy, error) {
	file := filepath.Join(dir, policyFile)
	data, err := read(file)
	if err != nil {
		return review.Policy{}, fmt.Errorf("read the policy: %w", err)
	}
	p, err := parsePolicy(file, data)
	p.Contacts = c.Contacts
	return p, err
}

func parsePolicy(file string, data []byte) (review.Policy, error) {
	var y struct {
		Quorum    map[string]review.Quorum       `yaml:"quorum"`
		Released  map[string]map[string][]string `yaml:"released"`
		Editorial bool                           `yaml:"editorial"`
	}
	if err := decode(file, data, &y); err != nil {
		return review.Policy{}, err
	}
	at := placesOf(file, data)
	p := review.DefaultPolicy()
	p.Released, p.Editorial = y.Released, y.Editorial
	var errs []error
	for label, q := range y.Quorum {
		if q.Approvals < 1 || q.Nations < 1 || q.Nations > q.Approvals {
			errs = append(errs, at.errorf("$.quorum", "at least one approval, and no more nations than approvals", "quorum of %s can't be met", label))
		}
		if label == "default" {
			p.Default = q
			continue
		}
		if _, err := marking.ParseTLP(label); err != nil {
			errs = append(errs, at.errorf("$.quorum", "write default, or a label of TLP 2.0 such as TLP:GREEN", "%v", err))
			continue
		}
		p.Quorum[label] = q
	}
	for scheme, controls := range y.Released {
		for control, nations := range controls {
			for _, n := range nations {
				if _, err := pipeline.ParseNation(n); err != nil {
					errs = append(errs, at.errorf(fmt.Sprintf("$.released.%s.%s", scheme, control), nationsHint, "%v", err))
				}
			}
		}
	}
	return p, errors.Join(errs...)
}

// LoadPeople reads who may do what, with their certificates.
func LoadPeople(dir string) (review.People, error) {
	file := filepath.Join(dir, peopleFile)
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("read the people: %w", err)
	}
	var y struct {
		People []personYAML `yaml:"people"`
	}
	if err := decode(file, data, &y); err != nil {
		return nil, err
	}
	at := placesOf(file, data)
	var people review.People
	var errs []error
	for i, p := range y.People {
		person, hint, err := p.person(dir)
		if err == nil {
			hint, err = "remove one of the two, or give each a name and keys of their own", distinct(people, person)
		}
		if err != nil {
			errs = append(errs, at.errorf(fmt.Sprintf("$.people[%d].name", i), hint, "%v", err))
			continue
		}
		people = append(people, person)
	}
	return people, errors.Join(errs...)
}

// distinct refuses a name, a connection key or a signing key that somebody else has: two names with one key
// would be two approvers.
func distinct(people review.People, p review.Person) error {
	for _, other := range people {
		switch {
		case other.Name == p.Name:
			return fmt.Errorf("%s is in %s already", p.Name, peopleFile)
		case p.NKey != "" && other.NKey == p.NKey:
			return fmt.Errorf("%s has the connection key of %s", p.Name, other.Name)
		case p.Certificate != "" && other.Certificate == p.Certificate:
			return fmt.Errorf("%s has the signing key of %s", p.Name, other.Name)
		}
	}
	return nil
}

type personYAML struct {
	Name        string        `yaml:"name"`
	Nation      string        `yaml:"nation"`
	Roles       []review.Role `yaml:"roles,flow"`
	Address     string        `yaml:"address,omitempty"`
	MaxTLP      string        `yaml:"max_tlp,omitempty"`
	NKey        string        `yaml:"nkey"`
	Certificate string        `yaml:"certificate"`
	Disabled    bool          `yaml:"disabled,omitempty"`
}

// person returns who the entry stands for; with an error, what to do about it.
func (p personYAML) person(dir string) (person review.Person, hint string, err error) {
	if !review.ValidName(p.Name) {
		return review.Person{}, "write it in small letters, as people will type it", fmt.Errorf("name %q must be 1 to 32 of a-z, 0-9 and -", p.Name)
	}
	nation, err := pipeline.ParseNation(p.Nation)
	if err != nil {
		return review.Person{}, nationsHint, err
	}
	for _, r := range p.Roles {
		if r != review.Author && r != review.Reviewer && r != review.Admin {
			return review.Person{}, "write roles: [author], or several of them", fmt.Errorf("unknown role %q: must be author, reviewer or admin", r)
		}
	}
	if p.MaxTLP != "" {
		if _, err := marking.ParseTLP(p.MaxTLP); err != nil {
			return review.Person{}, "write the highest label they may see, such as TLP:AMBER, or leave it empty", err
		}
	}
	cert, err := read(filepath.Join(dir, p.Certificate))
	if err != nil {
		return review.Person{}, "put their public certificate there, or correct the path", fmt.Errorf("certificate of %s: %w", p.Name, err)
	}
	return review.Person{
		Name: p.Name, Nation: nation, Roles: p.Roles, Address: p.Address, MaxTLP: p.MaxTLP,
		NKey: p.NKey, Certificate: string(cert), Disabled: p.Disabled,
	}, "", nil
}
