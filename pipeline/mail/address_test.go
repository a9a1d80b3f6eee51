package mail

import (
	netmail "net/mail"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline"
)

func TestParseAddress(t *testing.T) {
	for _, s := range []string{"officer@police.example.nz", "o'neill+duty@police.example", "a@localhost", "x.y-z_1@a-b.example"} {
		if got, err := ParseAddress(s); err != nil || got != s {
			t.Errorf("ParseAddress(%q) = %q, %v", s, got, err)
		}
	}
	refused := map[string]string{
		"a@b.example\r\nRCPT TO:<x@y.example>":  "line break",
		"a\n@b.example":                         "line break",
		"a@b.example\x00":                       "NUL",
		"māori@police.example.nz":               "SMTPUTF8",
		"a@pirihimana-māori.example":            "xn--",
		strings.Repeat("a", 250) + "@b.example": "at most 254",
		`"a b"@b.example`:                       "alone",
		`"a>x"@b.example`:                       "alone",
		"Alice <alice@b.example>":               "alone",
		"alice@b.example (duty)":                "alone",
		" alice@b.example":                      "alone",
		"alice":                                 "not an address",
		"":                                      "not an address",
		"a@b.example, c@d.example":              "not an address",
		"a@[127.0.0.1]":                         "host name",
		"a@-b.example":                          "host name",
	}
	for s, says := range refused {
		if got, err := ParseAddress(s); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("ParseAddress(%.40q) = %q, %v; want it to say %q", s, got, err, says)
		}
	}
}

// What is accepted can stand in a command as it is, and net/mail agrees on what it is.
func FuzzParseAddress(f *testing.F) {
	for _, s := range []string{"a@b.example", "a@b\r\n", `"x"@y`, "a@b>", "<a@b>", "é@x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseAddress(s)
		if err != nil {
			return
		}
		if got != s || strings.ContainsAny(s, " <>\r\n\x00\"\\") || len(s) > maxAddress {
			t.Errorf("accepted %q as %q", s, got)
		}
		if a, err := netmail.ParseAddress(s); err != nil || a.Address != s {
			t.Errorf("net/mail reads %q as %v, %v", s, a, err)
		}
	})
}

func TestFileNameKeepsAddressesApart(t *testing.T) {
	for in, want := range map[string]string{
		"officer@police.example.nz": "officer@police.example.nz",
		"../../etc@x":               "%2E.%2F..%2Fetc@x",
		"a/b@x":                     "a%2Fb@x",
		"a%2Fb@x":                   "a%252Fb@x",
	} {
		if got := fileName(in); got != want {
			t.Errorf("fileName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestMessageID(t *testing.T) {
	id := MessageID([]byte("key"), testRef, pipeline.NZL, "bulletin.example")
	if !messageIDForm.MatchString(id) {
		t.Errorf("%s has not the form of a message-id", id)
	}
	if again := MessageID([]byte("key"), testRef, pipeline.NZL, "bulletin.example"); again != id {
		t.Errorf("a repeat has another message-id: %s and %s", id, again)
	}
	others := map[string]string{
		"key":      MessageID([]byte("yek"), testRef, pipeline.NZL, "bulletin.example"),
		"nation":   MessageID([]byte("key"), testRef, pipeline.GBR, "bulletin.example"),
		"revision": MessageID([]byte("key"), pipeline.Ref{ID: testRef.ID, Revision: 2}, pipeline.NZL, "bulletin.example"),
		"bulletin": MessageID([]byte("key"), pipeline.Ref{ID: "babcdefghijkm", Revision: 1}, pipeline.NZL, "bulletin.example"),
	}
	for what, other := range others {
		if other == id {
			t.Errorf("another %s gives the same message-id", what)
		}
	}
}

// bareForm is what passes, as RFC 5321 §4.1.2 has it: a dot-atom at a host name.
var bareForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*" +
	`@[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)

// What passes has that form, is an address to net/mail too, and is nothing else to it.
func TestBareAddressesPass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(
			rapid.StringMatching(`[a-c.+=?@-]{0,12}@[a-c0.-]{0,12}`),
			rapid.StringOfN(rapid.RuneFrom([]rune("ab.@-+ \"<>,é\r\n")), 0, 12, -1),
			rapid.Custom(func(t *rapid.T) string {
				return strings.Repeat("a", rapid.IntRange(240, 260).Draw(t, "length")) + "@b.example"
			}),
		).Draw(t, "address")
		got, err := ParseAddress(s)
		if want := bareForm.MatchString(s) && len(s) <= maxAddress; want != (err == nil) {
			t.Errorf("%q: must pass %v, but %v", s, want, err)
		}
		if a, known := netmail.ParseAddress(s); err == nil && (got != s || known != nil || a.Address != s) {
			t.Errorf("%q passes as %q; net/mail: %v, %v", s, got, a, known)
		}
	})
}
