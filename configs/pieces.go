package configs

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"regexp"
	"unicode/utf8"

	"bulletin/pipeline"
)

// A list of a hundred thousand has 30 MB, of which the YAML library would make more than a GB at once. So a list that is
// written plainly is cut where its entries begin, and each entry is decoded by itself, if it is not known already. What is
// written in any other way is decoded whole.

// piece is the text of one entry, with the comments behind it.
type piece struct {
	text []byte
	line int // that it begins on, counted from 1
}

func (p piece) digest() sum { return sha256.Sum256(p.text) }

var (
	listHead  = regexp.MustCompile(`^recipients:[ ]*(?:#.*)?$`)
	entryHead = regexp.MustCompile(`^([ ]*)- [ ]*[a-z]`)
	// plainPair is a key with a value that ends on its line, whatever stands on the next one: plain, quoted, a list of
	// words, or none. No anchor, tag, alias, block or map begins so.
	plainPair = regexp.MustCompile(`^[a-z_]+:(?:[ ]+(?:"[^"\\]*"|'[^']*'|\[[a-z, ]*\]|[\pL0-9/._](?:[^:#\pC\t]|:[^ \pC#])*))?(?:[ ]+#.*)?[ ]*$`)
)

// pieces cuts a list into its entries. It is false where the list is not laid out line by line, one entry under another.
func pieces(data []byte) (out []piece, ok bool) {
	if !utf8.Valid(data) || bytes.ContainsAny(data, "\t\r\ufeff\u0085\u2028\u2029") {
		return nil, false
	}
	var hyphen []byte // what an entry begins with
	headed, begin, line := false, 0, 0
	for at := 0; at < len(data); {
		line++
		end := len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end = at + i + 1
		}
		text := bytes.TrimSuffix(data[at:end], []byte("\n"))
		switch {
		case blankOrComment(string(text)):
		case !headed:
			if headed = listHead.Match(text); !headed {
				return nil, false
			}
		case hyphen == nil:
			head := entryHead.FindSubmatch(text)
			if head == nil {
				return nil, false
			}
			hyphen = append(append(hyphen, head[1]...), "- "...)
			fallthrough
		case bytes.HasPrefix(text, hyphen):
			if len(out) > 0 {
				out[len(out)-1].text = data[begin:at]
			}
			begin, out = at, append(out, piece{line: line})
		case !bytes.HasPrefix(text, bytes.Repeat([]byte(" "), len(hyphen))):
			return nil, false
		}
		at = end
	}
	if len(out) == 0 {
		return nil, false
	}
	out[len(out)-1].text = data[begin:]
	return out, true
}

// plain reports whether an entry has one pair on each line, so that nothing of it reaches into another one.
func (p piece) plain() bool {
	indent := bytes.IndexByte(p.text, '-') + 1
	indent += len(p.text[indent:]) - len(bytes.TrimLeft(p.text[indent:], " "))
	first := true
	for text := range bytes.Lines(p.text) {
		text = bytes.TrimSuffix(text, []byte("\n"))
		if blankOrComment(string(text)) {
			continue
		}
		if !first && len(bytes.TrimRight(text[:min(indent, len(text))], " ")) > 0 || !plainPair.Match(text[min(indent, len(text)):]) {
			return false
		}
		first = false
	}
	return true
}

// list is a list of that entry alone.
func (p piece) list() []byte { return append([]byte("recipients:\n"), p.text...) }

// errWhole says that a list has to be decoded whole.
var errWhole = errors.New("not laid out entry by entry")

// entriesOf decodes the entries that are not known, on all cores.
func entriesOf(file string, data []byte, known func(sum) (pipeline.Recipient, bool)) ([]listEntry, error) {
	cut, ok := pieces(data)
	if !ok {
		return nil, errWhole
	}
	out := make([]listEntry, len(cut))
	errs := make([]error, len(cut))
	onAllCores(len(cut), func(i int) {
		p := cut[i]
		e := listEntry{text: p.digest(), path: "$.recipients[0]", shift: p.line - 2, places: func() places { return placesOf(file, p.list()) }}
		if r, ok := known(e.text); ok {
			e.known = r
		} else {
			e.recipientYAML, errs[i] = e.decode(file, p)
		}
		out[i] = e
	})
	for _, err := range errs {
		if errors.Is(err, errWhole) {
			return nil, err
		}
	}
	return out, errors.Join(errs...)
}

// decode reads an entry as if it were the whole list.
func (e listEntry) decode(file string, p piece) (r recipientYAML, err error) {
	if !p.plain() {
		return r, errWhole
	}
	var list recipientsYAML
	err = decode(file, p.list(), &list)
	if err == nil && (list.Recipients == nil || len(*list.Recipients) != 1) {
		return r, errWhole
	}
	if err == nil {
		return (*list.Recipients)[0], nil
	}
	misfits := e.places().misfits(&list)
	if len(misfits) == 0 { // it does not parse
		return r, errWhole
	}
	for _, misfit := range misfits {
		if at := new(Error); errors.As(misfit, &at) {
			at.Line += e.shift
		}
	}
	return r, errors.Join(misfits...)
}
