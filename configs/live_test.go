package configs

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// liveDir has an author and a reviewer, and what is in force there.
func liveDir(t *testing.T) (dir string, l *Live, log *bytes.Buffer) {
	t.Helper()
	dir = newDir(t)
	for _, name := range []string{"moana", "tom"} {
		must(t, AddPerson(dir, review.Person{Name: name, Nation: pipeline.NZL, Roles: []review.Role{review.Author}, NKey: nkey(name), Certificate: "cert of " + name}))
	}
	log = &bytes.Buffer{}
	l, err := Watch(dir, true, slog.New(slog.NewTextHandler(log, nil)))
	must(t, err)
	return dir, l, log
}

// working is who may work, by name.
func working(l *Live) string {
	var names []string
	for _, p := range l.People() {
		if !p.Disabled {
			names = append(names, p.Name)
		}
	}
	return strings.Join(names, " ")
}

func TestLiveKnowsAtOnceWhoMayWork(t *testing.T) {
	dir, l, _ := liveDir(t)
	_, err := SetDisabled(dir, "tom", true)
	must(t, err)
	if got := working(l); got != "moana" {
		t.Errorf("tom is disabled: %s", got)
	}
	must(t, AddPerson(dir, review.Person{Name: "aroha", Nation: pipeline.NZL, NKey: nkey("aroha"), Certificate: "c"}))
	_, err = SetDisabled(dir, "tom", false)
	must(t, err)
	if got := working(l); got != "moana tom aroha" || l.Err() != nil {
		t.Errorf("got %s, %v", got, l.Err())
	}
}

func TestLiveStaysWithWhatHeldLast(t *testing.T) {
	dir, l, log := liveDir(t)
	good := text(t, dir, peopleFile)
	for name, c := range map[string]struct{ text, working, says string }{
		"malformed":                   {"people:\n- name: [\n", "moana tom", "people.yaml:2:"},
		"unknown role":                {strings.Replace(good, "[author]", "[boss]", 1), "moana tom", `unknown role "boss"`},
		"a mistake, and tom disabled": {strings.Replace(good, "[author]", "[boss]", 1) + "  disabled: true\n", "moana", `unknown role "boss"`},
		"a mistake, and tom is gone":  {strings.Replace(good[:strings.Index(good, "- name: tom")], "[author]", "[boss]", 1), "moana", `unknown role "boss"`},
		"a newcomer without a key":    {good + "- name: new\n  nation: NZL\n  roles: [admin]\n  certificate: people/new.asc\n", "moana tom", "certificate of new"},
	} {
		put(t, dir, peopleFile, good)
		if l.Err() != nil || working(l) != "moana tom" {
			t.Fatalf("before %s: %v, %s", name, l.Err(), working(l))
		}
		log.Reset()
		put(t, dir, peopleFile, c.text)
		for range 3 {
			if got := working(l); got != c.working {
				t.Errorf("%s: %s may work, want %s", name, got, c.working)
			}
		}
		if err := l.Err(); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("%s: %d errors in the log:\n%s", name, n, log)
		}
	}
	must(t, os.Remove(filepath.Join(dir, peopleFile)))
	if working(l) == "" || l.Err() == nil {
		t.Errorf("the file is gone: %s, %v", working(l), l.Err())
	}
	put(t, dir, peopleFile, good)
	if working(l) != "moana tom" || l.Err() != nil || !strings.Contains(log.String(), "holds again") {
		t.Errorf("mended: %s, %v\n%s", working(l), l.Err(), log)
	}
}

func TestLiveReadsCertificatesAnew(t *testing.T) {
	dir, l, _ := liveDir(t)
	now := time.Now()
	l.now = func() time.Time { return now }
	put(t, dir, "people/tom.asc", "another")
	now = now.Add(keysEvery)
	if p, err := l.People().Find("tom"); err != nil || p.Certificate != "another" {
		t.Errorf("%+v, %v", p, err)
	}
}

// A clock that is set back does not put off the next look at the certificates until it has caught up.
func TestLiveReadsCertificatesAnewAfterTheClockWasSetBack(t *testing.T) {
	dir, l, _ := liveDir(t)
	now := time.Now().Add(24 * time.Hour)
	l.now = func() time.Time { return now }
	l.People()
	now = now.Add(keysEvery)
	l.People() // looked at them in the future
	put(t, dir, "people/tom.asc", "another")
	now = now.Add(-24 * time.Hour)
	if p, err := l.People().Find("tom"); err != nil || p.Certificate != "another" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestLivePolicyAndConfiguration(t *testing.T) {
	dir, l, log := liveDir(t)
	put(t, dir, policyFile, "quorum:\n  default: {approvals: 3, nations: 2}\n")
	put(t, dir, configFile, "delivery:\n  chunk: 7\ncontacts:\n  NZL: [the desk]\n")
	if p := l.Policy(); p.Default.Approvals != 3 || len(p.Contacts[pipeline.NZL]) != 1 || p.Contacts[pipeline.NZL][0] != "the desk" {
		t.Errorf("policy: %+v", p)
	}
	if c := l.Config(); c.Delivery.Chunk != 7 {
		t.Errorf("configuration: %+v", c)
	}
	put(t, dir, policyFile, "quorum:\n  default: {approvals: 0, nations: 2}\n")
	put(t, dir, configFile, "delivery:\n  chunk: 0\n")
	if p, c := l.Policy(), l.Config(); p.Default.Approvals != 3 || c.Delivery.Chunk != 7 {
		t.Errorf("what does not hold is in force: %+v %+v", p, c)
	}
	if err := l.Err(); err == nil || !strings.Contains(err.Error(), "policy.yaml:2:") || !strings.Contains(err.Error(), "bulletin.yaml:2:10") {
		t.Errorf("got %v", err)
	}
	if n := strings.Count(log.String(), "level=ERROR"); n != 2 {
		t.Errorf("%d errors in the log:\n%s", n, log)
	}
}

func TestWatchWantsWhatHolds(t *testing.T) {
	dir := newDir(t)
	write(t, dir, peopleFile, "people:\n- name: T\n")
	write(t, dir, policyFile, "quorum:\n  default: {approvals: 0, nations: 2}\n")
	if _, err := Watch(dir, true, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "people.yaml:2:") || !strings.Contains(err.Error(), "policy.yaml:2:") {
		t.Errorf("got %v", err)
	}
}

func TestKeysOfFormerRecipients(t *testing.T) {
	dir := newDir(t)
	l := NewLists(dir)
	key, fingerprint := certificate(t, "hone@police.example.nz")
	other, _ := certificate(t, "other@police.example.nz")
	write(t, dir, "keys/by-hand.asc", string(key))
	write(t, dir, nzl, "recipients:\n- address: hone@police.example.nz\n  key: keys/by-hand.asc\n  fingerprint: "+fingerprint+"\n  max_tlp: TLP:RED\n")
	list, err := l.Recipients(pipeline.NZL)
	must(t, err)
	if _, err := l.Former(pipeline.NZL, fingerprint); err == nil {
		t.Error("there before it was kept")
	}
	for range 2 {
		must(t, l.Keep(list.All()[0]))
	}
	kept := filepath.Join(dir, keptKey(pipeline.NZL, fingerprint))
	must(t, os.Remove(kept))
	must(t, l.Keep(list.All()[0]))
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("taken away, and not kept again: %v", err)
	}
	must(t, os.Remove(filepath.Join(dir, "keys/by-hand.asc")))
	must(t, RemoveRecipient(dir, pipeline.NZL, "hone@police.example.nz"))
	if got, err := l.Former(pipeline.NZL, fingerprint); err != nil || keyOf(dir, pipeline.Recipient{KeyFile: got}) != string(key) {
		t.Errorf("%q, %v", got, err)
	}
	write(t, dir, "keys/other.asc", string(other))
	write(t, dir, "keys/again.asc", string(key))
	for name, r := range map[string]pipeline.Recipient{
		"another key":            {Nation: pipeline.NZL, KeyFile: "keys/other.asc", Fingerprint: fingerprint},
		"no key":                 {Nation: pipeline.NZL, Fingerprint: fingerprint},
		"a path for fingerprint": {Nation: pipeline.NZL, KeyFile: "keys/again.asc", Fingerprint: "../../people"},
	} {
		if err := l.Keep(r); err == nil {
			t.Errorf("%s was kept", name)
		}
	}
	must(t, os.WriteFile(kept, other, 0o600))
	for _, fpr := range []string{fingerprint, "../../bulletin", "", strings.ToLower(fingerprint)} {
		if _, err := l.Former(pipeline.NZL, fpr); err == nil {
			t.Errorf("%q gives a key", fpr)
		}
	}
}

func everything(font func(string) error) Scope {
	return Scope{People: true, Nations: pipeline.Nations(), Font: font}
}

func TestCheckNamesEveryMistakeOfEveryFile(t *testing.T) {
	dir := newDir(t)
	if errs := Check(dir, everything(nil)); len(errs) != 0 {
		t.Errorf("a fresh directory: %v", errs)
	}
	write(t, dir, configFile, "fonts: [a.ttf, b.ttf]\n")
	write(t, dir, policyFile, "quorum:\n  default: {approvals: 0, nations: 2}\n")
	write(t, dir, peopleFile, "people:\n- name: T\n- name: x\n  nation: XX\n")
	write(t, dir, nzl, "recipients:\n"+entry("nonsense")+entry("more nonsense"))
	must(t, os.Remove(filepath.Join(dir, "configs/recipients/GBR.yaml")))
	errs := Check(dir, everything(func(file string) error {
		if file != filepath.Join(dir, "a.ttf") && file != filepath.Join(dir, "b.ttf") {
			t.Errorf("font %s is not below the working directory", file)
		}
		return os.ErrNotExist
	}))
	var all strings.Builder
	for _, err := range errs {
		all.WriteString(err.Error() + "\n")
	}
	for _, want := range []string{
		"bulletin.yaml:1:9: there is no font", "bulletin.yaml:1:16: there is no font", "policy.yaml:2:", "people.yaml:2:9", "people.yaml:4:11",
		"NZL.yaml:2:12", "NZL.yaml:6:12", "GBR.yaml",
	} {
		if !strings.Contains(all.String(), want) {
			t.Errorf("%s is missing in\n%s", want, &all)
		}
	}
	if len(errs) != 8 {
		t.Errorf("%d errors:\n%s", len(errs), &all)
	}
	if errs := Check(t.TempDir(), everything(nil)); len(errs) != 1 || !strings.Contains(errs[0].Error(), "not a working directory") {
		t.Errorf("no working directory: %v", errs)
	}
}
