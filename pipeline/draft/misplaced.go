package draft

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"bulletin/pipeline/marking"
)

// A misplaced mark stands inside a text instead of before it: "Note: (TLP:RED//REL TO CAN) the source is …".
// Its author meant it, and nothing would heed it: the text goes where the portion's own mark lets it. So it is
// refused. What only mentions a label can be put in `backticks`, or written without brackets.
var (
	misplacedTLP = regexp.MustCompile(`[(\[]\s*(?:` +
		`T[LP]P\s*[:.;_–—-]\s*(?:RED|AMBER|GREEN)|` + // (TLP:RED…
		`(?:RED|AMBER(?:\+STRICT)?|GREEN|CLEAR)\s*//|REL TO\b)`) // (RED//REL TO …, (REL TO CAN)
	misplacedNational = regexp.MustCompile(`[(\[]\s*(?:` +
		`(?:UO?|C|S|TS|R|O|O:S|P|P[ABC]|IC|Sen|CUI|UNCLASSIFIED|(?:UN)?OFFICIAL|CONFIDENTIAL|SECRET|PROTECTED(?: [ABC])?|RESTRICTED)\s*//|` + // (U//NF)
		`//\s*[A-Z]|` + // (//GBR S)
		`(?:NOFORN|NF|AUSTEO|AGAO|NZEO|CANADIAN EYES ONLY)\s*[)\]]|` +
		`(?:[A-Z][A-Z, -]* - )?(?:[A-Z]+[ /])+EYES ONLY\s*[)\]]|` + // (UK EYES ONLY)
		`REL\s+[A-Z]{3}[/)\]])`)
)

// misplaced refuses a mark anywhere in a text, whose own mark has been taken off. Code spans are exempt.
func (b *body) misplaced(in []Inline, at Pos) { b.marks.misplaced(prose(in), at) }

func (m *marker) misplaced(text string, at Pos) {
	if found := m.within(text); found != "" {
		m.probs.errorf(at, "begin a portion of its own with it; what only mentions a label stands in `backticks`",
			"a mark stands inside the text: %s…", found)
	}
}

// holds reports whether a text that can have no mark of its own holds one.
func (m *marker) holds(text string) bool {
	return m.opens(text) || m.disguised(text) || m.slipped(text) || m.within(text) != ""
}

// within returns the mark that stands in the middle of a text, if one does.
func (m *marker) within(text string) string {
	text = fold(text)
	found := misplacedTLP.FindString(text)
	if national, ok := m.rule.words.(nationalMarks); ok && found == "" {
		if found = misplacedNational.FindString(text); found == "" {
			found = national.inside.FindString(text)
		}
	}
	return strings.TrimSpace(found[max(0, strings.IndexAny(found, "([")):])
}

// prose is the text of in without its code spans and notes.
func prose(in []Inline) string {
	var s strings.Builder
	for _, i := range in {
		switch i.Kind {
		case CodeSpan, Footnote, Picture: // a picture's text is looked at by itself
			s.WriteByte(' ')
		case Text:
			s.WriteString(i.Text)
		default:
			s.WriteString(prose(i.Children))
		}
	}
	return s.String()
}

// narrows reports whether some nation of releasable_to may not have what the label marks.
func (b *body) narrows(l Label) bool {
	t := marking.Terms{Originator: string(b.doc.Originator)}
	for _, n := range b.doc.ReleasableTo {
		t.ReleasableTo = append(t.ReleasableTo, string(n))
	}
	for _, n := range t.ReleasableTo {
		if l.Mark != nil && !marking.MayHave(l.Mark, n, t) {
			return true
		}
	}
	return false
}

// nestedDefinitions looks for definitions of links and notes inside lists and quotations: they are printed where
// they are referred to, whatever the mark of what they stand in.
func (b *body) nestedDefinitions(root ast.Node) {
	const hint = "define it at the start of a line of its own, outside lists and quotations"
	_ = ast.Walk(root, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.LinkReferenceDefinition:
			if n.Parent() != nil && n.Parent().Kind() != ast.KindDocument {
				b.doubt(b.pos(startOf(n)), hint, "a link is defined inside a list, a quotation or a note")
			}
		case *extast.Footnote:
			if at := b.pos(n.Pos()); at.Col != 1 {
				b.doubt(at, hint, "footnote [^%s] is defined inside a list or a quotation", n.Ref)
			}
		}
		return ast.WalkContinue, nil
	})
}
