package configs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// handwritten draws a list as people write it: with comments anywhere, set in or not, in any order of keys.
func handwritten(t *rapid.T, key string, entries [][]field) string {
	comment := 0
	note := func(indent string) string {
		if !rapid.Bool().Draw(t, "comment") {
			return ""
		}
		comment++
		return fmt.Sprintf("%s# note %d: name: x, - y\n", indent, comment)
	}
	margin := rapid.SampledFrom([]string{"", "  ", "    "}).Draw(t, "margin")
	text := note("") + key + ":" + rapid.SampledFrom([]string{"", " # who"}).Draw(t, "behind") + "\n"
	if len(entries) == 0 {
		text = note("") + key + ": []\n"
	}
	for _, fields := range entries {
		text += note(margin) + rapid.SampledFrom([]string{"", "\n"}).Draw(t, "blank")
		for i, f := range rapid.Permutation(fields).Draw(t, "fields") {
			bullet := margin + "  "
			if i == 0 {
				bullet = margin + "- "
			} else {
				text += note(margin + "  ")
			}
			text += fmt.Sprintf("%s%s: %v%s\n", bullet, f.key, f.value, rapid.SampledFrom([]string{"", "   # why: 'it' is so"}).Draw(t, "behind"))
		}
	}
	text += note("")
	if rapid.Bool().Draw(t, "no newline at the end") {
		text = strings.TrimSuffix(text, "\n")
	}
	if rapid.Bool().Draw(t, "windows") {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return text
}

// notes are the comment lines of a text.
func notes(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			out = append(out, line)
		}
	}
	return out
}

// Any sequence of changes leaves what a model says, and every comment line.
func TestChangesOfPeopleKeepWhatPeopleWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir, done := tempDir(t)
		defer done()
		names := []string{"moana", "tom", "yes", "007", "a-b", "null"}
		model := map[string]bool{} // disabled
		var order []string
		var entries [][]field
		for _, n := range names[:rapid.IntRange(0, 3).Draw(t, "at first")] {
			disabled := rapid.Bool().Draw(t, "disabled")
			fields := []field{{"name", `"` + n + `"`}, {"nation", "NZL"}, {"roles", "[author]"}, {"nkey", nkey(n)}, {"certificate", "people/" + n + ".asc"}}
			if disabled {
				fields = append(fields, field{"disabled", true})
			}
			put(t, dir, "people/"+n+".asc", "cert of "+n)
			entries, order = append(entries, fields), append(order, n)
			model[n] = disabled
		}
		before := handwritten(t, "people", entries)
		put(t, dir, peopleFile, before)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			name := rapid.SampledFrom(names).Draw(t, "name")
			_, known := model[name]
			if rapid.Bool().Draw(t, "add") {
				err := AddPerson(dir, review.Person{Name: name, Nation: pipeline.GBR, Roles: []review.Role{review.Reviewer, review.Admin}, NKey: nkey(name), Certificate: "cert of " + name})
				var taken *TakenError
				if known != errors.As(err, &taken) || !known && err != nil {
					t.Fatalf("add %s: %v", name, err)
				}
				if !known {
					model[name], order = false, append(order, name)
				}
				continue
			}
			disabled := rapid.Bool().Draw(t, "disabled")
			changed, err := SetDisabled(dir, name, disabled)
			if known && (err != nil || changed != (model[name] != disabled)) || !known && !errors.Is(err, ErrNobody) {
				t.Fatalf("disable %s %v: %v, %v\n%s", name, disabled, changed, err, text(t, dir, peopleFile))
			}
			if known {
				model[name] = disabled
			}
		}
		people, err := LoadPeople(dir)
		if err != nil || len(people) != len(order) {
			t.Fatalf("%v, %v", people, err)
		}
		for i, p := range people {
			if p.Name != order[i] || p.Disabled != model[p.Name] || p.Certificate != "cert of "+p.Name {
				t.Errorf("got %+v, want %s, disabled %v", p, order[i], model[p.Name])
			}
		}
		if now := text(t, dir, peopleFile); !slices.Equal(notes(now), notes(before)) {
			t.Errorf("comments were lost or moved:\n%s\nnow\n%s", before, now)
		}
	})
}

func TestChangesOfListsKeepWhatPeopleWrote(t *testing.T) {
	addresses := []string{"a@x.example", "b@x.example", "c@x.example", "d'o@x.example"}
	keys, fingerprints := make([][]byte, 3), make([]string, 3)
	for i := range keys {
		keys[i], fingerprints[i] = certificate(t, "a@x.example")
	}
	rapid.Check(t, func(t *rapid.T) {
		dir, done := tempDir(t)
		defer done()
		model := map[string]pipeline.Recipient{}
		var order []string
		var entries [][]field
		for i, a := range addresses[:rapid.IntRange(0, 3).Draw(t, "at first")] {
			put(t, dir, fmt.Sprintf("keys/%d.asc", i), string(keys[i]))
			entries, order = append(entries, []field{
				{"address", a}, {"key", fmt.Sprintf("keys/%d.asc", i)}, {"fingerprint", strings.ToLower(fingerprints[i])}, {"max_tlp", "TLP:AMBER"}, {"max_marking", `""`},
			}), append(order, a)
			model[a] = pipeline.Recipient{Address: a, Fingerprint: fingerprints[i], MaxTLP: "TLP:AMBER"}
		}
		before := handwritten(t, "recipients", entries)
		put(t, dir, nzl, before)
		for range rapid.IntRange(1, 8).Draw(t, "changes") {
			a, k := rapid.SampledFrom(addresses).Draw(t, "address"), rapid.IntRange(0, 2).Draw(t, "key")
			old, known := model[a]
			r := pipeline.Recipient{Nation: pipeline.NZL, Address: a, Fingerprint: fingerprints[k], MaxTLP: "TLP:RED", Name: "Hone: # 1", Kinds: []pipeline.Kind{"flash", "notice"}}
			switch rapid.SampledFrom([]string{"add", "replace", "remove"}).Draw(t, "change") {
			case "add":
				var listed *ListedError
				if err := AddRecipient(dir, r, keys[k]); known != errors.As(err, &listed) || !known && err != nil {
					t.Fatalf("add: %v", err)
				}
				if !known {
					model[a], order = r, append(order, a)
				}
			case "replace":
				r.MaxTLP = rapid.SampledFrom([]string{"", "TLP:GREEN"}).Draw(t, "tlp")
				if err := ReplaceRecipient(dir, r, keys[k]); known != (err == nil) || !known && !errors.Is(err, ErrNobody) {
					t.Fatalf("replace: %v\n%s", err, text(t, dir, nzl))
				}
				if known {
					if r.MaxTLP == "" {
						r.MaxTLP = old.MaxTLP
					}
					model[a] = r
				}
			case "remove":
				if err := RemoveRecipient(dir, pipeline.NZL, a); known != (err == nil) || !known && !errors.Is(err, ErrNobody) {
					t.Fatalf("remove: %v\n%s", err, text(t, dir, nzl))
				}
				if known {
					delete(model, a)
					order = slices.DeleteFunc(order, func(o string) bool { return o == a })
					if _, err := NewLists(dir).Former(pipeline.NZL, old.Fingerprint); err != nil {
						t.Fatalf("the key of whoever was removed is gone: %v", err)
					}
				}
			}
		}
		list, err := LoadRecipients(dir, pipeline.NZL)
		if err != nil || len(list) != len(order) {
			t.Fatalf("%v, %v", list, err)
		}
		for i, r := range list {
			want := model[order[i]]
			if r.Address != order[i] || r.Fingerprint != want.Fingerprint || r.MaxTLP != want.MaxTLP || r.Name != want.Name || !slices.Equal(r.Kinds, want.Kinds) || keyOf(dir, r) == "" {
				t.Errorf("got %+v\nwant %+v", r, want)
			}
		}
		if now := text(t, dir, nzl); !slices.Equal(notes(now), notes(before)) {
			t.Errorf("comments were lost or moved:\n%s\nnow\n%s", before, now)
		}
	})
}

func tempDir(t *rapid.T) (dir string, done func()) {
	dir, err := os.MkdirTemp("", "bulletin-edit-*")
	if err == nil {
		err = Init(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

func put(t rapid.TB, dir, name, text string) {
	if err := WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func text(t rapid.TB, dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What can't be changed line by line is refused with what to write, and left as it was.
func TestLayoutsThatAreNotChanged(t *testing.T) {
	for name, text := range map[string]string{
		"all on one line":   "people: [{name: tom, nation: GBR, certificate: configs/policy.yaml}]\n",
		"entry on one line": "people:\n- {name: tom, nation: GBR, certificate: configs/policy.yaml}\n",
		"quoted keys":       "people:\n- \"name\": tom\n  nation: GBR\n  certificate: configs/policy.yaml\n  \"disabled\": false # no\n",
		"an alias":          "people:\n- &t\n  name: tom\n  nation: GBR\n  certificate: configs/policy.yaml\n- <<: *t\n  name: tim\n",
	} {
		dir := newDir(t)
		write(t, dir, peopleFile, text)
		_, err := SetDisabled(dir, "tom", true)
		now, _ := os.ReadFile(filepath.Join(dir, peopleFile))
		var located *Error
		if err == nil && strings.Contains(string(now), "disabled: true") {
			continue // changed after all: then it says so
		}
		if !errors.As(err, &located) || !strings.Contains(located.Hint, "by hand") || !strings.Contains(located.Hint, "disabled: true") || string(now) != text {
			t.Errorf("%s: %v\n%s", name, err, now)
		}
	}
}

// A mistake in one entry did not let another person be shut out.
func TestDisableInAFileWithMistakes(t *testing.T) {
	dir := newDir(t)
	write(t, dir, peopleFile, "people:\n- name: tom\n  nation: GBR\n  certificate: configs/policy.yaml\n- name: Moana!\n  nation: XYZ\n")
	if changed, err := SetDisabled(dir, "tom", true); err != nil || !changed {
		t.Errorf("%v, %v", changed, err)
	}
}

// The file was replaced, and with it the link, its mode, and whatever was mounted there.
func TestChangesGoThroughALink(t *testing.T) {
	dir, elsewhere := newDir(t), filepath.Join(t.TempDir(), "people.yaml")
	must(t, os.Rename(filepath.Join(dir, peopleFile), elsewhere))
	must(t, os.Symlink(elsewhere, filepath.Join(dir, peopleFile)))
	must(t, os.Chmod(elsewhere, 0o640))
	must(t, AddPerson(dir, review.Person{Name: "tom", Nation: pipeline.GBR, NKey: nkey("tom"), Certificate: "c"}))
	if changed, err := SetDisabled(dir, "tom", true); err != nil || !changed {
		t.Errorf("%v, %v", changed, err)
	}
	info, err := os.Lstat(filepath.Join(dir, peopleFile))
	must(t, err)
	if info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link is gone")
	}
	if info, err = os.Stat(elsewhere); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	people, err := LoadPeople(dir)
	if err != nil || len(people) != 1 || !people[0].Disabled {
		t.Errorf("%+v, %v", people, err)
	}
}

// Two programs that read, changed and wrote one file lost what one of them wrote.
func TestChangesAtTheSameTimeAreAllKept(t *testing.T) {
	dir := newDir(t)
	const n = 24
	var wg sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		wg.Go(func() {
			name := fmt.Sprintf("p%d", i)
			errs[i] = AddPerson(dir, review.Person{Name: name, Nation: pipeline.GBR, NKey: nkey(name), Certificate: "cert of " + name})
			if _, err := SetDisabled(dir, name, i%2 == 0); err != nil {
				errs[i] = err
			}
		})
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	people, err := LoadPeople(dir)
	must(t, err)
	disabled := 0
	for _, p := range people {
		if p.Disabled {
			disabled++
		}
	}
	if len(people) != n || disabled != n/2 {
		t.Errorf("%d people, %d disabled", len(people), disabled)
	}
}

// Adding tom wrote over the certificate of somebody whose entry named that file.
func TestAddLeavesAnothersCertificateAlone(t *testing.T) {
	dir := newDir(t)
	write(t, dir, "people/tom.asc", "cert of old")
	write(t, dir, peopleFile, "people:\n- name: old\n  nation: GBR\n  certificate: people/tom.asc\n")
	if err := AddPerson(dir, review.Person{Name: "tom", Nation: pipeline.GBR, NKey: nkey("tom"), Certificate: "c"}); err == nil || !strings.Contains(err.Error(), "certificate of old") {
		t.Errorf("got %v", err)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "people/tom.asc")); string(got) != "cert of old" {
		t.Errorf("it is now %q", got)
	}
}

func TestWriteNewNeverOverwrites(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "new", "a.creds")
	must(t, WriteNew(file, []byte("mine"), 0o600))
	must(t, os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "link")))
	for _, name := range []string{file, filepath.Join(dir, "link")} {
		if err := WriteNew(name, []byte("x"), 0o600); !errors.Is(err, os.ErrExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
	info, err := os.Stat(file)
	if b, _ := os.ReadFile(file); string(b) != "mine" || err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%q %v %v", b, info, err)
	}
}
