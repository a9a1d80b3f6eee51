package stix

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"

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

// inert keeps spreadsheets from computing what someone else wrote (CWE-1236).
func inert(cell string) string {
	if bare := strings.TrimLeft(cell, " "); bare != "" && strings.ContainsRune("=+-@\t\r\n'|%", rune(bare[0])) {
		return "'" + cell
	}
	return cell
}
