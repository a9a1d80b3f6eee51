package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// knownNot is for a list of which nothing is known.
func knownNot(sum) (r pipeline.Recipient, ok bool) { return r, false }

// In pieces, a list says what it says as a whole, and what is wrong with it is said in the same words at the same places.
func TestPiecesAreTheWhole(t *testing.T) {
	odd := rapid.SampledFrom([]string{
		"address: b@x.example", "address: nonsense", "name: []", "name: {a: b}", "name: a: b", "name: 7", "agency: &a x", "agency: *a", "agency: !!str x",
		"name: >-\n      folded", "name: |", "max_tlp: AMBER", "kinds: [spam]", "kinds: flash", "kinds:\n    - flash", "wrong: x", "name: \"un", "name: 'x",
		`name: "a\nb"`, "- address: z@x.example", "name: - x", "name:", "name: ~", "name: a\n    b", "name: null",
	})
	plain := rapid.SampledFrom([]string{
		"name: Duty", "name: 'Duty # 1'", "name: Hōne", "agency: \"Unit: one\"", "kinds: [flash, notice]", "# a note", "", "max_marking: \"\"", "fingerprint: AB cd",
		"fingerprint: 0123456789", "max_marking: UNCLASSIFIED//REL TO USA, NZL", "name: x  # by telephone",
	})
	cut := 0
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		text.WriteString(rapid.SampledFrom([]string{"recipients:\n", "# ours\n\nrecipients: # all\n", "recipients:\r\n", "---\nrecipients:\n", "recipients: []\n", ""}).Draw(t, "head"))
		indent := rapid.SampledFrom([]string{"", "  "}).Draw(t, "indent")
		for i := range rapid.IntRange(0, 4).Draw(t, "entries") {
			fmt.Fprintf(&text, "%s- address: a%d@x.example\n%s  key: k%d.asc\n", indent, rapid.IntRange(i, i+1).Draw(t, "n"), indent, i)
			if rapid.IntRange(0, 5).Draw(t, "tlp") > 0 {
				fmt.Fprintf(&text, "%s  max_tlp: TLP:GREEN\n", indent)
			}
			for range rapid.IntRange(0, 2).Draw(t, "more") {
				fmt.Fprintf(&text, "%s  %s\n", indent, rapid.OneOf(plain, plain, plain, odd).Draw(t, "line"))
			}
		}
		text.WriteString(rapid.SampledFrom([]string{"", "", "# the end", "more: x\n", "\n\n"}).Draw(t, "end"))
		data := unixLines([]byte(text.String()))
		list, err := wholeList(pipeline.NZL, "NZL.yaml", data)
		if err == nil {
			err = list.check()
		}
		got, gotErr := parseRecipients(pipeline.NZL, "NZL.yaml", data, knownNot)
		if fmt.Sprint(gotErr) != fmt.Sprint(err) {
			t.Fatalf("%s\nin pieces: %v\nas a whole: %v", data, gotErr, err)
		}
		if err == nil && len(list.recipients) > 0 && !reflect.DeepEqual(got.recipients, list.recipients) {
			t.Fatalf("%s\nin pieces: %+v\nas a whole: %+v", data, got.recipients, list.recipients)
		}
		if err == nil && len(got.texts) > 0 && got.texts[0] != (sum{}) {
			cut++
		}
	})
	if cut == 0 {
		t.Error("no list was read in pieces")
	}
}

// deskOf is a working directory with one list, of the addresses whose keys are in files of their names.
func deskOf(t *testing.T, at time.Time, lifetime time.Duration, addresses ...string) (dir string) {
	t.Helper()
	dir = newDir(t)
	text := "recipients:\n"
	for _, a := range addresses {
		_, public, err := seal.GenerateKey("R", a, at, lifetime)
		must(t, err)
		fpr, err := seal.Fingerprint(public)
		must(t, err)
		write(t, dir, "keys/"+a+".asc", string(public))
		text += fmt.Sprintf("- address: %s\n  key: keys/%s.asc\n  fingerprint: %s\n  max_tlp: TLP:AMBER\n", a, a, fpr)
	}
	write(t, dir, nzl, text)
	return dir
}

// states is how fit everyone on the list is.
func states(t *testing.T, l *Lists, now time.Time) string {
	t.Helper()
	roll, err := l.Recipients(pipeline.NZL)
	must(t, err)
	var out []string
	for _, r := range roll.All() {
		out = append(out, r.Address+" "+l.Fitness(r, now).State)
	}
	return strings.Join(out, ", ")
}

// What was compiled is used at the next start: nothing is judged again while nothing has changed.
func TestCompiledListIsUsed(t *testing.T) {
	dir := deskOf(t, time.Now().Add(-time.Hour), 0, "a@x.example", "b@x.example")
	write(t, dir, "keys/b@x.example.asc", "no key")
	written, err := LoadRecipients(dir, pipeline.NZL)
	must(t, err)
	const want = "a@x.example fit, b@x.example unfit"
	if got := states(t, NewLists(dir), time.Now()); got != want {
		t.Fatal(got)
	}
	if info, err := os.Stat(filepath.Join(dir, "run/lists/NZL.gob")); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	l := NewLists(dir)
	if list := l.stored(pipeline.NZL); list == nil || len(list.lines) != 2 || list.lines[0].judgement.Key == nil || len(list.lines[0].signs) != 2 {
		t.Fatalf("stored: %+v", list)
	}
	roll, err := l.Recipients(pipeline.NZL)
	must(t, err)
	again, err := LoadRecipients(dir, pipeline.NZL)
	must(t, err)
	if !reflect.DeepEqual(roll.All(), written) || !reflect.DeepEqual(again, written) {
		t.Errorf("compiled %+v\nwritten %+v", roll.All(), written)
	}
	if got := states(t, l, time.Now()); got != want || l.loaded[pipeline.NZL].stale != 0 {
		t.Errorf("%s, and %d judged again", got, l.loaded[pipeline.NZL].stale)
	}
}

// A compiled file that is damaged, of another program or of another nation is made anew.
func TestCompiledListThatIsNone(t *testing.T) {
	dir := deskOf(t, time.Now().Add(-time.Hour), 0, "a@x.example")
	states(t, NewLists(dir), time.Now())
	file := filepath.Join(dir, "run/lists/NZL.gob")
	good, err := os.ReadFile(file)
	must(t, err)
	flipped := []byte(string(good))
	flipped[len(good)/2] ^= 1
	for name, data := range map[string][]byte{"empty": nil, "short": good[:40], "cut off": good[:len(good)-1], "a bit flipped": flipped} {
		must(t, os.WriteFile(file, data, 0o600))
		l := NewLists(dir)
		if l.stored(pipeline.NZL) != nil {
			t.Errorf("%s: was read", name)
		}
		if got := states(t, l, time.Now()); got != "a@x.example fit" {
			t.Errorf("%s: %s", name, got)
		}
		if NewLists(dir).stored(pipeline.NZL) == nil {
			t.Errorf("%s: not made anew", name)
		}
	}
	must(t, os.WriteFile(filepath.Join(dir, "run/lists/GBR.gob"), good, 0o600))
	if NewLists(dir).stored(pipeline.GBR) != nil {
		t.Error("the list of another nation was read")
	}
	was := program
	t.Cleanup(func() { program = was })
	program = func() string { return "an older one" }
	if NewLists(dir).stored(pipeline.NZL) != nil || len(NewLists(dir).storedKeys(time.Now()).files) != 0 {
		t.Error("what another program judged was read")
	}
}

// What changed while nothing ran counts at the next start; what only time changes does too.
func TestCompiledJudgementsAreOfNow(t *testing.T) {
	made := time.Now().Add(-time.Hour)
	dir := deskOf(t, made, 40*24*time.Hour, "a@x.example", "b@x.example", "c@x.example")
	if got := states(t, NewLists(dir), time.Now()); got != "a@x.example fit, b@x.example fit, c@x.example fit" {
		t.Fatal(got)
	}
	must(t, os.Rename(filepath.Join(dir, "keys/a@x.example.asc"), filepath.Join(dir, "keys/b@x.example.asc")))
	l := NewLists(dir)
	const want = "a@x.example unfit, b@x.example unfit, c@x.example "
	for at, state := range map[time.Time]string{
		time.Now(): "fit", made.Add(39 * 24 * time.Hour): "warning", made.Add(41 * 24 * time.Hour): "unfit", made.Add(-time.Hour): "unfit",
	} {
		if got := states(t, l, at); got != want+state {
			t.Errorf("at %v: %s", at, got)
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, nzl))
	must(t, err)
	write(t, dir, nzl, strings.ReplaceAll(string(text), "- address: a@x", "- name: A\n  address: a@x"))
	if got := states(t, l, time.Now()); got != want+"fit" {
		t.Error(got)
	}
}

// A named pipe in the place of a compiled list does not hold up whoever asks for the list: it is compiled anew.
func TestPipeForACompiledListIsNotWaitedFor(t *testing.T) {
	dir := deskOf(t, time.Now().Add(-time.Hour), 0, "hone@police.example.nz")
	for _, name := range []string{"NZL", "keys"} {
		file := NewLists(dir).compiledFile(name)
		must(t, os.MkdirAll(filepath.Dir(file), 0o700))
		must(t, syscall.Mkfifo(file, 0o600))
	}
	if got := states(t, NewLists(dir), time.Now()); !strings.HasSuffix(got, " "+seal.Fit) {
		t.Error(got)
	}
}

// rsync --inplace --times writes over a key and sets back the time: size, modification time and inode stay as they were.
func TestKeyWrittenOverInPlaceIsJudgedAnew(t *testing.T) {
	dir := deskOf(t, time.Now().Add(-time.Hour), 0, "a@x.example")
	file := filepath.Join(dir, "keys/a@x.example.asc")
	l, now := NewLists(dir), time.Now().Add(time.Hour) // the file has settled
	l.now = func() time.Time { return now }
	if got := states(t, l, time.Now()); got != "a@x.example fit" {
		t.Fatal(got)
	}
	info, err := os.Stat(file)
	must(t, err)
	was := stampOf(file, now)
	must(t, os.WriteFile(file, []byte(strings.Repeat("x", int(was.Size))), 0o600))
	is := was
	for is.Changed == was.Changed { // within the granularity of the file system's clock
		must(t, os.Chtimes(file, time.Time{}, info.ModTime()))
		is = stampOf(file, now)
	}
	if is.Size != was.Size || is.Modified != was.Modified || is.Inode != was.Inode {
		t.Fatalf("%+v, was %+v", is, was)
	}
	now = now.Add(keysEvery)
	for name, l := range map[string]*Lists{"running": l, "started anew": NewLists(dir)} {
		if got := states(t, l, time.Now()); got != "a@x.example unfit" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// Two changes within the granularity of the file system's clock look the same: a stamp is believed once both times are old.
func TestStampOfWhatHasJustChangedIsNotBelieved(t *testing.T) {
	const read = int64(time.Hour)
	for s, want := range map[stamp]bool{
		{}:                                    true, // not there
		{Read: read}:                          true,
		{Read: read, Modified: read - 1}:      false,
		{Read: read, Changed: read - 1}:       false, // its modification time was set back
		{Read: read, Changed: read + 1}:       false, // the clock was
		{Read: read, Modified: 1, Changed: 1}: true,
	} {
		now := s
		now.Read *= 2
		if got := s.shows(now); got != want {
			t.Errorf("%+v: %v", s, got)
		}
	}
}
