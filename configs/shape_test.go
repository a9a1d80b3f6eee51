package configs

import (
	"errors"
	"strings"
	"testing"

	"bulletin/pipeline"
)

// A newcomer was told "cannot unmarshal string into Go struct field Config.Delivery of type int".
func TestErrorsSpokeGo(t *testing.T) {
	for text, want := range map[string]string{
		"delivery:\n  chunk: many\n":                 `2:10: chunk must be a whole number, not "many" | write it in digits alone, without quotes`,
		"delivery:\n  chunk: 1.5\n":                  `2:10: chunk must be a whole number, not "1.5" | write it in digits alone, without quotes`,
		"delivery:\n  chunk: 99999999999999999999\n": `2:10: chunk must be a whole number, not "99999999999999999999" | write it in digits alone, without quotes`,
		"delivery:\n  chunk: 18446744073709551615\n": `2:10: chunk must be a whole number, not "18446744073709551615" | write it in digits alone, without quotes`,
		"delivery:\n  give_up: 24\n":                 `2:12: give_up must be a duration such as 90s, 5m or 24h, not "24" | write a number and its unit: s, m or h`,
		"delivery:\n  give_up: one day\n":            `2:12: give_up must be a duration such as 90s, 5m or 24h, not "one day" | write a number and its unit: s, m or h`,
		"delivry: {}\n":                              `1:1: unknown key "delivry" in the file | did you mean delivery?`,
		"delivery:\n  give-up: 24h\n":                `2:3: unknown key "give-up" in delivery | did you mean give_up?`,
		"relay:\n  colour: red\n":                    `2:3: unknown key "colour" in relay | known here are address, outbox, hello, user, tls, ca, connections, per_domain, timeout`,
		"desk:\n  name: [a]\n":                       `2:9: name must be text, not a list | write one line of text, in quotes if it holds a colon`,
		"desk: x\n":                                  `1:7: desk must hold keys with values, not "x" | write its keys under it, each on a line of its own, set in`,
		"fonts: a.ttf\n":                             `1:8: fonts must be a list, not "a.ttf" | write [a, b], or a line with a hyphen for each`,
		"contacts:\n  AUS: x\n":                      `2:8: AUS must be a list, not "x" | write [a, b], or a line with a hyphen for each`,
		"- a\n":                                      `1:1: the file must hold keys with values, not a list | write its keys under it, each on a line of its own, set in`,
	} {
		dir := newDir(t)
		write(t, dir, configFile, text)
		_, err := Load(dir)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: got %v", text, err)
			continue
		}
		_, place, _ := strings.Cut(e.Error(), "bulletin.yaml:")
		if got := place + " | " + e.Hint; got != want {
			t.Errorf("%q\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func TestOnlyTheFirstOfSeveralMistakesWasNamed(t *testing.T) {
	dir := newDir(t)
	write(t, dir, configFile, "desk:\n  nmae: x\ndelivery:\n  chunk: many\n  give_up: 24\n")
	if _, err := Load(dir); err == nil || strings.Count(err.Error(), "bulletin.yaml:") != 3 {
		t.Errorf("got %v", err)
	}
	write(t, dir, policyFile, "quorum:\n  TLP:RED: {approvals: two, nation: 1}\neditorial: perhaps\n")
	if _, err := LoadPolicy(dir, Default()); err == nil || strings.Count(err.Error(), "policy.yaml:") != 3 {
		t.Errorf("got %v", err)
	}
	write(t, dir, nzl, "recipients:\n- adress: a@b.example\n- kinds: flash\n")
	if _, err := LoadRecipients(dir, pipeline.NZL); err == nil || strings.Count(err.Error(), "NZL.yaml:") != 2 {
		t.Errorf("got %v", err)
	}
}

func TestWhatTheLibraryTakesAsTextStaysText(t *testing.T) {
	dir := newDir(t)
	write(t, dir, configFile, "desk:\n  name: 12\n  address:\ndelivery: {chunk: 7, give_up: '1h'}\n")
	c, err := Load(dir)
	if err != nil || c.Desk.Name != "12" || c.Delivery.Chunk != 7 || c.Delivery.GiveUp.Hours() != 1 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestPortThatIsNoneWasFoundByServe(t *testing.T) {
	for address, good := range map[string]bool{
		"127.0.0.1:0": true, "127.0.0.1:65535": true, "[::1]:4222": true, ":4222": true,
		"127.0.0.1:99999": false, "127.0.0.1:65536": false, "127.0.0.1:-1": false, "127.0.0.1:nats": false, "127.0.0.1:": false,
	} {
		for _, key := range []string{"queue:\n  listen: ", "relay:\n  address: "} {
			dir := newDir(t)
			write(t, dir, configFile, key+"\""+address+"\"\n")
			_, err := Load(dir)
			var e *Error
			if good != (err == nil) || err != nil && (!errors.As(err, &e) || e.Line != 2 || e.Hint == "") {
				t.Errorf("%s%s: %v", key, address, err)
			}
		}
	}
}
