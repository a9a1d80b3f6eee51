// Package edition projects a document to what one nation may have of it.
package edition

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/marking"
)

// Edition is everything that one nation gets of one bulletin, and nothing else: what is rendered,
// mailed and exported is made from an Edition alone. As JSON it is canonical: the same edition,
// the same bytes.
type Edition struct {
	// The slots. They are empty in what reviewers approve, and filled once marking has passed.
	Number   string    `json:"number"`
	Released time.Time `json:"released"` // UTC
	History  []Version `json:"history"`

	Nation     pipeline.Nation     `json:"nation"`
	Kind       pipeline.Kind       `json:"kind"`
	Precedence pipeline.Precedence `json:"precedence"`
	Scheme     string              `json:"scheme"`
	Banner     string              `json:"banner"` // rolled up from what is left, as it stands on what goes to the nation
	// Equivalent is the banner of the nation's own scheme under which it handles the edition, where another nation has
	// marked it. The banner stays beside it.
	Equivalent   string            `json:"equivalent,omitempty"`
	TLP          marking.TLP       `json:"tlp"` // likewise
	ReleasableTo []pipeline.Nation `json:"releasable_to"`
	Originator   pipeline.Nation   `json:"originator,omitempty"`
	Statements   []string          `json:"statements,omitempty"` // that the marking requires on page 1, e.g. the LES warning
	Embargo      time.Time         `json:"embargo,omitzero"`
	Language     string            `json:"language,omitempty"`  // of the text, a tag of BCP 47; empty: English
	Fonts        []pipeline.Digest `json:"fonts,omitempty"`     // beside the built-in ones, with which it was approved: they decide what readers see
	Correction   Line              `json:"correction,omitzero"` // what a correction changes; empty where the nation may not have it

	Title      Line          `json:"title"`
	Glance     []GlanceLine  `json:"glance,omitempty"`
	Actions    []Line        `json:"actions,omitempty"`
	Blocks     []draft.Block `json:"blocks"`
	Attack     []Technique   `json:"attack,omitempty"`
	Indicators []Indicator   `json:"indicators,omitempty"`
	References []Line        `json:"references,omitempty"`
	Contacts   []Line        `json:"contacts,omitempty"`

	Attachments []Attachment `json:"attachments,omitempty"`

	// Withdraws names the editions that this one tells the same nation to delete, the newest first. Where it names any,
	// the edition is the word that the bulletin is withdrawn, and nothing of its content. A word of editions that have
	// no marking in common (Withdrawal) names none.
	Withdraws []pipeline.Digest `json:"withdraws,omitempty"`

	// Former holds the editions that Withdraws names, in its order.
	Former []Edition `json:"-"`

	// Lacks names what the statements that the banner requires would need, and the draft does not say: "classified_by".
	Lacks []string `json:"-"`

	// Images holds the pictures that Blocks name, by digest.
	Images map[pipeline.Digest][]byte `json:"-"`
	// Attached holds the bytes of Attachments, by digest. A stored edition is read without them: only what is
	// mailed needs them.
	Attached map[pipeline.Digest][]byte `json:"-"`
}

// Version is a line of the version history.
type Version struct {
	Version string    `json:"version"` // "1.0"
	At      time.Time `json:"at"`      // UTC
	Change  string    `json:"change"`  // release, editorial, content, marking, withdrawal
	Summary string    `json:"summary"`
}

// The changes that happen to an edition.
const (
	ChangeRelease    = "release"    // the nation's first edition
	ChangeContent    = "content"    // a correction
	ChangeWithdrawal = "withdrawal" // the word that it is withdrawn
)

// Version is the one that this edition is; empty for a draft.
func (e Edition) Version() string {
	if len(e.History) == 0 {
		return ""
	}
	return e.History[len(e.History)-1].Version
}

// change is what made this edition; empty for a draft.
func (e Edition) change() string {
	if len(e.History) == 0 {
		return ""
	}
	return e.History[len(e.History)-1].Change
}

// Notice is what a reader must see first of an edition that is not the nation's first: "CORRECTION" or "WITHDRAWN".
func (e Edition) Notice() string {
	switch e.change() {
	case ChangeContent:
		return "CORRECTION"
	case ChangeWithdrawal:
		return "WITHDRAWN"
	}
	return ""
}

// NoticeLine is the notice, and what it asks of the reader.
func (e Edition) NoticeLine() string {
	switch n := e.Notice(); {
	case e.Withdrawn():
		return n + ": delete every copy, and act on nothing that it said"
	case n != "" && len(e.History) > 1:
		return n + ": replaces version " + e.History[len(e.History)-2].Version
	default:
		return n
	}
}

// Withdrawn reports whether this is the word that the bulletin is withdrawn.
func (e Edition) Withdrawn() bool { return e.change() == ChangeWithdrawal }

// CorrectionLine says what a correction changes, for the version history. That there is one, the reader knows.
func (e Edition) CorrectionLine() string {
	if e.Correction.Text == "" {
		return corrected
	}
	return marked(e.Correction.Mark, e.Correction.Text)
}

// Mark is the edition's banner, parsed.
func (e Edition) Mark() (marking.Mark, error) {
	scheme, err := marking.ByName(e.Scheme)
	if err != nil {
		return nil, err
	}
	return scheme.ParseBanner(e.Banner)
}

// HandledAs says how the nation handles the edition, for a line beside the banner: "Handle in New Zealand as SENSITIVE".
// It is empty where there is no equivalent.
func (e Edition) HandledAs() string {
	if e.Equivalent == "" {
		return ""
	}
	return "Handle in " + inText(e.Nation) + " as " + e.Equivalent
}

// MarkedBy says whose mark the banner is, where it is another nation's: "marked by Australia". A page that is taken out
// says no longer whom the bulletin is from, and PROTECTED is a mark of two nations.
func (e Edition) MarkedBy() string {
	if e.Equivalent == "" || e.Originator == "" {
		return ""
	}
	return "marked by " + inText(e.Originator)
}

// Line is a line of front matter with its mark as printed; the mark is empty if it has none.
type Line struct {
	Mark string `json:"mark,omitempty"`
	Text string `json:"text"`
}

// GlanceLine is a line of the "At a glance" box.
type GlanceLine struct {
	Name string `json:"name"`
	Line
}

// Technique is a row of the ATT&CK table.
type Technique struct {
	Mark string `json:"mark,omitempty"`
	ID   string `json:"id"`
	Use  string `json:"use,omitempty"`
}

// Indicator is a row of the indicator table, its value raw. TLP and Marking say how that row by
// itself is marked, for the companions.
type Indicator struct {
	Mark       string      `json:"mark,omitempty"` // as printed; empty if the row has none
	TLP        marking.TLP `json:"tlp"`
	Marking    string      `json:"marking"` // the row's own mark as a banner; the edition's banner if it has none
	Type       string      `json:"type"`
	Value      string      `json:"value"`
	FirstSeen  string      `json:"first_seen,omitempty"`
	LastSeen   string      `json:"last_seen,omitempty"`
	Confidence string      `json:"confidence,omitempty"`
	Note       string      `json:"note,omitempty"`
}

// JSON returns the edition's canonical bytes.
func (e Edition) JSON() []byte {
	b, err := json.Marshal(e)
	if err != nil {
		panic(fmt.Sprintf("edition: cannot encode: %v", err)) // only plain values: a bug
	}
	return b
}

// ContentDigest is the digest of what was approved: the edition with its slots empty.
func (e Edition) ContentDigest() pipeline.Digest {
	e.Number, e.Released, e.History = "", time.Time{}, nil
	return pipeline.DigestOf(e.JSON())
}

// Parse reads what JSON wrote.
func Parse(b []byte) (Edition, error) {
	var e Edition
	if err := json.Unmarshal(b, &e); err != nil {
		return Edition{}, fmt.Errorf("read edition: %w", err)
	}
	return e, nil
}

// ImageDigests returns the pictures that the edition names, in order, each once.
func (e Edition) ImageDigests() []pipeline.Digest {
	var out []pipeline.Digest
	e.eachImage(func(i *draft.Image) {
		if i.Digest != "" && !slices.Contains(out, i.Digest) {
			out = append(out, i.Digest)
		}
	})
	return out
}

// MissingImages returns the names of the pictures that were not beside the draft.
func (e Edition) MissingImages() []string {
	var out []string
	e.eachImage(func(i *draft.Image) {
		if i.Digest == "" {
			out = append(out, i.Name)
		}
	})
	return out
}

func (e Edition) eachImage(visit func(*draft.Image)) {
	for _, b := range e.Blocks {
		if b.Image != nil {
			visit(b.Image)
		}
		b.EachInline(func(in *draft.Inline) {
			if in.Image != nil {
				visit(in.Image)
			}
		})
	}
}
