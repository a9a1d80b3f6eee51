// Package attack names the tactics and techniques of MITRE ATT&CK (Enterprise), so that a
// bulletin shows "Exfiltration Over Alternative Protocol" beside T1048.
//
// The names of version 17.1 lie in enterprise.tsv: tactics, techniques and sub-techniques. An id
// that is not there is not an error (ATT&CK grows faster than this binary is replaced, and withdraws
// ids): it is printed without a name.
//
// © The MITRE Corporation. This work is reproduced and distributed with the permission of The
// MITRE Corporation (https://attack.mitre.org/resources/legal-and-branding/terms-of-use/).
package attack

import (
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

//go:embed enterprise.tsv
var enterprise string

// Entry is a tactic, a technique or a sub-technique.
type Entry struct {
	ID      string   // TA0010, T1048, T1048.003
	Name    string   // a sub-technique's own name, without its technique's
	Tactics []string // names of the tactics that it serves, in ATT&CK's order; none for a tactic
}

var idForm = regexp.MustCompile(`^(TA\d{4}|T\d{4}(\.\d{3})?)$`)

// Valid reports whether id has the form of a tactic's, a technique's or a sub-technique's id.
func Valid(id string) bool { return idForm.MatchString(id) }

// Lookup returns what ATT&CK calls id; false if the table does not have it.
func Lookup(id string) (Entry, bool) {
	e, ok := table()[id]
	return e, ok
}

// Title is how a reader knows id: "Exfiltration Over Alternative Protocol: Exfiltration Over
// Unencrypted Non-C2 Protocol" for a sub-technique. It is empty if the table does not have id.
func Title(id string) string {
	e, ok := Lookup(id)
	if !ok {
		return ""
	}
	if technique, _, sub := strings.Cut(id, "."); sub {
		if parent, ok := Lookup(technique); ok {
			return parent.Name + ": " + e.Name
		}
	}
	return e.Name
}

// URL is where ATT&CK describes id: https://attack.mitre.org/techniques/T1048/003/.
func URL(id string) string {
	if strings.HasPrefix(id, "TA") {
		return "https://attack.mitre.org/tactics/" + id + "/"
	}
	return "https://attack.mitre.org/techniques/" + strings.ReplaceAll(id, ".", "/") + "/"
}

var table = sync.OnceValue(func() map[string]Entry {
	entries, err := parse(enterprise)
	if err != nil {
		panic(fmt.Sprintf("attack: the embedded table: %v", err)) // a bug of the build; a test reads it
	}
	return entries
})

// parse reads lines of id, name and tactic ids (separated by commas), with tabs between. Lines
// that begin with # are comments.
func parse(tsv string) (map[string]Entry, error) {
	type row struct{ id, name, tactics string }
	var rows []row
	names := map[string]string{}
	for n, line := range strings.Split(strings.TrimSuffix(tsv, "\n"), "\n") {
		if strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		if len(f) != 3 || !Valid(f[0]) || f[1] == "" {
			return nil, fmt.Errorf("line %d: want id, name and tactics with tabs between", n+1)
		}
		if names[f[0]] != "" {
			return nil, fmt.Errorf("line %d: %s stands here twice", n+1, f[0])
		}
		names[f[0]] = f[1]
		rows = append(rows, row{f[0], f[1], f[2]})
	}
	entries := make(map[string]Entry, len(rows))
	for _, r := range rows {
		e := Entry{ID: r.id, Name: r.name}
		for _, id := range strings.FieldsFunc(r.tactics, func(c rune) bool { return c == ',' }) {
			if names[id] == "" {
				return nil, fmt.Errorf("%s: unknown tactic %s", r.id, id)
			}
			e.Tactics = append(e.Tactics, names[id])
		}
		entries[r.id] = e
	}
	return entries, nil
}
