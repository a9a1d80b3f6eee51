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

// inPieces reads the entries that are not known, on all cores.
func inPieces(n pipeline.Nation, file string, data []byte, known func(text sum) (pipeline.Recipient, bool)) (*parsedList, error) {
	cut, ok := pieces(data)
	if !ok {
		return nil, errWhole
	}
	list := newParsedList(len(cut), func(i int) place { return cut[i].place(file) })
	misfits := make([]error, len(cut)) // these are told of alone, as decode does
	onAllCores(len(cut), func(i int) {
		p := cut[i]
		list.texts[i] = sha256.Sum256(p.text)
		r, ok := known(list.texts[i])
		if ok {
			list.recipients[i] = r
			return
		}
		var y recipientYAML
		if y, misfits[i] = p.decode(file); misfits[i] == nil {
			list.recipients[i], list.errs[i] = y.recipient(n, func() place { return p.place(file) })
		}
	})
	for _, err := range misfits {
		if errors.Is(err, errWhole) {
			return nil, err
		}
	}
	return list, errors.Join(misfits...)
}

func (p piece) place(file string) place {
	return place{places: placesOf(file, p.list()), path: "$.recipients[0]", shift: p.line - 2}
}

// decode reads an entry as if it were the whole list.
func (p piece) decode(file string) (r recipientYAML, err error) {
	if !p.plain() {
		return r, errWhole
	}
	var list recipientsYAML
	err = decode(file, p.list(), &list)
	switch {
	case err == nil && list.Recipients != nil && len(*list.Recipients) == 1:
		return (*list.Recipients)[0], nil
	case err == nil:
		return r, errWhole
	}
	at := p.place(file)
	misfits := at.misfits(&list)
	if len(misfits) == 0 { // it does not parse
		return r, errWhole
	}
	for _, misfit := range misfits {
		if e := new(Error); errors.As(misfit, &e) {
			e.Line += at.shift
		}
	}
	return r, errors.Join(misfits...)
}
