package draft

import (
	"net/url"
	"strings"

	"github.com/yuin/goldmark/ast"
)

func (b *body) link(n *ast.Link, depth int) []Inline {
	at := b.pos(startOf(n))
	if len(n.Title) > 0 {
		b.probs.warnf(at, "write it in the text", "the title of a link is not printed")
	}
	return b.linkTo(literal(string(n.Destination)), b.inlines(n, depth+1), at)
}

func (b *body) autoLink(n *ast.AutoLink) []Inline {
	dest := plainText(string(n.URL(b.src)))
	if n.AutoLinkType == ast.AutoLinkEmail && !strings.HasPrefix(strings.ToLower(dest), "mailto:") {
		dest = "mailto:" + dest
	}
	return b.linkTo(dest, []Inline{{Kind: Text, Text: plainText(string(n.Label(b.src)))}}, b.pos(startOf(n)))
}

// linkTo is the link that a draft makes of text to dest. Only what a reader can follow, and what cannot run, is a link;
// of what is none the address is printed behind the text.
func (b *body) linkTo(dest string, text []Inline, at Pos) []Inline {
	const hint = "use http, https or mailto, or write the address as `code`"
	u, err := url.Parse(dest)
	switch {
	case err != nil || strings.ContainsAny(dest, "\n\t"):
		b.probs.warnf(at, hint, "the link's address %q does not parse, and is printed as text", dest)
	case u.Scheme == "" && u.Host == "" && u.Path == "" && u.RawQuery == "":
		if u.Fragment == "" || len(text) == 0 { // to the head of this page; or a name alone, which may be a withheld heading's
			return text
		}
		return []Inline{{Kind: Link, URL: "#" + u.Fragment, Children: text}} // edition knows whether that is left
	case u.Scheme == "":
		b.probs.warnf(at, hint, "the link's address %q leads nowhere from a bulletin, and is printed as text", dest)
	case followed(u.Scheme):
		return []Inline{{Kind: Link, URL: dest, Children: orDest(text, dest)}}
	default:
		b.probs.warnf(at, hint, "a link to %s: is not made, and its address %q is printed as text", strings.ToLower(u.Scheme), dest)
	}
	return withAddress(text, dest)
}

func followed(scheme string) bool {
	switch strings.ToLower(scheme) {
	case "http", "https", "mailto":
		return true
	}
	return false
}

func orDest(text []Inline, dest string) []Inline {
	if len(text) == 0 {
		return []Inline{{Kind: Text, Text: dest}}
	}
	return text
}

// withAddress is text with the address behind it, where it does not say it itself.
func withAddress(text []Inline, dest string) []Inline {
	switch said := Plain(text); {
	case dest == "" || said != "" && strings.Contains(said, dest):
		return text
	case said == "" && len(text) == 0:
		return []Inline{{Kind: CodeSpan, Text: dest}}
	}
	return append(text, Inline{Kind: Text, Text: " "}, Inline{Kind: CodeSpan, Text: dest})
}
