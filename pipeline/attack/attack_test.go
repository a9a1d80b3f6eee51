package attack_test

import (
	"strings"
	"testing"

	"bulletin/pipeline/attack"
)

func TestLookup(t *testing.T) {
	for id, want := range map[string]struct{ name, title, tactics string }{
		"TA0010":    {"Exfiltration", "Exfiltration", ""},
		"T1048":     {"Exfiltration Over Alternative Protocol", "Exfiltration Over Alternative Protocol", "Exfiltration"},
		"T1048.003": {"Exfiltration Over Unencrypted Non-C2 Protocol", "Exfiltration Over Alternative Protocol: Exfiltration Over Unencrypted Non-C2 Protocol", "Exfiltration"},
		"T1078":     {"Valid Accounts", "Valid Accounts", "Initial Access, Persistence, Privilege Escalation, Defense Evasion"},
		"T1552.001": {"Credentials In Files", "Unsecured Credentials: Credentials In Files", "Credential Access"},
	} {
		e, ok := attack.Lookup(id)
		if !ok || e.ID != id || e.Name != want.name || strings.Join(e.Tactics, ", ") != want.tactics {
			t.Errorf("Lookup(%s) = %+v, %v; want %+v", id, e, ok, want)
		}
		if got := attack.Title(id); got != want.title {
			t.Errorf("Title(%s) = %q, want %q", id, got, want.title)
		}
	}
}

func TestUnknownIDIsValidButUnnamed(t *testing.T) {
	if e, ok := attack.Lookup("T9999.001"); ok {
		t.Errorf("Lookup(T9999.001) = %+v, want none", e)
	}
	if attack.Title("T9999") != "" || !attack.Valid("T9999.001") {
		t.Error("an id that is not in the table must be valid and unnamed")
	}
}

func TestValid(t *testing.T) {
	for id, want := range map[string]bool{
		"T1048": true, "T1048.003": true, "TA0010": true,
		"": false, "T148": false, "T1048.3": false, "t1048": false, "TA0010.001": false, "T1048.003 ": false, "T1048\n": false,
	} {
		if attack.Valid(id) != want {
			t.Errorf("Valid(%q) = %v", id, !want)
		}
	}
}

func TestURL(t *testing.T) {
	for id, want := range map[string]string{
		"T1048":     "https://attack.mitre.org/techniques/T1048/",
		"T1048.003": "https://attack.mitre.org/techniques/T1048/003/",
		"TA0010":    "https://attack.mitre.org/tactics/TA0010/",
	} {
		if got := attack.URL(id); got != want {
			t.Errorf("URL(%s) = %s, want %s", id, got, want)
		}
	}
}
