package stix

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"bulletin/pipeline/edition"
)

// CSV returns the edition's indicators as RFC 4180 CSV with CRLF, values raw, with the header
//
//	type,value,first_seen,last_seen,confidence,note,tlp,marking
//
// and the header alone if there are none. A cell that a spreadsheet would take for a formula has
// an apostrophe before it (one that begins with an apostrophe has another): take one off to have
// the value.
func CSV(e edition.Edition) ([]byte, error) {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	rows := [][]string{{"type", "value", "first_seen", "last_seen", "confidence", "note", "tlp", "marking"}}
	for _, i := range e.Indicators {
		tlp, mark := i.TLP, i.Marking
		if tlp == 0 {
			tlp = e.TLP
		}
		if mark == "" {
			mark = e.Banner
		}
		row := []string{i.Type, i.Value, i.FirstSeen, i.LastSeen, i.Confidence, i.Note, tlp.String(), mark}
		for c := range row {
			row[c] = inert(row[c])
		}
		rows = append(rows, row)
	}
	if err := w.WriteAll(rows); err != nil {
		return nil, fmt.Errorf("write indicators: %w", err)
	}
	return out.Bytes(), nil
}

// inert keeps spreadsheets from computing what someone else wrote (CWE-1236). What they skip before a formula is skipped
// here; the full-width signs are signs to some of them.
func inert(cell string) string {
	spaced := func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }
	if strings.ContainsAny(first(strings.TrimLeft(cell, " ")), "\t\r\n") || strings.ContainsAny(first(strings.TrimLeftFunc(cell, spaced)), "=+-@'|%＝＋－＠＇｜％") {
		return "'" + cell
	}
	return cell
}

// first is the first character.
func first(s string) string {
	_, n := utf8.DecodeRuneInString(s)
	return s[:n]
}
