package draft

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// indicatorColumns is the head of an indicator file; the last column may be left away.
var indicatorColumns = []string{"type", "value", "first_seen", "last_seen", "confidence", "note", "mark"}

// indicators reads the indicator file that the draft names.
func (r *reader) indicators(name string) {
	content, ok := r.src.Files[name]
	if !ok {
		r.probs.errorf(r.front.indicatorsPos, "put it beside the draft; what the text names, check --indicators writes for it", "indicator file %s is missing", name)
		return
	}
	r.keep(name)
	if len(content) > MaxDraft {
		r.probs.errorf(r.front.indicatorsPos, "", "%v", tooLarge(name, int64(len(content)), MaxDraft))
		return
	}
	file := newTextFile(r.src.Dir+name, content, &r.probs)
	t := indicatorTable{file: file, probs: &r.probs, marks: &r.marks, seen: map[string]Pos{}}
	r.doc.Indicators = t.read()
}

// indicatorTable reads one indicator file (RFC 4180).
type indicatorTable struct {
	file  *textFile
	probs *problems
	marks *marker
	csv   *csv.Reader
	seen  map[string]Pos
}

func (t *indicatorTable) read() []Indicator {
	t.csv = csv.NewReader(strings.NewReader(string(t.file.text)))
	t.csv.FieldsPerRecord = -1 // counted here, to go on behind a row of the wrong length
	head, err := t.csv.Read()
	if err != nil {
		t.unreadable(err)
		return nil
	}
	columns := len(head)
	if !slices.Equal(head, indicatorColumns) && !slices.Equal(head, indicatorColumns[:6]) {
		t.probs.errorf(t.at(0), "the first line is "+strings.Join(indicatorColumns[:6], ",")+", and mark behind it if rows are marked",
			"the indicator file's head is %q", strings.Join(head, ","))
		return nil
	}
	var out []Indicator
	for rows := 0; ; rows++ {
		row, err := t.csv.Read()
		if errors.Is(err, io.EOF) {
			if rows == 0 {
				t.probs.warnf(t.file.pos(0), "fill it, or delete the line indicators: from the draft", "the indicator file has no rows")
			}
			break
		}
		if err != nil {
			t.unreadable(err)
			break
		}
		if len(row) != columns {
			t.probs.errorf(t.at(0), "put a field that holds a comma in quotes", "the row has %d fields, its head %d", len(row), columns)
			continue
		}
		out = append(out, t.row(row))
	}
	return out
}

func (t *indicatorTable) unreadable(err error) {
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		t.probs.errorf(t.file.pos(0), "its first line is "+strings.Join(indicatorColumns[:6], ","), "the indicator file is empty")
	case errors.As(err, &parse):
		at := t.place(parse.Line, parse.Column)
		t.probs.errorf(at, "put the whole field in quotes, and double each quote in it", "the indicator file is not valid CSV: %v", parse.Err)
	default:
		t.probs.errorf(t.file.pos(0), "", "the indicator file cannot be read: %v", err)
	}
}

// place turns a line and a byte column, as encoding/csv counts them, into a position.
func (t *indicatorTable) place(line, column int) Pos {
	if line < 1 || line > len(t.file.starts) {
		return t.file.pos(len(t.file.text))
	}
	return t.file.pos(t.file.starts[line-1] + max(0, column-1))
}

// at is where a field of the current row begins, inside its quotes.
func (t *indicatorTable) at(field int) Pos {
	line, column := t.csv.FieldPos(field)
	if text := t.file.line(line - 1); column <= len(text) && text[column-1] == '"' {
		column++
	}
	return t.place(line, column)
}

func (t *indicatorTable) row(row []string) Indicator {
	i := Indicator{
		Type: row[0], Value: row[1], FirstSeen: t.seenAt(row[2], 2), LastSeen: t.seenAt(row[3], 3),
		Confidence: row[4], Note: row[5], Pos: t.at(0),
	}
	t.checkShape(row)
	if msg, hint, offset := checkIndicator(i.Type, i.Value); msg != "" {
		field := 1
		if !slices.Contains(indicatorTypes, i.Type) {
			field = 0
		}
		t.probs.errorf(t.at(field).after(row[field], offset), hint, "%s", msg)
	}
	if i.FirstSeen != "" && i.LastSeen != "" && day(i.LastSeen) < day(i.FirstSeen) {
		t.probs.errorf(t.at(3), "exchange them", "last_seen %s is before first_seen %s", i.LastSeen, i.FirstSeen)
	}
	t.confidence(i.Confidence)
	if len(row) == len(indicatorColumns) {
		i.Label = t.label(row[6])
	}
	key := indicatorKey(i.Type, i.Value)
	if first, again := t.seen[key]; again {
		t.probs.warnf(t.at(1), "keep one", "%s %s is a duplicate; first at %s", i.Type, i.Value, first)
	} else {
		t.seen[key] = t.at(1)
	}
	return i
}

// checkShape refuses what no field may hold: blanks around it, line breaks, a mark out of place.
func (t *indicatorTable) checkShape(row []string) {
	for i, field := range row {
		switch {
		case strings.TrimSpace(field) != field:
			t.probs.errorf(t.at(i), "delete it", "white space around %s", indicatorColumns[i])
		case strings.ContainsAny(field, "\n\t") && (i != 1 || row[0] != "yara"):
			t.probs.errorf(t.at(i), "write it on one line", "%s holds a line break or a tab", indicatorColumns[i])
		case i == 1 && (t.marks.known(field) || t.marks.known(visible(undressed(field)))), // a value is what it is: it may resemble a mark
			i != 1 && i != 6 && (t.marks.opens(field) || t.marks.disguised(field) || t.marks.slipped(field)):
			t.probs.errorf(t.at(i), "put it in a seventh column, mark", "a mark stands in column %s", indicatorColumns[i])
		case i == 5:
			t.marks.misplaced(field, t.at(i))
		}
	}
}

// day cuts a date or time to its day, which orders both.
func day(s string) string { return s[:len("2006-01-02")] }

// seenAt returns a date or time in UTC.
func (t *indicatorTable) seenAt(s string, field int) string {
	if s == "" {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err == nil {
		return s
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.probs.errorf(t.at(field), "write 2026-03-18 or 2026-03-18T09:00:00Z", "%s %q is not a date or time of RFC 3339", indicatorColumns[field], s)
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

func (t *indicatorTable) confidence(s string) {
	if s == "" || s == "high" || s == "medium" || s == "low" {
		return
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 100 || strconv.Itoa(n) != s {
		t.probs.errorf(t.at(4), "write high, medium, low or a number from 0 to 100", "confidence %q is not known", s)
	}
}

// label reads the mark of a row, with or without its parentheses.
func (t *indicatorTable) label(s string) Label {
	if s == "" || t.marks.scheme == nil {
		return Label{}
	}
	at := t.at(6)
	text := s
	if !strings.HasPrefix(s, "(") {
		text = "(" + s + ")"
		at.Col--
	}
	m := t.marks.read(text, at)
	switch {
	case !m.found:
		t.probs.errorf(t.at(6), "write it like "+t.marks.rule.example, "%q is not a mark of scheme %s", s, t.marks.scheme.Name())
	case !m.bad && strings.TrimSpace(text[len(m.text):]) != "":
		t.probs.errorf(t.at(6), "put the rest in the note", "the mark column holds more than a mark")
	}
	return m.label
}
