package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	netmail "net/mail"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/review"
)

// Promise 1, nothing leaks: replace every portion that is withheld from a nation by other text, or by
// nothing, and everything that nation gets stays byte-identical: edition, PDF, STIX, text, CSV and the
// message that is sealed for it.

// piece is one marked piece of a generated draft.
type piece struct {
	id   int
	kind string // para, link, heading, item, number, child, quote, code, table, row, note, action, reference, contact, glance, attack, indicator, attachment
	text string
	leakMark
}

var pieceKinds = []string{
	"para", "para", "para", "heading", "bare", "item", "number", "child", "quote", "code", "table", "row", "row", "note",
	"action", "reference", "contact", "glance", "correction", "attack", "indicator", "indicator", "attachment",
	"link", "link",
	"hpara", "hitem", "hnumber", "hquote", "hpre", "htable", "hrow", "hrow", "hspan", "details", "picture", "named", "inner", "again",
}

var leakWords = []string{"ferry", "harbour", "server", "pūrongo", "Ελλάς", "Київ", "invoice", "beacon", "ledger", "wallet", "relay", "façade", "198.51.100.7", "[1, 3]", "a*b", "x_y", "1st"}

func genText(t *rapid.T) string {
	words := rapid.SliceOfN(rapid.SampledFrom(leakWords), 1, 12).Draw(t, "words")
	return "Text " + strings.Join(words, " ")
}

// leakDraft is a generated draft.
type leakDraft struct {
	scheme string
	leakScheme
	releasable []pipeline.Nation
	authority  bool
	pieces     []piece
}

func (d leakDraft) with(pieces []piece) leakDraft { d.pieces = pieces; return d }

// genDraft draws a scheme, releasable nations and pieces; the first is a paragraph that all may have.
func genDraft(t *rapid.T) leakDraft {
	var d leakDraft
	d.scheme, d.leakScheme = genScheme(t)
	d.releasable = rapid.SliceOfNDistinct(rapid.SampledFrom(pipeline.Nations()), 2, 5, rapid.ID).Draw(t, "to")
	d.authority = rapid.Bool().Draw(t, "authority")
	d.pieces = []piece{{kind: "para", leakMark: forAll(d.all), text: "Summary for everybody"}}
	some := d.some(t)
	for i := range rapid.IntRange(3, 25).Draw(t, "pieces") {
		d.pieces = append(d.pieces, piece{
			id:       i,
			kind:     rapid.SampledFrom(pieceKinds).Draw(t, "kind"),
			leakMark: genMark(t, d.marks, some),
			text:     genText(t),
		})
	}
	d.settle()
	for i := range d.pieces {
		if p := &d.pieces[i]; p.kind == "link" { // to what may be withheld, or its namesake
			to := rapid.SampledFrom(d.pieces).Draw(t, "target")
			p.text += fmt.Sprintf(" [there](#%s) and [here](#heading-%d), [again](#%s-1), [](#%[1]s)", leakSlug(to.text), to.id, leakSlug(to.text))
		}
	}
	return d
}

// leakSlug is how sites name a heading.
func leakSlug(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, text)
}

// settle makes something else of a piece where it can't stand: a row stands in a table and a child under an item.
func (d leakDraft) settle() {
	singles := map[string]int{}
	for i := range d.pieces {
		p, previous := &d.pieces[i], ""
		if i > 0 {
			previous = d.pieces[i-1].kind
		}
		if p.mark == "" && slices.Contains([]string{"child", "row", "hrow", "hspan", "note", "inner", "again"}, p.kind) {
			p.mark = d.all // what stands in something marked must be marked
		}
		switch p.kind {
		case "heading", "bare":
			p.headed(d.leakScheme)
		case "row":
			if previous != "table" && previous != "row" {
				p.kind = "para"
			}
		case "hrow", "hspan":
			if !slices.Contains([]string{"htable", "hrow", "hspan"}, previous) {
				p.kind = "hpara"
			}
		case "child":
			if previous != "item" && previous != "child" {
				p.kind = "item"
			}
		case "glance", "correction": // there is one line of a name
			if singles[p.kind]++; singles[p.kind] > 1 {
				p.kind = "para"
			}
		}
	}
}

// headed gives a heading a mark, or none, as the scheme wants. One without is never withheld by itself.
func (p *piece) headed(s leakScheme) {
	switch {
	case s.headingsNever || p.mark == "":
		p.kind = "bare"
	case s.headingsMust:
		p.kind = "heading"
	}
	if p.kind == "bare" {
		p.leakMark = forAll(s.all)
	}
}

// write makes the Markdown of the pieces.
func (d leakDraft) write() draft.Source {
	front := map[string][]string{}
	single := ""
	files := map[string][]byte{}
	var csv, body, notes strings.Builder
	csv.WriteString("type,value,first_seen,last_seen,confidence,note,mark\n")
	for i, p := range d.pieces {
		quoted := fmt.Sprintf("%q", p.marked(p.text))
		switch p.kind {
		case "action", "reference", "contact":
			front[p.kind+"s"] = append(front[p.kind+"s"], quoted)
		case "glance":
			single += "glance:\n  who: " + quoted + "\n"
		case "correction":
			single += "correction: " + quoted + "\n"
		case "attack":
			front["attack"] = append(front["attack"], fmt.Sprintf("{id: %q, use: %q}", p.marked("T1048"), p.text))
		case "indicator":
			fmt.Fprintf(&csv, "domain,host%d.%s.example,,,high,%q,%q\n", p.id, strings.Repeat("x", len(p.text)%9+1), p.text, p.mark)
		case "attachment": // its name is a part of what is withheld
			name := fmt.Sprintf("file%d%s.bin", p.id, strings.Repeat("x", len(p.text)%9))
			front["attachments"] = append(front["attachments"], fmt.Sprintf("{file: %q, about: %q}", p.marked(name), p.text))
			files[name] = []byte(p.text)
		case "picture":
			name := fmt.Sprintf("pictures/%s-%d/a.png", leakSlug(p.text), p.id)
			files[name] = leakPicture(len(p.text))
			fmt.Fprintf(&body, "%s ![%s](%s)\n\n", p.mark, p.text, name)
		case "inner": // a note in a note
			fmt.Fprintf(&body, "%s A sentence.[^n%d] And more.\n\n", d.all, p.id)
			fmt.Fprintf(&notes, "[^n%d]: %s Outer.[^i%[1]d]\n\n[^i%[1]d]: %[3]s\n\n", p.id, d.all, p.marked(p.text))
		case "again": // one note of two portions
			fmt.Fprintf(&body, "%s A sentence.[^n%d]\n\n%[1]s And more.[^n%[2]d]\n\n", d.all, p.id)
			fmt.Fprintf(&notes, "[^n%d]: %s\n\n", p.id, p.marked(p.text))
		case "note":
			fmt.Fprintf(&body, "%s A sentence.[^n%d] And more.\n\n", d.all, p.id)
			fmt.Fprintf(&notes, "[^n%d]: %s\n\n", p.id, p.marked(p.text))
		default:
			body.WriteString(block(p, d.pieces, i))
		}
	}
	if d.authority {
		single += leakAuthority
	}
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: A title for everybody\nscheme: %s\ntlp: TLP:RED\nreleasable_to: [%s]\nindicators: indicators.csv\n%s",
		d.scheme, pipeline.JoinNations(d.releasable, ", "), single)
	for _, key := range slices.Sorted(maps.Keys(front)) {
		fmt.Fprintf(&b, "%s:\n  - %s\n", key, strings.Join(front[key], "\n  - "))
	}
	b.WriteString("---\n\n" + body.String() + notes.String())
	files["draft.md"], files["indicators.csv"] = []byte(b.String()), []byte(csv.String())
	return draft.Source{Name: "draft.md", Files: files}
}

// leakAuthority fills what the statements of first pages name.
const leakAuthority = `authority:
  agency: Harbour Police of Port Ellery
  contact: "+44 20 7946 0018"
  classified_by: Records officer 7
  reason: 1.4(c)
  declassify_on: "20511125"
`

// marked is the text behind the piece's mark.
func (p piece) marked(text string) string { return strings.TrimSpace(p.mark + " " + text) }

// block writes one piece of the body.
func block(p piece, pieces []piece, i int) string {
	marked := p.marked(p.text)
	switch p.kind {
	case "bare": // a heading without a mark goes where anything under it goes
		return strings.Repeat("#", p.id%3+1) + " Heading " + fmt.Sprint(p.id) + "\n\n"
	case "heading":
		return strings.Repeat("#", p.id%3+1) + " " + marked + "\n\n"
	case "item":
		return "- " + marked + "\n\n"
	case "number":
		return "1. " + marked + "\n\n"
	case "child":
		return "  - " + marked + "\n\n"
	case "quote":
		return "> " + marked + "\n\n"
	case "code":
		return "```" + p.mark + " text\n" + p.text + "\n```\n\n"
	case "table":
		s := "| " + marked + " | second |\n|---|---|\n| plain | cell |\n"
		for _, row := range pieces[i+1:] {
			if row.kind != "row" {
				break
			}
			s += fmt.Sprintf("| %s | value |\n", row.marked(row.text))
		}
		return s + "\n"
	case "hpara":
		return "<p id=" + leakSlug(p.text) + ">" + marked + "</p>\n\n"
	case "named": // the name of a heading
		return fmt.Sprintf("%s <a id=heading-%d></a><a name=%s></a>%s\n\n", p.mark, p.id%5, leakSlug(p.text), p.text)
	case "hitem":
		return "<ul><li id=" + leakSlug(p.text) + ">" + marked + "<p>more</ul>\n\n"
	case "hnumber":
		return "<ol start=" + fmt.Sprint(len(p.text)) + ">\n<li>" + marked + "</li>\n</ol>\n\n"
	case "hquote":
		return "<blockquote>\n<p>" + marked + "</p>\n<p>more</p>\n</blockquote>\n\n"
	case "hpre":
		return "<pre>\n" + p.mark + "\n" + p.text + "\n</pre>\n\n"
	case "details":
		return "<details><summary>" + marked + "</summary></details>\n\n"
	case "htable":
		s := "<table id=" + leakSlug(p.text) + "><tr><th>" + marked + "</th><th align=right>second</th></tr>\n<tr><td>plain<td>cell</tr>\n"
	rows:
		for _, row := range pieces[i+1:] {
			switch row.kind {
			case "hrow":
				s += "<tr id=" + leakSlug(row.text) + "><td>" + row.marked(row.text) + "</td><td>value</td></tr>\n"
			case "hspan":
				s += "<tr><td colspan=" + fmt.Sprint(2+len(row.text)%3) + "><a id=" + leakSlug(row.text) + "></a>" + row.marked(row.text) + "</td></tr>\n"
			default:
				break rows
			}
		}
		return s + "</table>\n\n"
	case "row", "hrow", "hspan":
		return "" // written with its table
	}
	return marked + "\n\n"
}

// everything is all that leaves the system for one nation.
func everything(t *rapid.T, r renderer, d leakDraft, n pipeline.Nation) string {
	editions, err := review.Editions(d.parse(t), leakPolicy())
	if err != nil {
		t.Fatalf("project: %v", err)
	}
	i := slices.IndexFunc(editions, func(e edition.Edition) bool { return e.Nation == n })
	if i < 0 {
		return "no edition"
	}
	e := editions[i]
	e.Number, e.Released = "SA26-326A", time.Date(2026, 11, 22, 14, 0, 0, 0, time.UTC)
	files, err := r.Render(e)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	ref := pipeline.Ref{ID: "baaaaaaaaaaaa", Revision: 1}
	inner, err := mail.Compose(mail.Letter{
		Header: mail.Header{
			From: netmail.Address{Name: "Desk", Address: "desk@bulletin.example"}, List: mail.ListName(n), Date: e.Released,
			MessageID: mail.MessageID([]byte("key"), ref, n, "bulletin.example"),
		},
		Edition: e,
		PDF:     mail.Attachment{Name: "a.pdf", Bytes: files.PDF}, STIX: mail.Attachment{Name: "a.json", Bytes: files.STIX}, CSV: mail.Attachment{Name: "a.csv", Bytes: files.CSV},
	})
	if err != nil {
		t.Fatalf("compose: %v", err)
	}
	return strings.Join([]string{string(e.JSON()), string(files.PDF), string(files.STIX), string(files.CSV), string(files.Text), string(inner)}, "\n=====\n")
}

// leakPicture is a picture of some width.
func leakPicture(width int) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width%16+1, 2))); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func (d leakDraft) parse(t *rapid.T) *draft.Document {
	src := d.write()
	doc, problems := draft.Parse(src, draft.Options{Author: d.author})
	if err := problems.Err(); err != nil {
		t.Fatalf("the generated draft does not parse: %v\n%s", err, src.Files["draft.md"])
	}
	return doc
}

func TestNothingLeaks(t *testing.T) {
	r, err := newRenderer(nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := genDraft(t)
		nation := rapid.SampledFrom(d.releasable).Draw(t, "nation")
		withheld := func(p piece) bool { return !slices.Contains(p.to, nation) }
		original := everything(t, r, d, nation)
		other := slices.Clone(d.pieces)
		for i := range other {
			if withheld(other[i]) {
				other[i].text = genText(t) + " OTHER"
			}
		}
		if got := everything(t, r, d.with(other), nation); got != original {
			t.Fatalf("%s, %s: other text in withheld portions shows: %s", d.scheme, nation, firstDifference(original, got))
		}
		if strings.Contains(original, "no edition") {
			return
		}
		removed := slices.DeleteFunc(slices.Clone(d.pieces), withheld)
		for i, p := range d.pieces {
			parent := p.kind == "item" && i+1 < len(d.pieces) && d.pieces[i+1].kind == "child"
			if withheld(p) && (parent || slices.Contains([]string{"table", "htable", "note", "inner", "again", "child", "reference"}, p.kind)) {
				return // without it the draft around it reads differently: a row without its table, a child without its parent, a citation without its reference
			}
		}
		if got := everything(t, r, d.with(removed), nation); got != original {
			t.Fatalf("%s, %s: taking withheld portions away shows: %s", d.scheme, nation, firstDifference(original, got))
		}
	})
}

func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	return fmt.Sprintf("at %d:\n%q\n%q", i, a[max(0, i-80):min(len(a), i+80)], b[max(0, i-80):min(len(b), i+80)])
}

// TestWithheldTextIsNowhere looks for the very words: a portion's text is in an edition exactly when the
// nation may have it.
func TestWithheldTextIsNowhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := genDraft(t)
		for i := range d.pieces {
			d.pieces[i].text = fmt.Sprintf("secret%dword", i)
		}
		doc := d.parse(t)
		for _, n := range d.releasable {
			e, err := edition.Project(doc, n, d.released)
			if err != nil {
				continue
			}
			whole := string(e.JSON())
			for i, p := range d.pieces {
				if p.kind == "bare" {
					continue // its words are no portion's
				}
				may := slices.Contains(p.to, n)
				if slices.Contains([]string{"row", "hrow", "hspan"}, p.kind) {
					may = may && slices.Contains(tableOf(d.pieces, i).to, n)
				}
				if has := strings.Contains(whole, p.text); has != may {
					t.Fatalf("%s, %s: portion %d (%s, %s): has it: %v, may have it: %v", d.scheme, n, i, p.kind, p.mark, has, may)
				}
			}
		}
	})
}

// tableOf is the table that a row stands in.
func tableOf(pieces []piece, row int) piece {
	for row > 0 && slices.Contains([]string{"row", "hrow", "hspan"}, pieces[row].kind) {
		row--
	}
	return pieces[row]
}
