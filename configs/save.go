package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"bulletin/pipeline"
	"bulletin/pipeline/review"
)

// Init writes the commented example files of a new working directory. It never overwrites one.
func Init(dir string) error {
	files := map[string][]byte{
		configFile: Example("bulletin"),
		policyFile: Example("policy"),
		peopleFile: Example("people"),
	}
	for _, n := range pipeline.Nations() {
		files[filepath.Join("configs", "recipients", string(n)+".yaml")] = Example("recipients")
	}
	for name := range files {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return fmt.Errorf("%s is there already: %s is a working directory, nothing was changed", name, dir)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "configs", "recipients", "keys"), 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// AddPerson appends a person to people.yaml; their certificate lies at DIR/people/<name>.asc.
// Somebody of that name who is there already is not replaced.
func AddPerson(dir string, p review.Person) error {
	people, err := LoadPeople(dir)
	if err != nil {
		return err
	}
	if err := distinct(people, p); err != nil {
		return err
	}
	certificate := filepath.Join("people", p.Name+".asc")
	if err := WriteFile(filepath.Join(dir, certificate), []byte(p.Certificate), 0o600); err != nil {
		return err
	}
	entry := personYAML{
		Name: p.Name, Nation: string(p.Nation), Roles: p.Roles, Address: p.Address,
		MaxTLP: p.MaxTLP, NKey: p.NKey, Certificate: certificate,
	}
	return appendEntry(filepath.Join(dir, peopleFile), "people", entry)
}

// AddRecipient appends a recipient to the nation's list, and keeps the key beside the list.
// An address that is there already is not replaced.
func AddRecipient(dir string, r pipeline.Recipient) error {
	list, err := LoadRecipients(dir, r.Nation)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(list, func(old pipeline.Recipient) bool { return strings.EqualFold(old.Address, r.Address) }) {
		return fmt.Errorf("%s is on the list of %s already", r.Address, r.Nation)
	}
	key := filepath.Join("configs", "recipients", "keys", string(r.Nation)+"-"+r.Fingerprint+".asc")
	if err := WriteFile(filepath.Join(dir, key), r.Key, 0o600); err != nil {
		return err
	}
	entry := recipientYAML{
		Address: r.Address, Name: r.Name, Agency: r.Agency, Key: key, Fingerprint: r.Fingerprint,
		MaxTLP: r.MaxTLP, MaxMarking: r.MaxMarking, Kinds: r.Kinds,
	}
	return appendEntry(recipientsFile(dir, r.Nation), "recipients", entry)
}

// appendEntry adds one entry to the list that ends the file, keeping what a person wrote before it.
func appendEntry(file, key string, entry any) error {
	data, err := read(file)
	if err != nil {
		return err
	}
	item, err := yaml.Marshal([]any{entry})
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	text := appended(string(data), key, string(item))
	var before, after map[string][]map[string]any
	if err := decode(file, data, &before); err != nil {
		return err
	}
	if err := decode(file, []byte(text), &after); err != nil || len(after[key]) != len(before[key])+1 {
		return fmt.Errorf("%s is not laid out so that an entry can be added at its end: add this one by hand:\n%s", file, item)
	}
	return WriteFile(file, []byte(text), 0o600)
}

// appended puts the item at the end of the list, as far to the right as the entries before it.
func appended(text, key, item string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	text = regexp.MustCompile(`(?m)^`+key+`:[ \t]*\[[ \t]*\]`).ReplaceAllString(text, key+":")
	if !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(text) {
		text += key + ":\n"
	}
	entries := regexp.MustCompile(`(?m)^` + key + `:.*\n(?:[ \t]*(?:#.*)?\r?\n)*([ ]*)- `).FindStringSubmatch(text)
	if entries != nil {
		item = regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(item, entries[1]+"$1")
	}
	return text + item
}

// WriteFile writes a file whole or not at all, making its folder.
func WriteFile(file string, data []byte, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already where all went well
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	return nil
}
