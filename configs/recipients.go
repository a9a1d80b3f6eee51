package configs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/seal"
)

func recipientsFile(dir string, n pipeline.Nation) string {
	return filepath.Join(dir, "configs", "recipients", string(n)+".yaml")
}

type recipientYAML struct {
	Address     string          `yaml:"address"`
	Name        string          `yaml:"name,omitempty"`
	Agency      string          `yaml:"agency,omitempty"`
	Key         string          `yaml:"key"`
	Fingerprint string          `yaml:"fingerprint"`
	MaxTLP      string          `yaml:"max_tlp"`
	MaxMarking  string          `yaml:"max_marking,omitempty"`
	Kinds       []pipeline.Kind `yaml:"kinds,omitempty,flow"`
}

// LoadRecipients reads one nation's list. A key file that is no key is no error here: that recipient is
// unfit, and the others are not held back. Everything else that is wrong is, all at once.
func LoadRecipients(dir string, n pipeline.Nation) ([]pipeline.Recipient, error) {
	file := recipientsFile(dir, n)
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("list of %s: %w", n, err)
	}
	return parseRecipients(dir, n, file, data)
}

func parseRecipients(dir string, n pipeline.Nation, file string, data []byte) ([]pipeline.Recipient, error) {
	var y struct {
		Recipients *[]recipientYAML `yaml:"recipients"`
	}
	if err := decode(file, data, &y); err != nil {
		return nil, err
	}
	at := placesOf(file, data)
	if y.Recipients == nil { // an empty file is most likely being written: it does not mean nobody
		return nil, &Error{File: file, Line: 1, Col: 1, Msg: "the key recipients: is missing", Hint: "write recipients: [] where a nation has none"}
	}
	var list []pipeline.Recipient
	var errs []error
	seen := map[string]bool{}
	for i, r := range *y.Recipients {
		entry := func(field string) string { return fmt.Sprintf("$.recipients[%d].%s", i, field) }
		address, err := mail.ParseAddress(r.Address)
		switch {
		case err != nil:
			errs = append(errs, at.errorf(entry("address"), "write one bare address such as duty@police.example", "%v", err))
			continue
		case seen[strings.ToLower(address)]:
			errs = append(errs, at.errorf(entry("address"), "remove one of the two", "%s is on the list twice", address))
			continue
		}
		seen[strings.ToLower(address)] = true
		if _, err := marking.ParseTLP(r.MaxTLP); err != nil {
			errs = append(errs, at.errorf(entry("max_tlp"), "write the highest label they may have, such as TLP:AMBER", "%v", err))
			continue
		}
		for _, k := range r.Kinds {
			if _, err := pipeline.ParseKind(string(k)); err != nil {
				errs = append(errs, at.errorf(entry("kinds"), "write kinds of bulletin such as [flash, bulletin], or [] for all", "%v", err))
			}
		}
		key, err := read(below(dir, r.Key))
		if err != nil {
			key = nil // no key: unfit, and reported as such
		}
		list = append(list, pipeline.Recipient{
			Nation: n, Address: address, Name: r.Name, Agency: r.Agency, Key: key, KeyFile: r.Key,
			Fingerprint: strings.ToUpper(strings.ReplaceAll(r.Fingerprint, " ", "")),
			MaxTLP:      r.MaxTLP, MaxMarking: r.MaxMarking, Kinds: r.Kinds,
		})
	}
	return list, errors.Join(errs...)
}

// ListedError says that an address is on the list already.
type ListedError struct {
	Address string
	Nation  pipeline.Nation
}

func (e *ListedError) Error() string {
	return fmt.Sprintf("%s is on the list of %s already", e.Address, e.Nation)
}

// AddRecipient appends a recipient to the nation's list, and keeps the key beside the list.
// An address that is there already is not replaced.
func AddRecipient(dir string, r pipeline.Recipient) error {
	return changing(dir, func() error {
		list, err := LoadRecipients(dir, r.Nation)
		if err != nil {
			return err
		}
		if _, err := find(list, r.Nation, r.Address); err == nil {
			return &ListedError{Address: r.Address, Nation: r.Nation}
		}
		file, err := openList(recipientsFile(dir, r.Nation), "recipients")
		if err != nil {
			return err
		}
		key, err := keep(dir, r)
		if err != nil {
			return err
		}
		return file.append(recipientYAML{
			Address: r.Address, Name: r.Name, Agency: r.Agency, Key: key, Fingerprint: r.Fingerprint,
			MaxTLP: r.MaxTLP, MaxMarking: r.MaxMarking, Kinds: r.Kinds,
		})
	})
}

// ReplaceRecipient changes the entry of that address in place: its key, and whatever else of r is not empty. The key
// that was there before is kept: what was sealed to it can still be named.
func ReplaceRecipient(dir string, r pipeline.Recipient) error {
	return changing(dir, func() error {
		file, i, err := former(dir, r.Nation, r.Address)
		if err != nil {
			return err
		}
		key, err := keep(dir, r)
		if err != nil {
			return err
		}
		fields := []field{{"key", key}, {"fingerprint", r.Fingerprint}}
		for _, f := range []field{{"name", r.Name}, {"agency", r.Agency}, {"max_tlp", r.MaxTLP}, {"max_marking", r.MaxMarking}} {
			if f.value != "" {
				fields = append(fields, f)
			}
		}
		if len(r.Kinds) > 0 {
			fields = append(fields, field{"kinds", r.Kinds})
		}
		return file.set(i, fields...)
	})
}

// RemoveRecipient takes an entry out of the nation's list. Its key is kept: a withdrawal must still reach them.
func RemoveRecipient(dir string, n pipeline.Nation, address string) error {
	return changing(dir, func() error {
		file, i, err := former(dir, n, address)
		if err != nil {
			return err
		}
		return file.remove(i)
	})
}

// former finds the entry that is to change, and keeps its key where it is found when the entry says it no longer. An
// entry without a key that holds has none to keep.
func former(dir string, n pipeline.Nation, address string) (file *listFile, index int, err error) {
	list, err := LoadRecipients(dir, n)
	if err != nil {
		return nil, 0, err
	}
	if index, err = find(list, n, address); err != nil {
		return nil, 0, err
	}
	if _, err := keep(dir, list[index]); err != nil && !errors.Is(err, errNotPinned) {
		return nil, 0, err
	}
	file, err = openList(recipientsFile(dir, n), "recipients")
	return file, index, err
}

func find(list []pipeline.Recipient, n pipeline.Nation, address string) (int, error) {
	for i, r := range list {
		if strings.EqualFold(r.Address, address) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("%s is not on the list of %s: %w", address, n, ErrNobody)
}

// Every key that a list has named is kept by its fingerprint.
func keptKey(n pipeline.Nation, fingerprint string) string {
	return filepath.Join("configs", "recipients", "keys", string(n)+"-"+fingerprint+".asc")
}

var (
	fingerprintForm = regexp.MustCompile(`^[0-9A-F]{40}$`)
	errNotPinned    = errors.New("the key file does not hold the key that the list pins")
)

// keep writes a recipient's certificate to where it is found by its fingerprint, and returns where.
func keep(dir string, r pipeline.Recipient) (string, error) {
	fpr, err := seal.Fingerprint(r.Key)
	if err != nil || fpr != r.Fingerprint || !fingerprintForm.MatchString(fpr) {
		return "", fmt.Errorf("key of %s: %w", r.Address, errors.Join(errNotPinned, err))
	}
	name := keptKey(r.Nation, fpr)
	file := filepath.Join(dir, name)
	if data, err := os.ReadFile(file); err == nil && bytes.Equal(data, r.Key) {
		return name, nil
	}
	return name, WriteFile(file, r.Key, 0o600)
}
