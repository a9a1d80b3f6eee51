package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// demoPerson is someone at a desk, with their own key and connection.
type demoPerson struct {
	review.Person
	seed   []byte
	secret []byte
	desk   *desk.Client
}

// demoRecipient is someone on a list.
type demoRecipient struct {
	nation  pipeline.Nation
	address string
	name    string
	expired bool
	fault   mail.Fault
	secret  []byte
}

// The cast. Authors are reviewers too, so that what refuses them their own bulletin is the rule and not
// a missing role. A portion for one nation alone needs two people of that nation beside the author.
func demoCast() []review.Person {
	both := []review.Role{review.Author, review.Reviewer}
	reviewer := []review.Role{review.Reviewer}
	return []review.Person{
		{Name: "dana", Nation: pipeline.USA, Roles: both},
		{Name: "moana", Nation: pipeline.NZL, Roles: both},
		{Name: "priya", Nation: pipeline.GBR, Roles: both},
		{Name: "kirra", Nation: pipeline.AUS, Roles: both},
		{Name: "maelle", Nation: pipeline.CAN, Roles: both},
		{Name: "carlos", Nation: pipeline.USA, Roles: reviewer},
		{Name: "jill", Nation: pipeline.USA, Roles: reviewer},
		{Name: "tom", Nation: pipeline.GBR, Roles: reviewer},
		{Name: "aroha", Nation: pipeline.NZL, Roles: reviewer},
		{Name: "ruby", Nation: pipeline.AUS, Roles: reviewer},
		{Name: "luc", Nation: pipeline.CAN, Roles: reviewer},
		{Name: "jack", Nation: pipeline.AUS, Roles: reviewer},
		{Name: "emma", Nation: pipeline.CAN, Roles: reviewer},
		{Name: "owen", Nation: pipeline.GBR, Roles: reviewer},
		{Name: "wiremu", Nation: pipeline.NZL, Roles: reviewer},
	}
}

func demoLists() []demoRecipient {
	domains := map[pipeline.Nation]string{
		pipeline.AUS: "police.example.au", pipeline.CAN: "police.example.ca", pipeline.GBR: "police.example.uk",
		pipeline.NZL: "police.example.nz", pipeline.USA: "police.example.us",
	}
	var out []demoRecipient
	for _, n := range pipeline.Nations() {
		for _, name := range []string{"Duty officer", "Watch desk", "Malware analyst", "Liaison officer"} {
			local, _, _ := strings.Cut(strings.ToLower(name), " ")
			out = append(out, demoRecipient{nation: n, address: local + "@" + domains[n], name: name})
		}
	}
	return append(out,
		demoRecipient{nation: pipeline.CAN, address: "archive@police.example.ca", name: "Archive, its key has expired", expired: true},
		demoRecipient{nation: pipeline.AUS, address: "busy@police.example.au", name: "Busy mailbox, fails for a while", fault: mail.Fault{Temporary: 2}},
		demoRecipient{nation: pipeline.GBR, address: "moved@police.example.uk", name: "Moved away, fails for good", fault: mail.Fault{Permanent: true}},
	)
}

func (d *demo) makePeople(now time.Time) error {
	for _, p := range demoCast() {
		keys, err := addPersonHere(d.dir, p, now)
		if err != nil {
			return err
		}
		p.NKey, p.Certificate = keys.nkey, keys.certificate
		d.people = append(d.people, &demoPerson{Person: p, seed: keys.seed, secret: keys.secret})
	}
	d.out.say("%d people of five nations, each with a connection key and a signing key of their own.", len(d.people))
	return nil
}

func (d *demo) makeRecipients(now time.Time) error {
	for _, r := range demoLists() {
		made, lifetime := now.Add(-time.Minute), 2*365*24*time.Hour
		if r.expired {
			made, lifetime = now.Add(-800*24*time.Hour), 730*24*time.Hour
		}
		secret, public, err := seal.GenerateKey(r.name, r.address, made, lifetime)
		if err != nil {
			return fmt.Errorf("make the key of %s: %w", r.address, err)
		}
		fingerprint, err := seal.Fingerprint(public)
		if err != nil {
			return err
		}
		err = configs.AddRecipient(d.dir, pipeline.Recipient{
			Nation: r.nation, Address: r.address, Name: r.name, Agency: r.nation.Name() + " cyber unit",
			Fingerprint: fingerprint, MaxTLP: "TLP:RED",
		}, public)
		if err != nil {
			return err
		}
		if err := configs.WriteFile(filepath.Join(d.dir, "keys", r.address+".sec.asc"), secret, 0o600); err != nil {
			return err
		}
		r.secret = secret
		d.recipients = append(d.recipients, r)
	}
	d.out.say("%d recipients on five lists; one key has expired, one mailbox fails for a while, one for good.", len(d.recipients))
	return nil
}

// demoReleases is what the originators of the samples' domestic controls have released, in the policy's own words.
const demoReleases = `released:
  gbr:
    OFFICIAL-SENSITIVE: [AUS, NZL]
  can:
    PROTECTED A: [GBR, USA]
`

// makePolicy adds the releases to the policy that init wrote.
func (d *demo) makePolicy() error {
	file := filepath.Join(d.dir, "configs", "policy.yaml")
	policy, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, after, found := strings.Cut(string(policy), "\nreleased:\n")
	if !found {
		return fmt.Errorf("%s has no list of what is released", file)
	}
	if err := configs.WriteFile(file, []byte(before+"\n"+demoReleases+after), 0o600); err != nil {
		return err
	}
	d.out.say("A policy that releases two domestic controls: the United Kingdom's to AUS and NZL, Canada's to GBR and USA.")
	return nil
}

func (d *demo) faults() map[string]mail.Fault {
	faults := map[string]mail.Fault{}
	for _, r := range d.recipients {
		if r.fault != (mail.Fault{}) {
			faults[r.address] = r.fault
		}
	}
	return faults
}

// connect gives everyone their own connection, with their own rights.
func (d *demo) connect() error {
	for _, p := range d.people {
		connection, err := d.server.queue.Connect(p.Name, p.seed)
		if err != nil {
			return err
		}
		p.desk = &desk.Client{
			Connection: connection,
			Sign:       func(data []byte) ([]byte, error) { return seal.SignDetached(p.secret, nil, data, time.Now()) },
		}
	}
	return nil
}

func (d *demo) person(name string) *demoPerson {
	for _, p := range d.people {
		if p.Name == name {
			return p
		}
	}
	panic("demo: nobody is called " + name) // the cast is fixed: a bug
}
