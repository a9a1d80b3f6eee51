package queue

import (
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nkeys"
)

// Accounts says who may speak to a server.
type Accounts struct {
	Workers map[Worker]string // public user nkeys. The zero Worker has everything to itself
	People  []Person
}

// Config writes the accounts in the language of nats-server's configuration. The embedded server and
// external ones are configured with the same text.
//
// People are kept apart from the streams: their account has nothing but the desk's service, and each of
// them may ask as themselves and hear their own answers. The limit on subscriptions is needed: without it
// whoever may publish a little can still hear everything. Workers share the account of the streams,
// and each may do what its role needs.
func (a Accounts) Config() (string, error) {
	workers, people, err := a.users()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`accounts {
  %s {
    jetstream: enabled
    users: [
%s    ]
    exports: [{service: %q, accounts: [%s]}]
  }
  %s {
    users: [
%s    ]
    imports: [{service: {account: %s, subject: %q}}]
  }
}
`, workersAccount, workers, deskSubjects, peopleAccount, peopleAccount, people, workersAccount, deskSubjects), nil
}

func (a Accounts) users() (workers, people string, err error) {
	holder := map[string]string{} // by public key: two with one key would be one
	take := func(name, key string) error {
		if other, taken := holder[key]; taken {
			return fmt.Errorf("%s is there twice, or shares a key with another: %s", name, other)
		}
		holder[key] = name
		return nil
	}
	var text strings.Builder
	if key, ok := a.Workers[Worker{}]; ok {
		if err := errors.Join(checkUserKey("the server's process", key), take("the server's process", key)); err != nil {
			return "", "", err
		}
		fmt.Fprintf(&text, "      {nkey: %s}\n", key)
	}
	for _, w := range Workers() {
		key, ok := a.Workers[w]
		if !ok {
			continue
		}
		if err := errors.Join(checkUserKey(w.String(), key), take(w.String(), key)); err != nil {
			return "", "", err
		}
		text.WriteString(workerUser(w, key))
	}
	workers = text.String()
	text.Reset()
	names := map[string]bool{}
	for _, p := range a.People {
		if err := errors.Join(p.check(), take(p.Name, p.PublicKey)); err != nil {
			return "", "", err
		}
		if names[p.Name] {
			return "", "", fmt.Errorf("%s is there twice", p.Name)
		}
		names[p.Name] = true
		fmt.Fprintf(&text, "      # %[2]s\n      {nkey: %[1]s, permissions: {publish: [\"desk.%[2]s.>\"], subscribe: [\"_INBOX.%[2]s.>\"]}}\n", p.PublicKey, p.Name)
	}
	return workers, text.String(), nil
}

// workerUser writes a worker's user, one subject a line: an operator reads it.
func workerUser(w Worker, key string) string {
	r := w.rights()
	var b strings.Builder
	fmt.Fprintf(&b, "      # %s\n      {nkey: %s, permissions: {\n", w, key)
	for _, side := range []struct {
		name     string
		subjects []string
	}{{"publish", r.publish()}, {"subscribe", r.subscribe(inboxOf(w.String()))}} {
		fmt.Fprintf(&b, "        %s: {allow: [\n", side.name)
		for _, s := range side.subjects {
			fmt.Fprintf(&b, "          %q\n", s)
		}
		b.WriteString("        ]}\n")
	}
	if r.answers { // where a request says, once, for as long as a person's program waits
		b.WriteString("        allow_responses: {max: 1, expires: \"2m\"}\n")
	}
	b.WriteString("      }}\n")
	return b.String()
}

// inboxOf is the prefix of the inbox of a person or a worker.
func inboxOf(name string) string { return "_INBOX." + name }

func checkUserKey(name, key string) error {
	if !nkeys.IsValidPublicUserKey(key) {
		return fmt.Errorf("the key of %s is not a public user nkey (U and 55 letters or digits, as keygen prints it)", name)
	}
	return nil
}
