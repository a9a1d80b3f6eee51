package configs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// maxFile is the largest file read, in bytes: a list of 100,000 recipients has 30 MB.
const maxFile = 64 << 20

// Error is something wrong in a file, with its place.
type Error struct {
	File      string
	Line, Col int
	Msg       string
	Hint      string // what to do about it
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// decode reads YAML strictly: unknown and repeated keys are errors. The errors are *Error, joined if several.
func decode(file string, data []byte, into any) error {
	data = unixLines(data)
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.DisallowUnknownField())
	err := dec.Decode(into)
	if errors.Is(err, io.EOF) { // an empty file says nothing
		return nil
	}
	if err == nil {
		return oneDocument(file, data, dec)
	}
	if misfits := placesOf(file, data).misfits(into); len(misfits) > 0 {
		return errors.Join(misfits...)
	}
	e := &Error{File: file, Line: 1, Col: 1, Msg: err.Error(), Hint: "check the indentation, the quotes and the brackets; a tab does not indent"}
	var located yaml.Error
	if errors.As(err, &located) {
		e.Msg = located.GetMessage()
		if t := located.GetToken(); t != nil && t.Position != nil {
			e.Line, e.Col = t.Position.Line, t.Position.Column
		}
	}
	if strings.Contains(e.Msg, "already defined") {
		e.Hint = "keep one of the two"
	}
	return e
}

// unixLines is the same text for YAML (1.2 §5.4), whose lines the library counts right: it loses count of the lines of Windows.
func unixLines(data []byte) []byte {
	if !bytes.Contains(data, []byte("\r\n")) {
		return data // a list may be large
	}
	return bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
}

// oneDocument refuses a file with more than one document: what stands after "---" would not be read.
func oneDocument(file string, data []byte, dec *yaml.Decoder) error {
	var more any
	if err := dec.Decode(&more); errors.Is(err, io.EOF) {
		return nil
	}
	before := data[:max(0, bytes.LastIndex(data, []byte("\n---"))+1)]
	return &Error{
		File: file, Line: bytes.Count(before, []byte("\n")) + 1, Col: 1,
		Msg:  "the file has more than one document: what stands after --- would not be read",
		Hint: "take the line --- out, or what stands after it",
	}
}

// read returns a file's bytes, refusing what can't be a configuration file.
func read(file string) ([]byte, error) {
	if err := readable(file); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
}

func readable(file string) error {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a directory, a file is wanted", file)
	case !info.Mode().IsRegular(): // to open a named pipe would wait for whoever writes to it
		return fmt.Errorf("%s is a pipe or a device, a file is wanted", file)
	case info.Size() > maxFile:
		return fmt.Errorf("%s has %d bytes, more than the limit of %d", file, info.Size(), maxFile)
	}
	return nil
}

// places finds where the values of a YAML file stand, for messages about values that parse but are wrong.
type places struct {
	file string
	root *ast.File
}

func placesOf(file string, data []byte) places {
	root, err := parser.ParseBytes(unixLines(data), 0)
	if err != nil {
		return places{file: file} // decode has reported it
	}
	return places{file: file, root: root}
}

// errorf returns an *Error at the YAML path, e.g. $.recipients[2].address; where that is not written, at what it is
// missing from.
func (p places) errorf(path, hint, format string, args ...any) *Error {
	for p.root != nil && path != "$" {
		if yamlPath, err := yaml.PathString(path); err == nil {
			if node, err := yamlPath.FilterFile(p.root); err == nil && node != nil {
				return p.errorAt(node, hint, format, args...)
			}
		}
		path = path[:max(1, strings.LastIndexAny(path, ".["))]
	}
	return &Error{File: p.file, Line: 1, Col: 1, Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// errorAt returns an *Error at a node of the file.
func (p places) errorAt(n ast.Node, hint, format string, args ...any) *Error {
	e := &Error{File: p.file, Line: 1, Col: 1, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		n = m.Values[0].Key // the map's own token is a colon
	}
	if t := n.GetToken(); t != nil && t.Position != nil {
		e.Line, e.Col = t.Position.Line, t.Position.Column
	}
	return e
}
