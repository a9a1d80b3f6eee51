// Package drafttest holds real bulletins, written by others, for the tests of whatever reads or draws drafts. Each has
// a FILE.source beside it: where it is from, and its licence.
package drafttest

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	htmlrender "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
)

//go:embed bulletins
var bulletins embed.FS

// Real is a real bulletin.
type Real struct {
	Name string // us05-fbi-flash-netwalker
	Text []byte // as it was published, or derived from that
}

// All returns the real bulletins by name.
func All(t testing.TB) []Real {
	t.Helper()
	entries, err := bulletins.ReadDir("bulletins")
	if err != nil {
		t.Fatal(err)
	}
	var out []Real
	for _, e := range entries {
		if ext := path.Ext(e.Name()); ext != ".md" && ext != ".txt" {
			continue
		}
		text, err := bulletins.ReadFile("bulletins/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Real{Name: strings.TrimSuffix(e.Name(), path.Ext(e.Name())), Text: text})
	}
	if len(out) < 20 {
		t.Fatalf("only %d real bulletins", len(out))
	}
	return out
}

// Picture returns a real picture that stands in a real bulletin.
func Picture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := bulletins.ReadFile("bulletins/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Draft puts nothing but front matter before the text.
func (r Real) Draft() []byte {
	const front = "---\ntitle: %q\nkind: bulletin\nprecedence: routine\nscheme: tlp\ntlp: TLP:GREEN\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\n---\n\n"
	return append(fmt.Appendf(nil, front, "Case "+r.Name), r.Text...)
}

// Words returns the words of the text that a reader of the published page sees, in reading order: what a plain
// Markdown renderer and an HTML parser make of it, neither of them code of this project.
func (r Real) Words(t testing.TB) []string {
	t.Helper()
	md := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.Linkify, extension.Footnote),
		goldmark.WithRendererOptions(htmlrender.WithUnsafe()))
	var page bytes.Buffer
	if err := md.Convert(r.Text, &page); err != nil {
		t.Fatal(err)
	}
	root, err := html.Parse(&page)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "script" {
			words = append(words, strings.Fields(n.Data)...)
		}
	}
	return words
}
