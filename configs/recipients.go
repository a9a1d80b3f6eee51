package configs

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/marking"
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
		key, err := read(filepath.Join(dir, r.Key))
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
