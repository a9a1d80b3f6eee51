package configs

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"bulletin/pipeline"
)

// shape compares what stands in a file with what the file is for, and says it in the words of the file: the
// YAML library's own messages name types of Go, and some of them no place.
type shape struct {
	at   places
	errs []error
}

// misfits returns everything in the file that cannot be read into a value of into's type.
func (p places) misfits(into any) []error {
	s := shape{at: p}
	if p.root != nil && len(p.root.Docs) > 0 && p.root.Docs[0].Body != nil {
		s.value("the file", p.root.Docs[0].Body, reflect.TypeOf(into).Elem())
	}
	return s.errs
}

func (s *shape) wrong(n ast.Node, hint, format string, args ...any) {
	s.errs = append(s.errs, s.at.errorAt(n, hint, format, args...))
}

// value checks that n, the value of the key name, fits type t.
func (s *shape) value(name string, n ast.Node, t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	const (
		lines = "write its keys under it, each on a line of its own, set in"
		list  = "write [a, b], or a line with a hyphen for each"
		digit = "write it in digits alone, without quotes"
		text  = "write one line of text, in quotes if it holds a colon"
	)
	switch n.(type) {
	case *ast.NullNode, *ast.CommentGroupNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return // left as it is, or read by the library
	}
	_, isScalar := n.(ast.ScalarNode)
	switch {
	case t == reflect.TypeFor[time.Duration]() && isDuration(n):
	case t == reflect.TypeFor[time.Duration]():
		s.wrong(n, "write a number and its unit: s, m or h", "%s must be a duration such as 90s, 5m or 24h, not %s", name, written(n))
	case t.Kind() == reflect.Struct || t.Kind() == reflect.Map:
		m, ok := n.(*ast.MappingNode)
		if !ok {
			s.wrong(n, lines, "%s must hold keys with values, not %s", name, written(n))
			return
		}
		s.keys(name, m, t)
	case t.Kind() == reflect.Slice:
		l, ok := n.(*ast.SequenceNode)
		if !ok {
			s.wrong(n, list, "%s must be a list, not %s", name, written(n))
			return
		}
		for _, v := range l.Values {
			s.value("an entry of "+name, v, t.Elem())
		}
	case t.Kind() == reflect.Int && !isWhole(n):
		s.wrong(n, digit, "%s must be a whole number, not %s", name, written(n))
	case t.Kind() == reflect.Bool && n.Type() != ast.BoolType:
		s.wrong(n, "write true or false", "%s must be true or false, not %s", name, written(n))
	case t.Kind() == reflect.String && !isScalar:
		s.wrong(n, text, "%s must be text, not %s", name, written(n))
	}
}

func isDuration(n ast.Node) bool {
	text, ok := n.(*ast.StringNode)
	if !ok {
		return false
	}
	_, err := time.ParseDuration(text.Value)
	return err == nil
}

func isWhole(n ast.Node) bool {
	i, ok := n.(*ast.IntegerNode)
	if !ok {
		return false
	}
	big, isBig := i.Value.(uint64) // the library's type of what is not negative
	return !isBig || big <= math.MaxInt
}

// keys checks the keys of a map against those that type t has, and their values.
func (s *shape) keys(name string, m *ast.MappingNode, t reflect.Type) {
	for _, pair := range m.Values {
		key := pair.Key.GetToken().Value
		if t.Kind() == reflect.Map {
			s.value(key, pair.Value, t.Elem())
			continue
		}
		known := keysOf(t)
		i := slices.Index(known, key)
		if i < 0 {
			s.wrong(pair.Key, didYouMean(key, known), "unknown key %q in %s", key, name)
			continue
		}
		s.value(key, pair.Value, t.Field(i).Type)
	}
}

// keysOf returns the keys of a struct, by field.
func keysOf(t reflect.Type) []string {
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i], _, _ = strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if keys[i] == "" {
			keys[i] = strings.ToLower(t.Field(i).Name)
		}
	}
	return keys
}

// didYouMean names the known key nearest to word, or all of them.
func didYouMean(word string, known []string) string {
	if nearest, ok := pipeline.Nearest(word, known); ok {
		return "did you mean " + nearest + "?"
	}
	return "known here are " + strings.Join(known, ", ")
}

// written is what stands in the file, for a message.
func written(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode:
		return "a map"
	case *ast.SequenceNode:
		return "a list"
	}
	return strconv.Quote(n.GetToken().Value)
}
