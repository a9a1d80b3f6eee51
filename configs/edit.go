package configs

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

// listFile is a YAML file that holds a list of entries under one key, as text: it is changed line by line, so that
// what people wrote around the entries stays.
type listFile struct {
	file    string
	mode    os.FileMode
	key     string
	text    string
	entries []map[string]any // what the text says
	at      *ast.MappingNode // where it says it; nil in an empty file
}

func openList(file, key string) (*listFile, error) {
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	l := (&listFile{file: file, mode: info.Mode().Perm(), key: key}).with(string(data))
	l.entries, err = l.decode(l.text)
	return l, err
}

// with is the same file with another text.
func (l *listFile) with(text string) *listFile {
	changed := &listFile{file: l.file, mode: l.mode, key: l.key, text: text, entries: l.entries}
	if root := placesOf(l.file, []byte(text)).root; root != nil && len(root.Docs) > 0 {
		changed.at, _ = root.Docs[0].Body.(*ast.MappingNode)
	}
	return changed
}

func (l *listFile) decode(text string) ([]map[string]any, error) {
	var lists map[string][]map[string]any
	err := decode(l.file, []byte(text), &lists)
	return lists[l.key], err
}

// field is one key of an entry and its new value.
type field struct {
	key   string
	value any
}

// write puts the text in the file's place, if it says what it was meant to say and no comment is lost.
func (l *listFile) write(text string, want []map[string]any, byHand string) error {
	got, err := l.decode(text)
	if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) || comments(text) < comments(l.text) {
		return &Error{
			File: l.file, Line: 1, Col: 1, Msg: "the file is not laid out so that this program can change it: nothing was changed",
			Hint: "edit it by hand: " + byHand,
		}
	}
	return replaceFile(l.file, []byte(text), l.mode)
}

// append adds an entry at the end of the list, which ends the file.
func (l *listFile) append(entry any) error {
	item, err := yaml.Marshal([]any{entry})
	if err != nil {
		return fmt.Errorf("write %s: %w", l.file, err)
	}
	added, err := l.decode(l.key + ":\n" + string(item))
	if err != nil {
		return err
	}
	want := append(slices.Clone(l.entries), added...)
	return l.write(appended(l.text, l.key, string(item)), want, "add this to its list\n"+string(item))
}

// set changes fields of the entry i, and adds those that it lacks.
func (l *listFile) set(i int, fields ...field) error {
	want := slices.Clone(l.entries)
	want[i] = map[string]any{}
	for k, v := range l.entries[i] {
		want[i][k] = v
	}
	var byHand strings.Builder
	for _, f := range fields {
		value, err := oneLine(f.value)
		if err != nil {
			return fmt.Errorf("write %s: %w", l.file, err)
		}
		var back map[string]any
		if err := decode(l.file, []byte(f.key+": "+value), &back); err != nil {
			return err
		}
		want[i][f.key] = back[f.key]
		fmt.Fprintf(&byHand, "\n    %s: %s", f.key, value)
	}
	changed := l
	for _, f := range fields {
		text, err := changed.setOne(i, f)
		if err != nil {
			return err
		}
		changed = l.with(text)
	}
	return l.write(changed.text, want, "write in the entry of "+l.name(i)+byHand.String())
}

// setOne returns the text with one field of entry i changed; what it can't change is left, and write notices.
func (l *listFile) setOne(i int, f field) (string, error) {
	value, err := oneLine(f.value)
	if err != nil {
		return "", err
	}
	entry, first, end := l.entry(i)
	if entry == nil || entry.IsFlowStyle {
		return l.text, nil
	}
	lines := strings.SplitAfter(l.text, "\n")
	pairs := entry.Values
	for j, pair := range pairs {
		if pair.Key.GetToken().Value != f.key {
			continue
		}
		from, to := pair.Key.GetToken().Position.Line, end
		if j+1 < len(pairs) {
			to = pairs[j+1].Key.GetToken().Position.Line
		}
		return l.rewrite(lines, from, to, f.key+": "+value), nil
	}
	column := pairs[0].Key.GetToken().Position.Column
	last := first
	for n := first; n < end; n++ {
		if !blankOrComment(lines[n-1]) {
			last = n
		}
	}
	added := strings.Repeat(" ", column-1) + f.key + ": " + value + lineEnd(lines[0])
	if !strings.HasSuffix(lines[last-1], "\n") {
		lines[last-1] += lineEnd(lines[0])
	}
	return strings.Join(slices.Insert(lines, last, added), ""), nil
}

var keyPlace = regexp.MustCompile(`^[ ]*(?:-[ ]+)?`)

// rewrite replaces the pair that stands in lines [from, to), counted from 1. The comment at its end stays, and so do
// lines that hold nothing else.
func (l *listFile) rewrite(lines []string, from, to int, pair string) string {
	head := lines[from-1]
	ending := head[len(strings.TrimRight(head, "\r\n")):]
	comment := ""
	for _, t := range lexer.Tokenize(string(unixLines([]byte(l.text)))) {
		if t.Type == token.CommentType && t.Position.Line == from {
			comment = " #" + t.Value
		}
	}
	out := append(slices.Clone(lines[:from-1]), keyPlace.FindString(head)+pair+comment+ending)
	for _, line := range lines[from : to-1] {
		if blankOrComment(line) {
			out = append(out, line)
		}
	}
	return strings.Join(append(out, lines[to-1:]...), "")
}

// remove takes the entry i out. Lines that hold nothing but a comment stay: whose they are is for people to say.
func (l *listFile) remove(i int) error {
	want := slices.Delete(slices.Clone(l.entries), i, i+1)
	byHand := "take out the entry of " + l.name(i)
	_, first, end := l.entry(i)
	if first == 0 {
		return l.write(l.text, want, byHand)
	}
	lines := strings.SplitAfter(l.text, "\n")
	out := slices.Clone(lines[:first-1])
	for _, line := range lines[first-1 : end-1] {
		if blankOrComment(line) {
			out = append(out, line)
		}
	}
	text := strings.Join(append(out, lines[end-1:]...), "")
	if len(want) == 0 { // a list without entries has to say so
		text = regexp.MustCompile(`(?m)^`+l.key+`:`).ReplaceAllString(text, l.key+": []")
	}
	return l.write(text, want, byHand)
}

// entry returns the entry i and the lines [first, end) that it stands in, counted from 1; first is 0 where the list
// is not written line by line.
func (l *listFile) entry(i int) (entry *ast.MappingNode, first, end int) {
	list, after := l.list()
	if list == nil || list.IsFlowStyle || i >= len(list.Entries) {
		return nil, 0, 0
	}
	first, end = list.Entries[i].Start.Position.Line, after
	if i+1 < len(list.Entries) {
		end = list.Entries[i+1].Start.Position.Line
	}
	entry, _ = list.Values[i].(*ast.MappingNode)
	return entry, first, end
}

// list returns the list, and the first line after it.
func (l *listFile) list() (list *ast.SequenceNode, after int) {
	if l.at == nil {
		return nil, 0
	}
	after = strings.Count(l.text, "\n") + 2
	for i, pair := range l.at.Values {
		if pair.Key.GetToken().Value != l.key {
			continue
		}
		list, _ = pair.Value.(*ast.SequenceNode)
		if i+1 < len(l.at.Values) {
			after = l.at.Values[i+1].Key.GetToken().Position.Line
		}
	}
	return list, after
}

// name is what people know the entry i by.
func (l *listFile) name(i int) string {
	for _, key := range []string{"name", "address"} {
		if s, ok := l.entries[i][key].(string); ok && (key == "address" || l.key == "people") {
			return s
		}
	}
	return fmt.Sprintf("number %d", i+1)
}

// oneLine is a value as it is written behind its key.
func oneLine(value any) (string, error) {
	if b, err := yaml.MarshalWithOptions(value, yaml.Flow(true)); err != nil {
		return "", err
	} else if text := strings.TrimRight(string(b), "\n"); !strings.Contains(text, "\n") {
		return text, nil
	}
	b, err := json.Marshal(value) // a string of JSON is one of YAML, on one line
	return string(b), err
}

func blankOrComment(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

// comments counts the lines that hold nothing but a comment.
func comments(text string) int {
	n := 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") {
			n++
		}
	}
	return n
}

func lineEnd(line string) string {
	if strings.HasSuffix(line, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// appended puts the item at the end of the list, as far to the right as the entries before it.
func appended(text, key, item string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	text = regexp.MustCompile(`(?m)^`+key+`:[ \t]*\[[ \t]*\]`).ReplaceAllString(text, key+":")
	if !regexp.MustCompile(`(?m)^` + key + `:`).MatchString(text) {
		text += key + ":\n"
	}
	entries := regexp.MustCompile(`(?m)^` + key + `:.*\n(?:[ \t]*(?:#.*)?\r?\n)*([ ]*)- `).FindStringSubmatch(text)
	if entries != nil {
		item = regexp.MustCompile(`(?m)^(.)`).ReplaceAllString(item, entries[1]+"$1")
	}
	return text + item
}
