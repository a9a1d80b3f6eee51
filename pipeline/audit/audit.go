// Package audit keeps the record: every fact of every stream, chained, in a file that proves itself
// offline.
//
// The record is JSON lines. The first binds a random id; every line after it is an Entry
// that holds the hash of the line before. The hash of a line is the SHA-256 of the line itself with
// the value of "hash" left empty, and a line is valid only in the exact form in which Log writes it,
// so there is no byte that could change unseen. What the chain alone cannot show is a record that was
// cut off at its end, or written anew from its beginning: compare Summary.Head with one kept
// elsewhere.
package audit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// format is named in the first line, so that a later form can be told from this one.
const format = "bulletin-record-v1"

// Entry is one line of the record.
type Entry struct {
	N       int             `json:"n"`             // from 1; Append sets it
	At      time.Time       `json:"at"`            // when the stream stored it, UTC
	Stream  string          `json:"stream"`        // which stream
	Seq     uint64          `json:"seq"`           // its sequence there, from 1 without gaps
	Subject string          `json:"subject"`       // what the fact is about
	Data    json.RawMessage `json:"data"`          // the fact, as JSON; null if Raw is set
	Raw     []byte          `json:"raw,omitempty"` // what was stored, if it is not JSON; Append moves it here
	Prev    string          `json:"prev"`          // the hash of the line before; Append sets it
	Hash    string          `json:"hash"`          // SHA-256, lower-case hexadecimal; Append sets it
}

// genesis is the first line.
type genesis struct {
	Format string `json:"format"`
	ID     string `json:"id"` // 128 random bits: two records never share a chain
	Hash   string `json:"hash"`
}

// seal encodes a line with its hash. The hash field must be the last, and empty.
func seal(v any) (line []byte, hash string, err error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, "", err
	}
	hash = hashOf(b)
	const empty = `""}`
	return append(append(b[:len(b)-len(empty)], `"`+hash+`"}`...), '\n'), hash, nil
}

func hashOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// open reads a line without its newline into v, and refuses every form but the one that seal writes.
func open(line []byte, v any, hash *string) error {
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("not a line of a record: %w", err)
	}
	claimed := *hash
	*hash = ""
	again, computed, err := seal(v)
	if err != nil {
		return fmt.Errorf("not a line of a record: %w", err)
	}
	*hash = claimed
	if computed != claimed {
		return fmt.Errorf("its content does not have the hash %.12q…: it was changed", claimed)
	}
	if !bytes.Equal(again[:len(again)-1], line) {
		return fmt.Errorf("it is not in the form in which records are written: it was changed")
	}
	return nil
}
