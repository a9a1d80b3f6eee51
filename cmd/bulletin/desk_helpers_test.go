package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// makeDesk makes a working directory with an author, two reviewers and so many recipients each in NZL and GBR. Each
// person's credentials and secret key lie where the verbs look for them.
func makeDesk(dir string, recipients int) (sign map[string]func([]byte) ([]byte, error), seeds map[string]string, err error) {
	now := time.Now()
	if err := initDir(dir, now); err != nil {
		return nil, nil, err
	}
	sign, seeds = map[string]func([]byte) ([]byte, error){}, map[string]string{}
	for name, p := range map[string]review.Person{
		"moana": {Nation: pipeline.NZL, Roles: []review.Role{review.Author}},
		"aroha": {Nation: pipeline.NZL, Roles: []review.Role{review.Reviewer}},
		"tom":   {Nation: pipeline.GBR, Roles: []review.Role{review.Reviewer}},
	} {
		p.Name = name
		secret, seed, err := makePerson(dir, p, now)
		if err != nil {
			return nil, nil, err
		}
		seeds[name] = seed
		sign[name] = func(b []byte) ([]byte, error) { return seal.SignDetached(secret, nil, b, time.Now()) }
	}
	for i := range 2 * recipients {
		n := []pipeline.Nation{pipeline.NZL, pipeline.GBR}[i%2]
		if err := makeRecipient(dir, n, fmt.Sprintf("duty%d@police.%s.example", i/2, strings.ToLower(string(n))), now); err != nil {
			return nil, nil, err
		}
	}
	return sign, seeds, nil
}

func makePerson(dir string, p review.Person, now time.Time) (secret []byte, seed string, err error) {
	if seed, p.NKey, err = queue.NewUserKey(); err != nil {
		return nil, "", err
	}
	secret, certificate, err := seal.GenerateKey(p.Name, p.Name+"@bulletin.example", now.Add(-time.Minute), 0)
	if err != nil {
		return nil, "", err
	}
	p.Certificate = string(certificate)
	if err := configs.AddPerson(dir, p); err != nil {
		return nil, "", err
	}
	for file, data := range map[string][]byte{".creds": queue.EncodeCreds(p.Name, seed), ".sec.asc": secret} {
		if err := os.WriteFile(filepath.Join(dir, "people", p.Name+file), data, 0o600); err != nil {
			return nil, "", err
		}
	}
	return secret, seed, nil
}

// makeRecipient puts somebody on a list. Their secret key lies beside the working directory: keys/ADDRESS.sec.asc.
func makeRecipient(dir string, n pipeline.Nation, address string, now time.Time) error {
	secret, public, err := seal.GenerateKey("Duty", address, now.Add(-time.Minute), 0)
	if err == nil {
		err = configs.WriteFile(filepath.Join(filepath.Dir(dir), "keys", address+".sec.asc"), secret, 0o600)
	}
	if err != nil {
		return err
	}
	key, err := os.CreateTemp("", "duty-*.asc")
	if err != nil {
		return err
	}
	defer os.Remove(key.Name())
	if _, err := key.Write(public); err != nil {
		return err
	}
	if err := key.Close(); err != nil {
		return err
	}
	_, err = addRecipient(dir, pipeline.Recipient{Nation: n, Address: address, KeyFile: key.Name(), MaxTLP: "TLP:AMBER"})
	return err
}

// makeRecipient puts somebody on a list. Their secret key goes beside the working directory, to keys/ADDRESS.sec.asc.
// deskdir DIR RECIPIENTS makes a working directory with moana (NZL, author), aroha (NZL, reviewer), tom (GBR,
// reviewer) and so many recipients each in NZL and GBR.
func deskDirScript(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: deskdir DIR RECIPIENTS")
	}
	recipients, err := strconv.Atoi(args[1])
	ts.Check(err)
	_, _, err = makeDesk(ts.MkAbs(args[0]), recipients)
	ts.Check(err)
}

// serving DIR NAME waits until the server of the directory answers that person.
func serving(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: serving DIR NAME")
	}
	await(ts, func() (bool, string) {
		var stdout, stderr strings.Builder
		code := run([]string{"queue", "--dir", ts.MkAbs(args[0]), "--as", args[1]}, &stdout, &stderr)
		return code == exitDone, "nobody serves: " + stderr.String()
	})
}

// mails DIR N waits until N mails lie in an outbox, and wants no more.
func mails(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mails DIR N")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	count := 0
	await(ts, func() (bool, string) {
		found, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*.eml"))
		ts.Check(err)
		count = len(found)
		return count >= want, fmt.Sprintf("%d mails of %d", count, want)
	})
	if count != want {
		ts.Fatalf("%d mails, want %d", count, want)
	}
}

// await asks until it is so.
func await(ts *testscript.TestScript, so func() (bool, string)) {
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		yes, why := so()
		if yes {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("%s", why)
		}
	}
}

// lastid DIR NAME VARIABLE sets a variable to the id that came last into that person's queue.
func lastID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: lastid DIR NAME VARIABLE")
	}
	var stdout, stderr strings.Builder
	if run([]string{"queue", "--json", "--dir", ts.MkAbs(args[0]), "--as", args[1]}, &stdout, &stderr) != exitDone {
		ts.Fatalf("%s", stderr.String())
	}
	var waiting []desk.Waiting
	ts.Check(json.Unmarshal([]byte(stdout.String()), &waiting))
	if len(waiting) == 0 {
		ts.Fatalf("nothing waits for %s", args[1])
	}
	last := slices.MaxFunc(waiting, func(a, b desk.Waiting) int { return a.Submitted.Compare(b.Submitted) })
	ts.Setenv(args[2], string(last.Ref.ID))
}
