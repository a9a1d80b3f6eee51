package configs

import (
	"fmt"
	"os"
	"path/filepath"
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
func AddPerson(dir string, p review.Person) error {
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
func AddRecipient(dir string, r pipeline.Recipient) error {
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
	text := strings.TrimSuffix(string(data), key+": []\n")
	if len(text) != len(data) {
		text += key + ":\n"
	}
	return WriteFile(file, []byte(text+string(item)), 0o600)
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
