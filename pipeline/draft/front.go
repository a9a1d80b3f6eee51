package draft

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
)

// Limits of front matter. The YAML parser takes quadratic time for deep nesting.
const (
	maxFront      = 64 << 10 // bytes
	maxFrontDepth = 4        // lists and maps in each other; a draft needs two
)

// splitFront finds the front matter at the head of a draft: the YAML between its two lines of
// "---", and the offset of the body behind it.
func splitFront(f *textFile, p *problems) (front string, body int, ok bool) {
	const hint = "a draft begins with a line ---, then title, scheme, tlp and releasable_to, then a line ---"
	if !isFence(f.line(0)) {
		p.errorf(f.pos(0), hint, "the draft has no front matter")
		return "", 0, false
	}
	for i := 1; i < len(f.starts); i++ {
		if !isFence(f.line(i)) {
			continue
		}
		front = string(f.text[f.starts[1]:f.starts[i]])
		if len(front) > maxFront {
			p.errorf(f.pos(0), "move what is long into the body", "the front matter is %d bytes long; at most %d are read", len(front), maxFront)
			return "", 0, false
		}
		return front, min(f.starts[i]+len(f.line(i))+1, len(f.text)), true
	}
	p.errorf(f.pos(0), "end it with a line of three hyphens", "the front matter that begins here has no closing ---")
	return "", 0, false
}

func isFence(line []byte) bool { return strings.TrimRight(string(line), " \t") == "---" }

// front reads front matter into a document.
type front struct {
	file  *textFile
	probs *problems
	marks *marker
	doc   *Document
	at    Pos // of the front matter, for what is missing in it

	indicators    string // the file that the draft names
	indicatorsPos Pos
	banner        marking.Mark // as the draft states it; nil if it does not
	bannerPos     Pos
	tlpPos        Pos
	schemePos     Pos
	actionsPos    Pos
}

// read decodes the YAML text of the front matter, which begins on the second line of the file.
func (f *front) read(text string) {
	f.at = f.file.pos(0)
	root := f.parse(text)
	if root == nil {
		return
	}
	known := f.keys()
	values := map[string]ast.Node{}
	for _, pair := range root.Values {
		key, ok := f.key(pair, "front matter", known, values)
		if ok {
			values[key.name] = pair.Value
		}
	}
	for _, k := range known {
		value, given := values[k.name]
		_, empty := value.(*ast.NullNode)
		switch {
		case given && empty && k.required:
			f.probs.errorf(f.pos(value.GetToken()), k.example, "%s has no value", k.name)
		case given:
			k.read(value)
		case k.required:
			f.probs.errorf(f.at, k.example, "front matter has no %s", k.name)
		}
	}
}

// parse returns the map that the front matter is; nil after a problem.
func (f *front) parse(text string) *ast.MappingNode {
	tokens := lexer.Tokenize(text)
	if tk := tooDeep(tokens); tk != nil {
		f.probs.errorf(f.pos(tk), "front matter is flat: keys, and lists of lines", "lists and maps stand more than %d deep in each other", maxFrontDepth)
		return nil
	}
	file, err := parser.Parse(tokens, parser.ParseComments, parser.AllowDuplicateMapKey())
	if err != nil {
		f.malformed(err)
		return nil
	}
	if len(file.Docs) != 1 {
		f.probs.errorf(f.at, "", "front matter is more than one YAML document")
		return nil
	}
	switch body := file.Docs[0].Body.(type) {
	case nil, *ast.CommentGroupNode:
		return &ast.MappingNode{}
	case *ast.MappingNode:
		return body
	default:
		f.probs.errorf(f.pos(body.GetToken()), "write lines of the form key: value", "front matter must be a map of keys and values, not %s", kindOf(body))
		return nil
	}
}

func (f *front) malformed(err error) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) {
		f.probs.errorf(f.at, "", "front matter is not valid YAML: %v", err)
		return
	}
	hint := "check the indentation and the quotes"
	if strings.Contains(syntax.GetMessage(), "mapping value is not allowed") {
		hint = "put a value that holds \": \" in quotes"
	}
	f.probs.errorf(f.pos(syntax.GetToken()), hint, "front matter is not valid YAML: %s", syntax.GetMessage())
}

// tooDeep returns the first token beyond the depth that is read.
func tooDeep(tokens token.Tokens) *token.Token {
	depth, line, entries := 0, 0, 0
	for _, tk := range tokens {
		if tk.Position.Line != line {
			line, entries = tk.Position.Line, 0
		}
		switch tk.Type {
		case token.SequenceStartType, token.MappingStartType:
			depth++
		case token.SequenceEndType, token.MappingEndType:
			depth--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			entries++
		}
		if depth > maxFrontDepth || entries > maxFrontDepth {
			return tk
		}
	}
	return nil
}

// pos is where a token stands in the file; the YAML text begins on its second line.
func (f *front) pos(tk *token.Token) Pos {
	at := Pos{File: f.file.name, Line: tk.Position.Line + 1, Col: tk.Position.Column}
	if len(f.file.shifts) > 0 && at.Line <= len(f.file.starts) {
		start, before := f.file.starts[at.Line-1], []rune(string(f.file.line(at.Line-1)))
		before = before[:max(0, min(at.Col-1, len(before)))]
		at.Col += f.file.shifted(start, start+len(string(before)))
	}
	return at
}

// A key is one that front matter, or a map in it, may have.
type key struct {
	name     string
	required bool
	example  string // the hint where it is missing or empty
	read     func(ast.Node)
}

// key returns which of known a pair names; unknown and repeated ones are problems.
func (f *front) key(pair *ast.MappingValueNode, where string, known []key, seen map[string]ast.Node) (key, bool) {
	at := f.pos(pair.Key.GetToken())
	word, ok := pair.Key.(*ast.StringNode)
	if !ok {
		f.probs.errorf(at, "write key: value", "a key of %s must be a plain word", where)
		return key{}, false
	}
	i := slices.IndexFunc(known, func(k key) bool { return k.name == word.Value })
	if i < 0 {
		f.probs.errorf(at, suggest(word.Value, names(known)), "unknown key %q in %s", word.Value, where)
		return key{}, false
	}
	if first, again := seen[word.Value]; again {
		f.probs.errorf(at, "keep one", "key %q stands twice; its first value is at %s", word.Value, f.pos(first.GetToken()))
		return key{}, false
	}
	return known[i], true
}

func names(known []key) []string {
	out := make([]string, len(known))
	for i, k := range known {
		out[i] = k.name
	}
	return out
}

// suggest returns a hint that names the candidate nearest to word, or all of them.
func suggest(word string, candidates []string) string {
	if nearest, ok := pipeline.Nearest(word, candidates); ok {
		return fmt.Sprintf("did you mean %q?", nearest)
	}
	return "known are " + strings.Join(candidates, ", ")
}

// kindOf says in words what a YAML value is.
func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "nothing"
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a map"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		return "a YAML anchor, alias or tag, which drafts do not use"
	}
	return "something else"
}
