package configs

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"

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

type recipientsYAML struct {
	Recipients *[]recipientYAML `yaml:"recipients"`
}

// parsedList is a list as it was read: what its entries say, and what is wrong with each.
type parsedList struct {
	recipients []pipeline.Recipient
	texts      []sum // of the entries, where each was read by itself; else zero
	errs       []error
	place      func(i int) place
}

func newParsedList(entries int, at func(i int) place) *parsedList {
	return &parsedList{make([]pipeline.Recipient, entries), make([]sum, entries), make([]error, entries), at}
}

// place is where an entry stands.
type place struct {
	places
	path  string
	shift int // how many lines further down its text stands in the file
}

func (p place) errorf(field, hint, format string, args ...any) error {
	err := p.places.errorf(p.path+"."+field, hint, format, args...)
	err.Line += p.shift
	return err
}

// LoadRecipients reads one nation's list. A key file that is no key is no error here: that recipient is
// unfit, and the others are not held back. Everything else that is wrong is, all at once.
func LoadRecipients(dir string, n pipeline.Nation) ([]pipeline.Recipient, error) {
	file := recipientsFile(dir, n)
	digest, err := digestOf(file)
	if err != nil {
		return nil, fmt.Errorf("list of %s: %w", n, err)
	}
	if compiled := NewLists(dir).stored(n); compiled != nil && compiled.file.digest == digest {
		return compiled.roll.All(), nil
	}
	data, err := read(file)
	if err != nil {
		return nil, fmt.Errorf("list of %s: %w", n, err)
	}
	list, err := parseRecipients(n, file, data, func(sum) (r pipeline.Recipient, ok bool) { return r, false })
	if err != nil {
		return nil, err
	}
	return list.recipients, nil
}

// parseRecipients reads a list. An entry whose text is known is not read again.
func parseRecipients(n pipeline.Nation, file string, data []byte, known func(text sum) (pipeline.Recipient, bool)) (*parsedList, error) {
	data = unixLines(data)
	list, err := inPieces(n, file, data, known)
	if errors.Is(err, errWhole) {
		list, err = wholeList(n, file, data)
	}
	if err != nil {
		return nil, err
	}
	return list, list.check()
}

// check returns what is wrong with the entries, each by itself and beside the others.
func (list *parsedList) check() error {
	seen := make(map[string]bool, len(list.recipients))
	for i, r := range list.recipients {
		address := strings.ToLower(r.Address)
		if address != "" && seen[address] {
			list.errs[i] = list.place(i).errorf("address", "remove one of the two", "%s is on the list twice", r.Address)
		}
		seen[address] = true
	}
	return errors.Join(list.errs...)
}

// wholeList reads a list at once.
func wholeList(n pipeline.Nation, file string, data []byte) (*parsedList, error) {
	var y recipientsYAML
	if err := decode(file, data, &y); err != nil {
		return nil, err
	}
	if y.Recipients == nil { // an empty file is most likely being written: it does not mean nobody
		return nil, &Error{File: file, Line: 1, Col: 1, Msg: "the key recipients: is missing", Hint: "write recipients: [] where a nation has none"}
	}
	places := sync.OnceValue(func() places { return placesOf(file, data) })
	list := newParsedList(len(*y.Recipients), func(i int) place {
		return place{places: places(), path: fmt.Sprintf("$.recipients[%d]", i)}
	})
	for i, r := range *y.Recipients {
		list.recipients[i], list.errs[i] = r.recipient(n, func() place { return list.place(i) })
	}
	return list, nil
}

// recipient is what an entry says. It has an address if that much is right with it.
func (y *recipientYAML) recipient(n pipeline.Nation, at func() place) (r pipeline.Recipient, err error) {
	if r.Address, err = mail.ParseAddress(y.Address); err != nil {
		return r, at().errorf("address", "write one bare address such as duty@police.example", "%v", err)
	}
	if _, err := marking.ParseTLP(y.MaxTLP); err != nil {
		return r, at().errorf("max_tlp", "write the highest label they may have, such as TLP:AMBER", "%v", err)
	}
	var errs []error
	for _, k := range y.Kinds {
		if _, err := pipeline.ParseKind(string(k)); err != nil {
			errs = append(errs, at().errorf("kinds", "write kinds of bulletin such as [flash, bulletin], or [] for all", "%v", err))
		}
	}
	// The strings are copied out of the text of the list.
	return sharing(pipeline.Recipient{
		Nation: n, Address: strings.Clone(r.Address), Name: strings.Clone(y.Name), Agency: y.Agency, KeyFile: strings.Clone(y.Key),
		Fingerprint: strings.Clone(strings.ToUpper(strings.ReplaceAll(y.Fingerprint, " ", ""))),
		MaxTLP:      y.MaxTLP, MaxMarking: y.MaxMarking, Kinds: y.Kinds,
	}), errors.Join(errs...)
}

// ListedError says that an address is on the list already.
type ListedError struct {
	Address string
	Nation  pipeline.Nation
}

func (e *ListedError) Error() string {
	return fmt.Sprintf("%s is on the list of %s already", e.Address, e.Nation)
}

// AddRecipient appends a recipient to the nation's list, and keeps the certificate beside the list.
// An address that is there already is not replaced.
func AddRecipient(dir string, r pipeline.Recipient, certificate []byte) error {
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
		key, err := keep(dir, r, certificate)
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
func ReplaceRecipient(dir string, r pipeline.Recipient, certificate []byte) error {
	return changing(dir, func() error {
		file, i, err := former(dir, r.Nation, r.Address)
		if err != nil {
			return err
		}
		key, err := keep(dir, r, certificate)
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
	certificate, _ := read(below(dir, list[index].KeyFile)) // what can't be read is no key
	if _, err := keep(dir, list[index], certificate); err != nil && !errors.Is(err, errNotPinned) {
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
