// Package draft reads what an author writes: Markdown with front matter becomes a document of
// portions, each with its mark, and every error says where it stands.
package draft

import (
	"fmt"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
)

// Document is a parsed draft. What a portion's label restricts is the portion and nothing else;
// package edition decides who gets what.
type Document struct {
	Kind         pipeline.Kind
	Precedence   pipeline.Precedence
	Scheme       marking.Scheme
	TLP          marking.TLP
	Banner       marking.Mark // the rolled-up banner of the whole document
	ReleasableTo []pipeline.Nation
	Originator   pipeline.Nation // the author's nation; empty if neither scheme nor caller says
	Embargo      time.Time       // zero if none; UTC
	Authority    Authority
	Unmarked     bool   // of scheme tlp, and nothing in it has a mark: all of it goes to all of ReleasableTo
	Language     string // of the text, a tag of BCP 47 ("fr-CA"); empty: English

	Title      Line
	Correction Line         // what this version changes in the one before; empty in a first release
	Glance     []GlanceLine // "At a glance": who, what, since, confidence, in this order
	Actions    []Line
	Attack     []Technique
	References []Line
	Contacts   []Line

	Portions   []Portion
	Indicators []Indicator

	Attachments []Attachment // in the order of the draft

	Files    []pipeline.File   // every file the draft consists of, the draft itself included, by name
	Contents map[string][]byte // their bytes, by name
}

// Authority is by whose authority the document is marked as it is, for the statements that some banners require. It is
// no content: an edition says of it only what its own banner asks for.
type Authority struct {
	Agency       string // the originating agency, as readers know it
	Contact      string // how to reach it
	ClassifiedBy string
	Reason       string // of original classification: 1.4(c)
	DerivedFrom  string // of derivative classification
	DeclassifyOn string
}

// Label is what a mark says of one piece of content. The zero Label is no mark: the piece goes
// to all of ReleasableTo.
type Label struct {
	TLP  marking.TLP  // NoTLP: the document's
	Mark marking.Mark // nil: unmarked
	// Implied says that the mark is not written: what is unmarked counts as it, in scheme gbr as OFFICIAL and in
	// scheme cui as what the whole draft is marked.
	Implied bool
}

// Print writes the label as it stands before a portion: "(TLP:RED)(U//NF)"; empty if unmarked, or if the mark is implied.
func (l Label) Print() string {
	if l.Implied {
		l.Mark = nil
	}
	return l.Full()
}

// Full writes the label out, an implied mark too.
func (l Label) Full() string {
	var s string
	if l.TLP != marking.NoTLP && (l.Mark == nil || l.Mark.Scheme() != "tlp") {
		s = fmt.Sprintf("(%s)", l.TLP)
	}
	if l.Mark != nil {
		s += l.Mark.Portion()
	}
	return s
}

// Pos is a place in a file; lines and columns count from 1, columns in characters.
type Pos struct {
	File      string
	Line, Col int
}

func (p Pos) String() string { return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col) }

// Line is one line of front matter: a title, an action, a reference, a contact.
type Line struct {
	Label Label
	Text  string
	Pos   Pos
}

// GlanceLine is one line of the "At a glance" box.
type GlanceLine struct {
	Name string // "Who", "What", "Since", "Confidence"
	Line
}

// Technique is a MITRE ATT&CK technique or tactic that a draft names.
type Technique struct {
	Label Label
	ID    string // TA0010, T1048, T1048.003
	Use   string // how the actor used it; may be empty
	Pos   Pos
}

// Indicator is one row of the indicator file.
type Indicator struct {
	Label      Label
	Type       string // ipv4 ipv6 cidr domain url email md5 sha1 sha256 sha512 ssdeep filename registry-key mutex user-agent asn yara
	Value      string // raw, never defanged
	FirstSeen  string // RFC 3339 date or time, UTC; may be empty
	LastSeen   string
	Confidence string // high, medium, low or 0 to 100; may be empty
	Note       string
	Pos        Pos
}

// Portion is the smallest piece that is marked by itself: one heading, paragraph, list item,
// table, code block, figure or quotation. A further paragraph of the same list item or quotation
// is a Portion of its own that inherits the label and sets Block.Continues.
type Portion struct {
	Label Label
	Block Block
	Pos   Pos
}

// BlockKind is what a block is.
type BlockKind string

// The kinds of block.
const (
	Heading   BlockKind = "heading"
	Paragraph BlockKind = "paragraph"
	Table     BlockKind = "table"
	Code      BlockKind = "code"
	Figure    BlockKind = "figure"
	Rule      BlockKind = "rule"
)

// Block is what is printed of a portion. It holds nothing of where it came from: no position, no
// number that would count withheld portions. Exactly the fields of its kind are set.
type Block struct {
	Kind      BlockKind `json:"kind"`
	Mark      string    `json:"mark,omitempty"`      // as printed before it; empty if unmarked or continuing
	Continues bool      `json:"continues,omitempty"` // belongs to the list item or quotation of the block before it
	Level     int       `json:"level,omitempty"`     // heading: 1 to 6
	Item      *Item     `json:"item,omitempty"`      // set inside a list
	Quote     int       `json:"quote,omitempty"`     // depth of quotation

	// Anchors are the names by which links inside the document lead here ("#name"). The draft sets those that are written
	// out; a heading's own name is the edition's to give, which knows the headings that are left.
	Anchors []string `json:"anchors,omitempty"`

	Text  []Inline   `json:"text,omitempty"`  // heading, paragraph; figure: its caption
	Table *TableData `json:"table,omitempty"` // table
	Code  *CodeData  `json:"code,omitempty"`  // code
	Image *Image     `json:"image,omitempty"` // figure
}

// Item says where in a list a block stands.
type Item struct {
	Depth   int  `json:"depth"`            // 1 for the outermost list
	Ordered bool `json:"ordered"`          // numbered
	List    int  `json:"list"`             // which list of the document; renumbered by edition
	Number  int  `json:"number,omitempty"` // ordered: as printed; set by edition, which counts what is left
	Start   int  `json:"start,omitempty"`  // ordered: the first number of the list, as the draft has it; an edition counts from 1
}

// TableData is a table. Each row has as many cells as the head; a head without any text is not drawn.
type TableData struct {
	Align []string   `json:"align"` // "", left, center, right; one a column
	Head  [][]Inline `json:"head"`
	Rows  []Row      `json:"rows"`
}

// Row is a row of a table. Its label narrows the table's; the zero Label is the table's.
type Row struct {
	Label Label      `json:"-"`
	Mark  string     `json:"mark,omitempty"` // as printed; empty if the row has no mark of its own
	Span  bool       `json:"span,omitempty"` // its first cell stands over all columns; the others are empty
	Cells [][]Inline `json:"cells"`
	Pos   Pos        `json:"-"`
}

// CodeData is a code block, line by line.
type CodeData struct {
	Lang  string   `json:"lang,omitempty"`
	Lines []string `json:"lines"`
}

// Image is a picture beside the draft.
type Image struct {
	Name   string          `json:"name"`             // base name as the draft gives it
	Digest pipeline.Digest `json:"digest,omitempty"` // empty: the file is missing, and a placeholder is drawn
}

// InlineKind is what a run of text is.
type InlineKind string

// The kinds of inline.
const (
	Text     InlineKind = "text"
	Emph     InlineKind = "emph"
	Strong   InlineKind = "strong"
	Strike   InlineKind = "strike"
	CodeSpan InlineKind = "code"
	Super    InlineKind = "super" // superscript
	Sub      InlineKind = "sub"   // subscript
	Link     InlineKind = "link"
	Break    InlineKind = "break"    // hard line break
	Footnote InlineKind = "footnote" // a reference; Children is the note's text
	Picture  InlineKind = "picture"  // an image inside a line; Children is its alternative text
)

// Inline is a run of text. Text, CodeSpan: Text. The others but Break: Children.
type Inline struct {
	Kind     InlineKind `json:"kind"`
	Text     string     `json:"text,omitempty"`
	URL      string     `json:"url,omitempty"`   // link; "#name" leads to an anchor of the document
	Image    *Image     `json:"image,omitempty"` // picture
	Children []Inline   `json:"children,omitempty"`

	Label  Label  `json:"-"`                // footnote: its own mark narrows the portion's
	Mark   string `json:"mark,omitempty"`   // footnote: as printed
	Number int    `json:"number,omitempty"` // footnote: set by edition, which counts what is left
}
