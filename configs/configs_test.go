package configs

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// keyOf is what the key file of a recipient holds.
func keyOf(dir string, r pipeline.Recipient) string {
	data, _ := read(below(dir, r.KeyFile))
	return string(data)
}

// newDir is a fresh working directory.
func newDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "desk")
	must(t, Init(dir))
	return dir
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	file := filepath.Join(dir, name)
	must(t, os.MkdirAll(filepath.Dir(file), 0o700))
	must(t, os.WriteFile(file, []byte(text), 0o600))
}

// nkey has the form of a public nkey.
func nkey(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "U" + strings.Repeat(base32.StdEncoding.EncodeToString(sum[:30]), 2)[:55]
}

// certificate is a fresh one for an address.
func certificate(t testing.TB, address string) (key []byte, fingerprint string) {
	t.Helper()
	_, key, err := seal.GenerateKey("Duty", address, time.Now().Add(-time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	if fingerprint, err = seal.Fingerprint(key); err != nil {
		t.Fatal(err)
	}
	return key, fingerprint
}

const nzl = "configs/recipients/NZL.yaml"

func entry(address string, more ...string) string {
	return "- address: " + address + "\n  key: keys/a.asc\n  fingerprint: AB\n  max_tlp: TLP:AMBER\n" + strings.Join(more, "")
}

func TestInitMakesWhatLoads(t *testing.T) {
	dir := newDir(t)
	c, err := Load(dir)
	must(t, err)
	if want := Default(); c.Desk != want.Desk || c.Delivery != want.Delivery || c.Relay != want.Relay || c.Queue != want.Queue {
		t.Errorf("a fresh directory is not the default:\n%+v\n%+v", c, want)
	}
	if err := Default().validate(places{}); err != nil {
		t.Errorf("the default is not valid: %v", err)
	}
	p, err := LoadPolicy(dir, Default())
	must(t, err)
	if p.Default != (review.Quorum{Approvals: 2, Nations: 2}) || p.Quorum["TLP:GREEN"].Approvals != 1 {
		t.Errorf("policy: %+v", p)
	}
	people, err := LoadPeople(dir)
	if err != nil || len(people) != 0 {
		t.Errorf("people: %v, %v", people, err)
	}
	for _, n := range pipeline.Nations() {
		if list, err := LoadRecipients(dir, n); err != nil || len(list) != 0 {
			t.Errorf("%s: %v, %v", n, list, err)
		}
	}
}

func TestInitNeverOverwrites(t *testing.T) {
	for _, name := range []string{configFile, policyFile, peopleFile, nzl} {
		dir := t.TempDir()
		write(t, dir, name, "mine\n")
		if err := Init(dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is there: %v", name, err)
		}
		if b, _ := os.ReadFile(filepath.Join(dir, name)); string(b) != "mine\n" {
			t.Errorf("%s is now %q", name, b)
		}
		files := 0
		must(t, filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
			if !e.IsDir() {
				files++
			}
			return err
		}))
		if files != 1 {
			t.Errorf("%d files beside %s", files-1, name)
		}
	}
	dir := newDir(t)
	if err := Init(dir); err == nil {
		t.Error("made twice")
	}
}

// TestMistakesHaveTheirPlace: every mistake that a person can make in a file is named with file, line and column.
func TestMistakesHaveTheirPlace(t *testing.T) {
	load := func(dir string) error { _, err := Load(dir); return err }
	policy := func(dir string) error { _, err := LoadPolicy(dir, Default()); return err }
	people := func(dir string) error { _, err := LoadPeople(dir); return err }
	list := func(dir string) error { _, err := LoadRecipients(dir, pipeline.NZL); return err }
	for _, c := range []struct {
		name, file, text string
		load             func(string) error
		place, says      string
	}{
		{"malformed", configFile, "desk:\n  name: [\n", load, ":2:", ""},
		{"tab", configFile, "desk:\n\tname: x\n", load, ":2:", ""},
		{"unknown key", configFile, "desk:\n  nmae: x\n", load, ":2:3:", "nmae"},
		{"unknown section", configFile, "dsk: {}\n", load, ":1:1:", "dsk"},
		{"key twice", configFile, "desk:\n  name: x\n  name: y\n", load, ":3:3:", "name"},
		{"a word for a number", configFile, "delivery:\n  chunk: many\n", load, ":2:", ""},
		{"a word for a time", configFile, "delivery:\n  give_up: soon\n", load, ":2:12:", "give_up must be a duration such as 90s, 5m or 24h, not \"soon\""},
		{"line break in the desk's address", configFile, "desk:\n  address: \"a@b.example\\r\\nBcc: x@y.example\"\n", load, ":2:12:", "line break"},
		{"no host name", configFile, "desk:\n  domain: a b\n", load, ":2:11:", "host name"},
		{"relay without a port", configFile, "relay:\n  address: mail.example\n", load, ":2:12:", "port"},
		{"fewer connections than one", configFile, "relay:\n  connections: 0\n", load, ":2:16:", "between 1 and 1000"},
		{"fewer mails to a domain than none", configFile, "relay:\n  per_domain: -1\n", load, ":2:15:", "between 0 and 1000"},
		{"listen without a port", configFile, "queue:\n  listen: 127.0.0.1\n", load, ":2:11:", "port"},
		{"a NATS server that is no URL", configFile, "queue:\n  url: nats.example\n", load, ":2:8:", "not the URL of a NATS server"},
		{"one of several that is a web page", configFile, "queue:\n  url: tls://a.example,https://b.example\n", load, ":2:8:", "b.example"},
		{"a password in the URL", configFile, "queue:\n  url: tls://u:secret@a.example\n", load, ":2:8:", "secrets/roles"},
		{"two replicas", configFile, "queue:\n  replicas: 2\n", load, ":2:13:", "must be 1, 3 or 5"},
		{"receipts some other way", configFile, "queue:\n  receipts: fast\n", load, ":2:13:", "behind or synced"},
		{"health for everybody", configFile, "health:\n  listen: 0.0.0.0:9464\n", load, ":2:11:", "can be reached from other machines"},
		{"health by a name", configFile, "health:\n  listen: desk.example:9464\n", load, ":2:11:", "loopback"},
		{"a log of no format", configFile, "log:\n  format: xml\n", load, ":2:11:", "xml"},
		{"a log of no level", configFile, "log:\n  level: loud\n", load, ":2:10:", "loud"},
		{"chunk of nothing", configFile, "delivery:\n  chunk: 0\n", load, ":2:10:", "between"},
		{"an hour's patience is a day's at most", configFile, "notices:\n  remind_after: 25h\n", load, ":2:", "25h0m0s is not between 1m and 24h"},
		{"no patience with reviewers", configFile, "notices:\n  remind_after: 0s\n", load, ":2:", "0s is not between 1m and 24h"},
		{"notices by halves", configFile, "notices:\n  enabled: urgent\n", load, ":2:", "enabled must be true or false"},
		{"no patience", configFile, "delivery:\n  give_up: 0s\n", load, ":2:12:", "longer than nothing"},
		{"contacts of nobody", configFile, "contacts:\n  XYZ: [a]\n", load, ":2:", "XYZ"},
		{"two documents", configFile, "desk: {}\n---\ndesk: {}\n", load, ":2:1:", "more than one document"},

		{"negative patience", configFile, "# mine\ndelivery:\n  chunk: 1\n  give_up: -1s\n", load, ":4:12:", "longer than nothing"},
		{"line of Windows after comments", configFile, "# one\r\n# two\r\n# three\r\ndelivery:\r\n  # four\r\n  chunk: 0\r\n", load, ":6:10:", "between"},

		{"malformed policy", policyFile, "quorum: {\n", policy, ":1:", ""},
		{"a quorum that can't be met", policyFile, "quorum:\n  default: {approvals: 1, nations: 2}\n", policy, ":2:", "can't be met"},
		{"no approvals", policyFile, "quorum:\n  default: {approvals: 0, nations: 0}\n", policy, ":2:", "can't be met"},
		{"quorum of no TLP", policyFile, "quorum:\n  TLP:WHITE: {approvals: 1, nations: 1}\n", policy, ":2:", "TLP:WHITE"},
		{"released to nobody known", policyFile, "released:\n  usa:\n    LES: [gbr]\n", policy, ":3:", "gbr"},
		{"released in no scheme", policyFile, "released:\n  us:\n    LES: []\n", policy, ":3:", "unknown scheme"},
		{"a misspelt control", policyFile, "released:\n  usa:\n    LSE: [GBR]\n", policy, ":3:", "\"LSE\""},
		{"a control that can't be released", policyFile, "released:\n  usa:\n    ORCON: [GBR]\n", policy, ":3:", "\"ORCON\""},
		{"not mailed, of no scheme", policyFile, "not_mailed:\n  ca: [PROTECTED C]\n", policy, ":2:", "unknown scheme"},
		{"not mailed, misspelt", policyFile, "not_mailed:\n  can: [PROTECTED D]\n", policy, ":2:", "\"PROTECTED D\""},
		{"equivalents of an unknown nation", policyFile, "equivalents:\n- from: UK\n  to: NZL\n  levels: {OFFICIAL: UNCLASSIFIED}\n", policy, ":2:9:", "UK"},
		{"equivalents for an unknown nation", policyFile, "equivalents:\n- from: GBR\n  to: FRA\n  levels: {OFFICIAL: UNCLASSIFIED}\n", policy, ":3:7:", "FRA"},
		{"equivalents for nobody", policyFile, "equivalents:\n- from: GBR\n  levels: {OFFICIAL: UNCLASSIFIED}\n", policy, ":2:", "nation"},
		{"equivalents of one's own", policyFile, "equivalents:\n- from: GBR\n  to: GBR\n  levels: {OFFICIAL: OFFICIAL}\n", policy, ":3:7:", "both sides"},
		{"equivalents of no level", policyFile, "equivalents:\n- from: GBR\n  to: NZL\n", policy, ":2:", "names no levels"},
		{"a level that the nation does not have", policyFile, "equivalents:\n- from: GBR\n  to: NZL\n  levels:\n    OFICIAL: UNCLASSIFIED\n", policy, ":5:14:", "\"OFICIAL\""},
		{"another nation's level", policyFile, "equivalents:\n- from: GBR\n  to: NZL\n  levels:\n    'OFFICIAL: Sensitive': SENSITIVE\n", policy, ":5:28:", "\"OFFICIAL: Sensitive\""},
		{"a banner of another nation", policyFile, "equivalents:\n- from: GBR\n  to: NZL\n  levels:\n    OFFICIAL: UNCLASSIFIED\n    OFFICIAL-SENSITIVE: OFFICIAL-SENSITIVE\n", policy, ":6:25:", "does not parse"},
		{"no date", policyFile, "equivalents:\n- from: GBR\n  to: NZL\n  since: 1/7/2026\n  levels: {OFFICIAL: UNCLASSIFIED}\n", policy, ":4:10:", "not a date"},
		{"over before it begins", policyFile, "equivalents:\n- from: GBR\n  to: NZL\n  since: 2026-07-01\n  until: 2026-06-30\n  levels: {OFFICIAL: UNCLASSIFIED}\n", policy, ":5:10:", "before"},
		{"two at a time", policyFile, "equivalents:\n- from: GBR\n  to: NZL\n  until: 2026-07-01\n  levels: {OFFICIAL: UNCLASSIFIED}\n- from: GBR\n  to: NZL\n  since: 2026-07-01\n  levels: {OFFICIAL: UNCLASSIFIED}\n", policy, ":6:9:", "two entries for the same day"},
		{"unknown key of an equivalence", policyFile, "equivalents:\n- from: GBR\n  too: NZL\n", policy, ":3:3:", "too"},
		{"unknown key in a quorum", policyFile, "quorum:\n  default: {approvals: 1, nation: 1}\n", policy, ":2:", "nation"},

		{"person with a bad name", peopleFile, "people:\n- name: Tom.X\n", people, ":2:9:", "Tom.X"},
		{"person of no nation", peopleFile, "people:\n- name: tom\n  nation: UK\n", people, ":3:11:", "UK"},
		{"person with no role known", peopleFile, "people:\n- name: tom\n  nation: GBR\n  roles: [boss]\n", people, ":4:10:", "boss"},
		{"person with a bad TLP", peopleFile, "people:\n- name: tom\n  nation: GBR\n  max_tlp: AMBER\n", people, ":4:12:", "AMBER"},
		{"person without certificate", peopleFile, "people:\n- name: tom\n  nation: GBR\n  certificate: gone.asc\n", people, ":4:16:", "certificate of tom"},
		{"person with a directory for certificate", peopleFile, "people:\n- name: tom\n  nation: GBR\n  certificate: configs\n", people, ":4:16:", "is a directory"},
		{"person with a secret for a key", peopleFile, "people:\n- name: tom\n  nation: GBR\n  nkey: SUAM\n", people, ":4:9:", "nkey of tom is not"},
		{"person with an address of two lines", peopleFile, "people:\n- name: tom\n  nation: GBR\n  address: \"a@b.example\\r\\nBcc: c@d.example\"\n", people, ":4:12:", "line break"},
		{"person twice", peopleFile, "people:\n- name: tom\n  nation: GBR\n  certificate: configs/people.yaml\n- name: tom\n  nation: GBR\n  certificate: configs/people.yaml\n", people, ":5:9:", "twice"},

		{"malformed list", nzl, "recipients:\n- address: [\n", list, ":2:", ""},
		{"unknown key in a list", nzl, "recipients:\n" + entry("a@b.example", "  tlp: x\n"), list, ":6:3:", "tlp"},
		{"line break in an address", nzl, "recipients:\n" + entry(`"a@b.example\r\nRCPT TO:<x@y.example>"`), list, ":2:12:", "line break"},
		{"address with a name", nzl, "recipients:\n" + entry("'Duty <a@b.example>'"), list, ":2:12:", "alone"},
		{"no address", nzl, "recipients:\n- key: x\n  max_tlp: TLP:RED\n", list, ":2:3:", "address"},
		{"address twice", nzl, "recipients:\n" + entry("a@b.example") + entry("A@B.example"), list, ":6:12:", "twice"},
		{"bad TLP", nzl, "recipients:\n" + strings.Replace(entry("a@b.example"), "TLP:AMBER", "TLP:WHITE", 1), list, ":5:12:", "TLP:WHITE"},
		{"no TLP", nzl, "recipients:\n- address: a@b.example\n", list, ":2:3:", "TLP"},
		{"unknown kind", nzl, "recipients:\n" + entry("a@b.example", "  kinds: [spam]\n"), list, ":6:", "spam"},
		{"two lists in a file", nzl, "recipients:\n" + entry("a@b.example") + "---\nrecipients:\n" + entry("c@d.example"), list, ":6:1:", "more than one document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := newDir(t)
			write(t, dir, c.file, c.text)
			err := c.load(dir)
			var located *Error
			if !errors.As(err, &located) {
				t.Fatalf("got %v, want an error with its place", err)
			}
			if located.Hint == "" {
				t.Errorf("no hint: %v", err)
			}
			if !regexp.MustCompile(regexp.QuoteMeta(filepath.Base(c.file)) + `:\d+:\d+: .`).MatchString(err.Error()) {
				t.Errorf("no place: %v", err)
			}
			if !strings.Contains(err.Error(), filepath.Base(c.file)+c.place) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v\nwant %s … %s", err, c.place, c.says)
			}
		})
	}
}

func TestAllMistakesAtOnce(t *testing.T) {
	dir := newDir(t)
	write(t, dir, nzl, "recipients:\n"+entry("nonsense")+entry("a@b.example")+entry("a@b.example"))
	_, err := LoadRecipients(dir, pipeline.NZL)
	if err == nil || strings.Count(err.Error(), "NZL.yaml:") != 2 {
		t.Errorf("got %v", err)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, file string)
		says string
	}{
		"missing":   {func(*testing.T, string) {}, ""},
		"directory": {func(t *testing.T, file string) { must(t, os.Mkdir(file, 0o700)) }, "is a directory"},
		"pipe":      {func(t *testing.T, file string) { must(t, syscall.Mkfifo(file, 0o600)) }, "is a pipe"}, // nobody writes to it
		"huge": {func(t *testing.T, file string) {
			must(t, os.WriteFile(file, nil, 0o600))
			must(t, os.Truncate(file, maxFile+1))
		}, "more than the limit"},
	} {
		for _, file := range []string{configFile, policyFile, peopleFile, nzl} {
			dir := newDir(t)
			must(t, os.Remove(filepath.Join(dir, file)))
			c.make(t, filepath.Join(dir, file))
			_, err1 := Load(dir)
			_, err2 := LoadPolicy(dir, Default())
			_, err3 := LoadPeople(dir)
			_, err4 := LoadRecipients(dir, pipeline.NZL)
			err := errors.Join(err1, err2, err3, err4)
			if err == nil || !strings.Contains(err.Error(), filepath.Base(file)) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s %s: %v", name, file, err)
			}
		}
	}
}

// A key file that is no key makes one recipient unfit, and holds back nobody else.
func TestKeysThatAreNone(t *testing.T) {
	dir := newDir(t)
	write(t, dir, "keys/good.asc", "a key")
	write(t, dir, "keys/a.pdf", "%PDF-1.7")
	must(t, os.Mkdir(filepath.Join(dir, "keys", "folder"), 0o700))
	text := "recipients:\n"
	for address, key := range map[string]string{"good@x.example": "keys/good.asc", "pdf@x.example": "keys/a.pdf", "gone@x.example": "keys/gone.asc", "dir@x.example": "keys/folder", "none@x.example": `""`} {
		text += strings.Replace(entry(address), "keys/a.asc", key, 1)
	}
	write(t, dir, nzl, text)
	list, err := LoadRecipients(dir, pipeline.NZL)
	must(t, err)
	got := map[string]string{}
	for _, r := range list {
		got[r.Address] = keyOf(dir, r)
	}
	if len(got) != 5 || got["good@x.example"] != "a key" || got["pdf@x.example"] != "%PDF-1.7" || got["gone@x.example"]+got["dir@x.example"]+got["none@x.example"] != "" {
		t.Errorf("keys: %q", got)
	}
}

func TestAddKeepsWhatAPersonWrote(t *testing.T) {
	person := func(name string) review.Person {
		return review.Person{Name: name, Nation: pipeline.GBR, Roles: []review.Role{review.Author}, NKey: nkey(name), Certificate: "cert of " + name}
	}
	for name, before := range map[string]string{
		"fresh":                     string(Example("people")),
		"empty":                     "",
		"no newline at the end":     "# mine\npeople: []",
		"a comment after":           "# mine\npeople: [] # nobody yet\n# the end\n",
		"entries at the margin":     "# mine\npeople:\n- name: old # the first\n  nation: NZL\n  certificate: configs/policy.yaml\n",
		"entries set in":            "# mine\npeople:\n  # the first\n  - name: old\n    nation: NZL\n    certificate: configs/policy.yaml\n",
		"set in, without a newline": "people:\n    - name: old\n      nation: NZL\n      certificate: configs/policy.yaml",
		"lines of Windows":          "# mine\r\npeople:\r\n  - name: old\r\n    nation: NZL\r\n    certificate: configs/policy.yaml\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := newDir(t)
			write(t, dir, peopleFile, before)
			was, err := LoadPeople(dir)
			must(t, err)
			must(t, AddPerson(dir, person("tom")))
			must(t, AddPerson(dir, person("priya")))
			now, err := LoadPeople(dir)
			must(t, err)
			if len(now) != len(was)+2 || now[len(now)-1].Name != "priya" || now[len(now)-2].Certificate != "cert of tom" {
				t.Errorf("people: %+v", now)
			}
			text, err := os.ReadFile(filepath.Join(dir, peopleFile))
			must(t, err)
			for _, line := range strings.Split(before, "\n") {
				if strings.Contains(line, "#") && !strings.Contains(string(text), strings.Replace(line, " []", "", 1)) {
					t.Errorf("%q is gone from\n%s", line, text)
				}
			}
			if err := AddPerson(dir, review.Person{Name: "tom", Nation: pipeline.USA, Certificate: "other"}); err == nil {
				t.Error("tom is there twice")
			}
			if b, _ := os.ReadFile(filepath.Join(dir, "people", "tom.asc")); string(b) != "cert of tom" {
				t.Errorf("tom's certificate was replaced: %q", b)
			}
		})
	}
}

func TestAddRefusesAFileItCannotAppendTo(t *testing.T) {
	dir := newDir(t)
	const text = "people: [{name: old, nation: NZL, certificate: configs/policy.yaml}]\n"
	write(t, dir, peopleFile, text)
	err := AddPerson(dir, review.Person{Name: "tom", Nation: pipeline.GBR, Certificate: "c"})
	var located *Error
	if !errors.As(err, &located) || !strings.Contains(located.Hint, "by hand") || !strings.Contains(located.Hint, "name: tom") {
		t.Errorf("got %v", err)
	}
	if b, _ := os.ReadFile(filepath.Join(dir, peopleFile)); string(b) != text {
		t.Errorf("the file is now\n%s", b)
	}
}

func TestAddRecipient(t *testing.T) {
	dir := newDir(t)
	key, fingerprint := certificate(t, "hone@police.example.nz")
	r := pipeline.Recipient{Nation: pipeline.NZL, Address: "hone@police.example.nz", Name: "Hone: duty #1", Fingerprint: fingerprint, MaxTLP: "TLP:RED", MaxMarking: "UNCLASSIFIED", Kinds: []pipeline.Kind{"flash"}}
	must(t, AddRecipient(dir, r, key))
	other := r
	other.Address, other.Kinds = "aroha@police.example.nz", nil
	must(t, AddRecipient(dir, other, key))
	list, err := LoadRecipients(dir, pipeline.NZL)
	must(t, err)
	if len(list) != 2 || list[0].Name != r.Name || keyOf(dir, list[0]) != string(key) || list[0].MaxMarking != "UNCLASSIFIED" || !slices.Equal(list[0].Kinds, r.Kinds) || len(list[1].Kinds) != 0 {
		t.Errorf("list: %+v", list)
	}
	text, err := os.ReadFile(filepath.Join(dir, nzl))
	must(t, err)
	if !strings.HasPrefix(string(text), string(Example("recipients")[:60])) {
		t.Errorf("the comments are gone:\n%s", text)
	}
	r.Address = "HONE@police.example.nz"
	if err := AddRecipient(dir, r, key); err == nil {
		t.Error("one address twice")
	}
}

func TestListsReadAnewWhenChanged(t *testing.T) {
	dir := newDir(t)
	l := NewLists(dir)
	now := time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	l.now = func() time.Time { return now }
	file := filepath.Join(dir, nzl)
	addresses := func() string {
		t.Helper()
		list, err := l.Recipients(pipeline.NZL)
		must(t, err)
		var out []string
		for _, r := range list.All() {
			out = append(out, r.Address+"="+keyOf(dir, r))
		}
		return strings.Join(out, " ")
	}
	at := func(file string, mod time.Time) { must(t, os.Chtimes(file, mod, mod)) }
	write(t, dir, "keys/a.asc", "one")
	at(filepath.Join(dir, "keys/a.asc"), now.Add(-time.Hour))
	write(t, dir, nzl, "recipients:\n"+entry("a@b.example"))
	at(file, now)
	if got := addresses(); got != "a@b.example=one" {
		t.Fatal(got)
	}
	// Rewritten at once: the same size, and within the granularity of the clock the same time.
	write(t, dir, nzl, "recipients:\n"+entry("x@y.example"))
	at(file, now)
	if got := addresses(); got != "x@y.example=one" {
		t.Errorf("a change of the same size at the same time is not seen: %s", got)
	}
	now = now.Add(time.Hour)
	first, _ := l.Recipients(pipeline.NZL)
	second, _ := l.Recipients(pipeline.NZL)
	if first != second {
		t.Error("read anew, though nothing has changed")
	}
	must(t, WriteFile(file, []byte("recipients:\n"+entry("x@y.example")+entry("c@d.example")), 0o600))
	if got := addresses(); got != "x@y.example=one c@d.example=one" {
		t.Errorf("a change is not seen: %s", got)
	}
	now = time.Now().Add(time.Hour)
	addresses()
	write(t, dir, "keys/a.asc", "two")
	now = now.Add(keysEvery)
	if got := addresses(); got != "x@y.example=two c@d.example=two" {
		t.Errorf("another key is not seen: %s", got)
	}
	must(t, os.Remove(filepath.Join(dir, "keys/a.asc")))
	now = now.Add(keysEvery)
	if got := addresses(); got != "x@y.example= c@d.example=" {
		t.Errorf("a key taken away is not seen: %s", got)
	}
	write(t, dir, nzl, "recipients:\n- nonsense\n")
	if _, err := l.Recipients(pipeline.NZL); err == nil {
		t.Error("nonsense was read")
	}
	if _, err := l.Recipients(pipeline.NZL); err == nil {
		t.Error("after nonsense, the old list is back")
	}
	must(t, os.Remove(file))
	if _, err := l.Recipients(pipeline.NZL); err == nil {
		t.Error("a list that is gone was read")
	}
}

func TestWriteFileLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(dir, "taken", "full"), 0o700))
	if err := WriteFile(filepath.Join(dir, "taken"), []byte("x"), 0o600); err == nil {
		t.Error("a directory was written over")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	must(t, WriteFile(filepath.Join(dir, "new", "file"), []byte("x"), 0o600))
	if info, err := os.Stat(filepath.Join(dir, "new", "file")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// render -o /dev/null took the device from everybody: a file was put in its place.
func TestWriteFileReplacesNoStream(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	must(t, syscall.Mkfifo(fifo, 0o600))
	r, err := os.OpenFile(fifo, os.O_RDWR, 0) // with it open, neither side waits for the other
	must(t, err)
	defer r.Close()
	link := fifo + ".link"
	must(t, os.Symlink(fifo, link))
	for _, name := range []string{fifo, link} {
		must(t, WriteFile(name, []byte("mine"), 0o600))
		got := make([]byte, 4)
		if _, err := io.ReadFull(r, got); err != nil || string(got) != "mine" {
			t.Errorf("%s: read %q, %v", name, got, err)
		}
	}
	info, err := os.Lstat(fifo)
	if err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("it is now %v, %v", info.Mode(), err)
	}
	info, err = os.Lstat(link)
	if err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("the link is now %v, %v", info.Mode(), err)
	}
	must(t, WriteFile(os.DevNull, []byte("x"), 0o600))
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&os.ModeDevice == 0 {
		t.Errorf("%s is now %v, %v", os.DevNull, info.Mode(), err)
	}
}

// Two names with one key would be two approvers.
func TestPeopleHaveKeysOfTheirOwn(t *testing.T) {
	for what, second := range map[string]review.Person{
		"connection key": {Name: "twin2", Nation: pipeline.GBR, NKey: nkey("1"), Certificate: "c2"},
		"signing key":    {Name: "twin2", Nation: pipeline.GBR, NKey: nkey("2"), Certificate: "c1"},
	} {
		dir := newDir(t)
		must(t, AddPerson(dir, review.Person{Name: "twin1", Nation: pipeline.AUS, NKey: nkey("1"), Certificate: "c1"}))
		if err := AddPerson(dir, second); err == nil || !strings.Contains(err.Error(), "twin2 has the "+what+" of twin1") {
			t.Errorf("%s: %v", what, err)
		}
	}
}
