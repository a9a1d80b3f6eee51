package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/templates"
)

// runDemoOnce runs the demo as a person would, and returns its directory, what it printed and its result.
func runDemoOnce(t *testing.T) (dir, printed string, result demoResult) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "demo")
	var stdout, stderr bytes.Buffer
	if code := run([]string{"demo", "--dir", dir}, &stdout, &stderr); code != 0 {
		t.Fatalf("demo: exit %d\n%s\n%s", code, &stdout, &stderr)
	}
	data, err := os.ReadFile(filepath.Join(dir, "result.json"))
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&result); err != nil {
		t.Fatalf("result.json: %v", err)
	}
	return dir, stdout.String(), result
}

func TestDemo(t *testing.T) {
	dir, printed, result := runDemoOnce(t)
	t.Run("tells the story", func(t *testing.T) {
		for _, want := range []string{
			"tries to approve their own", "refused: you wrote a part", "returns b", "revision 2", "approves b",
			"the key expired on", "550 5.1.1", "at attempt ", "signature good", "holds: ",
		} {
			if !strings.Contains(printed, want) {
				t.Errorf("the demo does not print %q", want)
			}
		}
		if strings.ContainsAny(printed, "\r\x1b") {
			t.Error("piped output has terminal control characters")
		}
	})
	t.Run("leaves what it promises", func(t *testing.T) { checkResult(t, dir, result) })
	t.Run("keeps no plaintext", func(t *testing.T) { checkNoPlaintext(t, dir) })
	t.Run("is read by notmuch and neomutt", func(t *testing.T) { checkReaders(t, dir, result) })
	t.Run("draws sound PDFs", func(t *testing.T) { checkPDFs(t, dir, result) })
	t.Run("can be verified, and tampering shows", func(t *testing.T) { checkVerify(t, dir) })
	t.Run("can be run again over itself, and over nothing else", func(t *testing.T) {
		var stdout, stderr bytes.Buffer
		foreign := t.TempDir()
		if err := os.WriteFile(filepath.Join(foreign, "thesis.txt"), []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := run([]string{"demo", "--dir", foreign}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "nothing was touched") {
			t.Fatalf("exit %d: %s", code, &stderr)
		}
		if b, err := os.ReadFile(filepath.Join(foreign, "thesis.txt")); err != nil || string(b) != "precious" {
			t.Fatalf("the demo touched a foreign file: %q %v", b, err)
		}
		if code := run([]string{"demo", "--dir", ""}, &stdout, &stderr); code != 2 {
			t.Fatalf("an empty --dir: exit %d: %s", code, &stderr)
		}
		mine := filepath.Join(dir, "notes.txt")
		if err := os.WriteFile(mine, []byte("precious"), 0o600); err != nil {
			t.Fatal(err)
		}
		if code := run([]string{"demo", "--dir", dir}, &stdout, &stderr); code != 1 {
			t.Fatalf("a demo over somebody's file: exit %d: %s", code, &stderr)
		}
		if b, err := os.ReadFile(mine); err != nil || string(b) != "precious" {
			t.Fatalf("the demo touched a file that is not its own: %q %v", b, err)
		}
		if err := os.Remove(mine); err != nil {
			t.Fatal(err)
		}
		held, err := queue.Lock(filepath.Join(dir, demoMarker))
		if err != nil {
			t.Fatal(err)
		}
		if code := run([]string{"demo", "--dir", dir}, &stdout, &stderr); code != 1 || !strings.Contains(stderr.String(), "in use") {
			t.Fatalf("a demo beside another: exit %d: %s", code, &stderr)
		}
		held.Close()
		if code := run([]string{"demo", "--dir", dir}, &stdout, &stderr); code != 0 {
			t.Fatalf("a second demo over the first: exit %d: %s", code, &stderr)
		}
	})
}

func checkResult(t *testing.T, dir string, result demoResult) {
	if len(result.Bulletins) != 7 {
		t.Fatalf("%d bulletins, want the 7 samples", len(result.Bulletins))
	}
	numbers := map[string]bool{}
	states := map[pipeline.DeliveryState]int{}
	delayed := 0
	for _, b := range result.Bulletins {
		if b.State != "delivered" || numbers[b.Number] || b.Title == "" {
			t.Errorf("bulletin %s: number %q, state %q, title %q", b.ID, b.Number, b.State, b.Title)
		}
		numbers[b.Number] = true
		if len(b.Editions) != 5 {
			t.Errorf("%s has %d editions", b.Number, len(b.Editions))
		}
		for _, e := range b.Editions {
			for ext, name := range map[string]string{"pdf": e.PDF, "json": e.STIX, "csv": e.CSV, "txt": e.Text} {
				if want := fmt.Sprintf("editions/%s-%s.%s", b.Number, e.Nation, ext); name != want {
					t.Errorf("%s, want %s", name, want)
				}
				if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		for _, n := range pipeline.Nations() {
			of := slices.DeleteFunc(slices.Clone(b.Deliveries), func(d demoDelivery) bool { return d.Nation != n })
			if len(of) < 4 {
				t.Errorf("%s %s: %d recipients, at least 4 are promised", b.Number, n, len(of))
			}
		}
		for _, d := range b.Deliveries {
			states[d.State]++
			if d.State == pipeline.StateSent && d.Attempts > 1 {
				delayed++
			}
			if d.State == pipeline.StateParked && d.Reason == "" {
				t.Errorf("%s is parked without a reason", d.Recipient)
			}
			if mails := mailsWith(t, dir, d.Recipient, d.MessageID); d.State == pipeline.StateSent && len(mails) != 1 {
				t.Errorf("%s: %d mails with Message-ID %s, want 1", d.Recipient, len(mails), d.MessageID)
			}
		}
	}
	if states[pipeline.StateParked] != 14 || states[pipeline.StateSent] != 7*21 || delayed == 0 || len(states) != 2 {
		t.Errorf("states %v, delayed %d: want 7 parked for a key, 7 for good, 147 sent, and some delayed", states, delayed)
	}
}

// mailsWith returns the mails of one address with that Message-ID.
func mailsWith(t *testing.T, dir, address, id string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "mail", address, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(f string) bool {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		return !strings.Contains(string(data), "\nMessage-ID: "+id+"\r\n")
	})
}

// checkNoPlaintext looks for words of the drafts in what lies on disk at the server and in the mails.
func checkNoPlaintext(t *testing.T, dir string) {
	draft, err := fs.ReadFile(templates.Demo(), "p2p/draft.md")
	if err != nil {
		t.Fatal(err)
	}
	words := [][]byte{[]byte("Peer-to-peer"), []byte("case files"), []byte("warrants")}
	for _, w := range words {
		if !bytes.Contains(draft, w) {
			t.Fatalf("the sample no longer says %q", w)
		}
	}
	searched := 0
	for _, place := range []string{"store", "mail", "record", "run"} {
		err := filepath.WalkDir(filepath.Join(dir, place), func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			searched++
			for _, w := range words {
				if bytes.Contains(data, w) {
					t.Errorf("%s holds %q in clear", name, w)
				}
			}
			return nil
		})
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if searched < 60 {
		t.Fatalf("only %d files searched", searched)
	}
}

// gnupgHome makes a recipient's GnuPG home: their secret key, and the desk's key, trusted.
func gnupgHome(t *testing.T, dir, address string) string {
	t.Helper()
	home, err := os.MkdirTemp("/tmp", "gh") // the agent's socket needs a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		os.RemoveAll(home)
	})
	gpg := func(stdin string, args ...string) string {
		c := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--no-tty", "--quiet"}, args...)...)
		c.Stdin = strings.NewReader(stdin)
		out, err := c.Output()
		if err != nil {
			t.Fatalf("gpg %v: %v (make test installs gnupg)", args, err)
		}
		return string(out)
	}
	gpg("", "--import", filepath.Join(dir, "keys", address+".sec.asc"), filepath.Join(dir, "keys", "desk.asc"))
	for line := range strings.SplitSeq(gpg("", "--list-keys", "--with-colons"), "\n") {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			gpg(f[9]+":6:\n", "--import-ownertrust")
		}
	}
	return home
}

func checkReaders(t *testing.T, dir string, result demoResult) {
	b := result.Bulletins[slices.IndexFunc(result.Bulletins, func(b demoBulletin) bool {
		return strings.HasPrefix(b.Title, "Remote-access appliances") // its mark is a TLP label in every edition
	})]
	for i, e := range b.Editions {
		d := b.Deliveries[slices.IndexFunc(b.Deliveries, func(d demoDelivery) bool {
			return d.Nation == e.Nation && d.State == pipeline.StateSent
		})]
		mail, home := mailsWith(t, dir, d.Recipient, d.MessageID)[0], gnupgHome(t, dir, d.Recipient)
		scripts := []string{"notmuch-read.sh"}
		if i == 0 {
			scripts = append(scripts, "neomutt-read.sh")
		}
		for _, script := range scripts {
			read := exec.Command("bash", filepath.Join("testdata", "readers", script), mail, home)
			subject := fmt.Sprintf("[TLP:AMBER] %s %s", b.Number, b.Title)
			read.Env = append(os.Environ(), "EXPECT_SUBJECT="+subject, "EXPECT_PDF="+filepath.Join(dir, e.PDF))
			if out, err := read.CombinedOutput(); err != nil {
				t.Errorf("%s can't read the mail to %s: %v\n%s", script, d.Recipient, err, out)
			}
		}
	}
}

// checkPDFs looks at two editions of each bulletin, at each nation's in turn.
func checkPDFs(t *testing.T, dir string, result demoResult) {
	for i, b := range result.Bulletins {
		for _, j := range []int{i % 5, (i + 2) % 5} {
			e := b.Editions[j]
			out, err := exec.Command("bash", filepath.Join("testdata", "readers", "pdf-check.sh"), filepath.Join(dir, e.PDF), e.Banner).CombinedOutput()
			if err != nil {
				t.Errorf("%s: %v\n%s", e.PDF, err, out)
			}
		}
	}
}

func checkVerify(t *testing.T, dir string) {
	verifies := func(path string) (int, string) {
		var stdout, stderr bytes.Buffer
		code := run([]string{"verify", path}, &stdout, &stderr)
		return code, stdout.String() + stderr.String()
	}
	if code, out := verifies(dir); code != 0 {
		t.Fatalf("verify: exit %d\n%s", code, out)
	}
	tamper := func(name string, change func([]byte) []byte, want string) {
		t.Helper()
		file := filepath.Join(dir, name)
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, change(bytes.Clone(before)), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out := verifies(dir); code != 1 || !strings.Contains(out, want) {
			t.Errorf("%s changed: exit %d, want 1 and %q\n%s", name, code, want, out)
		}
		if err := os.WriteFile(file, before, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	tamper("record/record.jsonl", flip, "does not hold")
	tamper("record/record.jsonl", func(b []byte) []byte {
		lines := bytes.SplitAfter(b, []byte("\n"))
		return bytes.Join(slices.Delete(lines, 5, 6), nil)
	}, "does not hold")
	pdfs, err := filepath.Glob(filepath.Join(dir, "editions", "*.pdf"))
	if err != nil || len(pdfs) == 0 {
		t.Fatal("no PDF to tamper with")
	}
	tamper(filepath.Join("editions", filepath.Base(pdfs[0])), flip, "is not the file that was rendered")
	away := pdfs[0] + ".away"
	if err := os.Rename(pdfs[0], away); err != nil {
		t.Fatal(err)
	}
	if code, out := verifies(dir); code != 1 || !strings.Contains(out, "is missing") && !strings.Contains(out, "is not the file") {
		t.Errorf("an export is missing: exit %d\n%s", code, out)
	}
	if err := os.Rename(away, pdfs[0]); err != nil {
		t.Fatal(err)
	}
	snapshots, err := filepath.Glob(filepath.Join(dir, "record", "snapshots", "*.json"))
	if err != nil || len(snapshots) == 0 {
		t.Fatal("no snapshot to tamper with")
	}
	if code, out := verifies(dir); code != 0 {
		t.Fatalf("verify after mending: exit %d\n%s", code, out)
	}
}
