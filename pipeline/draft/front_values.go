package draft

import (
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// scalar returns the text of a value and where its first character stands.
func (f *front) scalar(n ast.Node, what string) (string, Pos, bool) {
	at := f.pos(n.GetToken())
	var s string
	switch v := n.(type) {
	case *ast.StringNode:
		s = v.Value
		if t := v.Token.Type; t == token.DoubleQuoteType || t == token.SingleQuoteType {
			at.Col++
		}
	case *ast.LiteralNode:
		s = strings.TrimSpace(v.Value.Value)
		if at.Line < len(f.file.starts) { // at counts from 1: this is the line after it
			line := string(f.file.line(at.Line))
			at = Pos{File: at.File, Line: at.Line + 1, Col: len(line) - len(strings.TrimLeft(line, " ")) + 1}
		}
	case *ast.NullNode:
		f.probs.errorf(at, "give it a value, or delete the line", "%s has no value", what)
		return "", at, false
	default:
		hint := "put it in quotes"
		switch n.(type) {
		case *ast.SequenceNode, *ast.MappingNode:
			hint = "write the text behind the colon"
		case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
			hint = "write the value itself"
		}
		f.probs.errorf(at, hint, "%s must be text, not %s", what, kindOf(n))
		return "", at, false
	}
	return s, at, f.printable(s, what, at) && f.whole(n, what)
}

// printable reports whether a value, its escapes resolved, is one line of text.
func (f *front) printable(s, what string, at Pos) bool {
	if r, bad := firstForbidden(s); bad {
		f.probs.errorf(at, "delete it", "%s holds the character %U (%s)", what, r, describe(r))
		return false
	}
	switch {
	case strings.TrimSpace(s) == "":
		f.probs.errorf(at, "give it a value, or delete the line", "%s is empty", what)
		return false
	case strings.ContainsAny(s, "\n\t"):
		f.probs.errorf(at, "write it on one line", "%s must be one line without tabs", what)
		return false
	}
	return true
}

// whole warns where YAML takes the end of a text for a comment: "Patch C #1 today".
func (f *front) whole(n ast.Node, what string) bool {
	if c := n.GetComment(); c != nil && isLine(what) && c.GetToken().Position.Line == n.GetToken().Position.Line {
		f.probs.warnf(f.pos(c.GetToken()), "put the whole text in quotes if it belongs to it", "YAML takes the rest of %s for a comment", what)
	}
	return true
}

func isLine(what string) bool {
	switch what {
	case "kind", "precedence", "scheme", "tlp", "marking", "language", "embargo", "indicators", "an attachment", "a nation":
		return false
	}
	return true
}

// list returns the values of a list.
func (f *front) list(n ast.Node, what string) ([]ast.Node, bool) {
	switch v := n.(type) {
	case *ast.SequenceNode:
		if len(v.Values) == 0 {
			f.probs.errorf(f.pos(v.GetToken()), "name at least one, or delete the line", "%s is an empty list", what)
			return nil, false
		}
		return v.Values, true
	case *ast.NullNode:
		f.probs.errorf(f.pos(n.GetToken()), "name at least one, or delete the line", "%s has no value", what)
	default:
		f.probs.errorf(f.pos(n.GetToken()), "write [a, b], or a line with a hyphen for each", "%s must be a list, not %s", what, kindOf(n))
	}
	return nil, false
}

// line returns a value that may begin with a mark.
func (f *front) line(n ast.Node, what string) (Line, bool) {
	s, at, ok := f.scalar(n, what)
	if !ok {
		return Line{}, false
	}
	m := f.marks.slip(s, f.marks.read(s, at))
	if m.bad {
		return Line{}, false
	}
	text := strings.TrimSpace(s[len(m.text):])
	switch {
	case !m.found && f.marks.disguised(s):
		f.probs.errorf(at, plainly, "%s hides a mark behind other characters", what)
		return Line{}, false
	case text == "":
		f.probs.errorf(at, "write the text behind the mark", "%s is a mark without text", what)
		return Line{}, false
	}
	if what != "title" { // which is looked at by itself
		f.marks.misplaced(text, at)
	}
	return Line{Label: m.label, Text: text, Pos: at}, true
}

// lines returns the values of a list, each of which may begin with a mark.
func (f *front) lines(n ast.Node, what, one string) []Line {
	values, _ := f.list(n, what)
	var out []Line
	for _, v := range values {
		if l, ok := f.line(v, one); ok {
			out = append(out, l)
		}
	}
	return out
}
