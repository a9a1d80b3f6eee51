package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/audit"
	"bulletin/pipeline/seal"
)

// signingKeyBy is how long before the signing key ends people must hear of it: every recipient needs the new one.
const signingKeyBy = 60 * 24 * time.Hour

// checkSigningKey reads no passphrase: whether the server's opens them shows at its start.
func checkSigningKey(dir string, now time.Time) finding {
	const name, renew = "signing key", "bulletin signing-key next makes one: give recipients its certificate well before"
	keys, err := standingKeys(dir, now)
	if err != nil {
		return fail(name, err, hintOf(err))
	}
	keys = slices.DeleteFunc(keys, func(k standingKey) bool { return k.Key == "former" })
	var said []string
	for _, k := range keys {
		if k.State == seal.Unfit {
			return fail(name, fmt.Errorf("the %s key, %s, %s", k.Key, k.Fingerprint, strings.Join(k.Reasons, "; ")), renew)
		}
		said = append(said, fmt.Sprintf("the %s, %s, %s", k.Key, k.Fingerprint, k.end()))
	}
	soon := func(k standingKey) bool { return k.Ends != nil && k.Ends.Before(now.Add(signingKeyBy)) }
	switch present := keys[0].Ends; {
	case soon(keys[0]) && soon(keys[len(keys)-1]):
		return warn(name, renew, "%s", strings.Join(said, "; "))
	case present != nil && len(keys) > 1:
		said = append(said, "which signs from "+present.Add(-seal.SwitchBefore).UTC().Format(time.DateOnly))
	}
	return well(name, "%s", strings.Join(said, "; "))
}

// checkSecrets wants the keys there, and nobody else able to read them.
func checkSecrets(dir string) finding {
	for _, file := range []string{storeKeyFile, messageIDKeyFile} {
		if _, err := readKey(dir, file); err != nil {
			return fail("secrets", err, "restore it from your copy")
		}
	}
	var open []string
	for _, secret := range []struct{ folder, ending string }{{"secrets", ""}, {formerKeysDir, ""}, {"people", ".creds"}, {"people", ".sec.asc"}} {
		files, err := filesIn(filepath.Join(dir, secret.folder), secret.ending)
		if err != nil {
			return fail("secrets", err, "let the server's user read there")
		}
		for _, file := range files {
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
				open = append(open, file)
			}
		}
	}
	if len(open) > 0 {
		return fail("secrets", fmt.Errorf("others on this machine can read %s", strings.Join(open, ", ")), "chmod 600 "+strings.Join(open, " "))
	}
	return well("secrets", "store key and message-id key are there, and nobody else can read them")
}

// checkLists counts who would not get the next bulletin.
func checkLists(dir string) finding {
	rows, err := checkRecipients(configs.NewLists(dir), pipeline.Nations(), time.Now())
	if err != nil {
		return fail("recipients", err, "mend the list")
	}
	count := map[string]int{}
	unfit := map[pipeline.Nation]int{}
	for _, r := range rows {
		count[r.State]++
		if r.State == seal.Unfit {
			unfit[r.Nation]++
		}
	}
	const do = "bulletin recipients check names them, and why; ask them for new keys"
	switch {
	case len(rows) == 0:
		return warn("recipients", "bulletin recipients add --nation N --address A --key FILE --max-tlp TLP", "nobody is on a list")
	case count[seal.Unfit] > 0:
		return warn("recipients", do, "%d of %d would get nothing: their keys are not fit (%s)", count[seal.Unfit], len(rows), tally(unfit))
	case count[seal.Warning] > 0:
		return warn("recipients", do, "all %d can be reached; %d keys end soon, or need a look", len(rows), count[seal.Warning])
	}
	return well("recipients", "all %d can be reached", len(rows))
}

// tally prints counts in order of their names.
func tally[K ~string](counts map[K]int) string {
	var parts []string
	for name, n := range counts {
		parts = append(parts, fmt.Sprintf("%s %d", name, n))
	}
	sort.Strings(parts)
	return strings.Join(parts, ", ")
}

// recordRead is what doctor knows from the record.
type recordRead struct {
	facts  int
	last   time.Time // when the newest fact was stored
	parked map[string]int
	err    error
	none   bool
}

// readRecord proves the chain, and counts what stands parked.
func readRecord(dir string) recordRead {
	var r recordRead
	f, err := os.Open(filepath.Join(dir, recordFile))
	if err != nil {
		r.none, r.err = errors.Is(err, os.ErrNotExist), err
		return r
	}
	defer f.Close()
	standing := map[[2]string]bool{}
	summary, err := audit.Entries(f, func(e audit.Entry) error {
		var fact pipeline.Fact
		var body pipeline.ParkedBody
		var retried pipeline.RetriedBody
		if json.Unmarshal(e.Data, &fact) != nil {
			return nil // verify complains of it
		}
		switch {
		case fact.Name == pipeline.Parked && fact.Decode(&body) == nil:
			standing[[2]string{body.Worker, body.Subject}] = true
		case fact.Name == pipeline.Retried && fact.Decode(&retried) == nil:
			delete(standing, [2]string{retried.Worker, retried.Subject})
		}
		return nil
	})
	if !errors.Is(err, audit.ErrTorn) { // a running server may be writing the line
		r.err = err
	}
	r.facts, r.last, r.parked = summary.Entries, summary.Last, map[string]int{}
	for at := range standing {
		r.parked[at[0]]++
	}
	return r
}

func (r recordRead) check() finding {
	switch {
	case r.none:
		return well("record", "there is none yet: the server begins it")
	case r.err != nil:
		return fail("record", r.err, "it was damaged or changed: compare it with your copy; bulletin verify says more")
	}
	return well("record", "its chain of %d facts holds (bulletin verify proves the rest)", r.facts)
}

func (r recordRead) checkParked() finding {
	if len(r.parked) > 0 {
		return warn("parked", "bulletin parked says what and why; bulletin retry lets it go on", "work stands still: %s", tally(r.parked))
	}
	return well("parked", "nothing stands still")
}
