package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	netmail "net/mail"

	"pgregory.net/rapid"

	"bulletin/configs"
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
	kind string // para, heading, item, number, child, quote, code, table, row, note, action, reference, contact, glance, attack, indicator, attachment
	mark string // without parentheses; empty in front matter for unmarked
	text string
}

// The marks that are drawn from, with the nations that may have what they mark. This table is the
// test's own: it asks the engine nothing.
var leakMarks = map[string]map[string][]pipeline.Nation{
	"usa": {
		"U":                       pipeline.Nations(),
		"U//NF":                   {pipeline.USA},
		"U//LES":                  {pipeline.USA},
		"U//FOUO":                 {pipeline.USA},
		"U//REL TO USA, GBR":      {pipeline.GBR, pipeline.USA},
		"U//REL TO USA, GBR//LES": {pipeline.GBR, pipeline.USA},
		"U//REL TO USA, AUS, NZL": {pipeline.AUS, pipeline.NZL, pipeline.USA},
		"U//REL TO USA, FVEY":     pipeline.Nations(),
		"U//SBU-NF":               {pipeline.USA},
		"U//FOUO/REL TO USA, AUS": {pipeline.AUS, pipeline.USA},
		"U//REL TO USA, ACGU":     {pipeline.AUS, pipeline.CAN, pipeline.GBR, pipeline.USA},
	},
	"tlp": {
		"TLP:CLEAR":                            pipeline.Nations(),
		"TLP:AMBER":                            pipeline.Nations(),
		"TLP:AMBER//REL TO AUS, NZL":           {pipeline.AUS, pipeline.NZL},
		"TLP:RED//REL TO CAN":                  {pipeline.CAN},
		"TLP:GREEN//REL TO AUS, CAN, GBR, USA": {pipeline.AUS, pipeline.CAN, pipeline.GBR, pipeline.USA},
	},
}

var pieceKinds = []string{
	"para", "para", "para", "heading", "bare", "item", "number", "child", "quote", "code", "table", "row", "row", "note",
	"action", "reference", "contact", "glance", "correction", "attack", "indicator", "indicator", "attachment",
}

var leakWords = []string{"ferry", "harbour", "server", "pūrongo", "Ελλάς", "Київ", "invoice", "beacon", "ledger", "wallet", "relay", "façade", "198.51.100.7", "[1, 3]", "a*b", "x_y", "1st"}

func genText(t *rapid.T) string {
	words := rapid.SliceOfN(rapid.SampledFrom(leakWords), 1, 12).Draw(t, "words")
	return "Text " + strings.Join(words, " ")
}

// genDraft draws a scheme, releasable nations and pieces; the first is a paragraph that all may have.
func genDraft(t *rapid.T) (scheme string, to []pipeline.Nation, pieces []piece) {
	scheme = rapid.SampledFrom([]string{"usa", "tlp"}).Draw(t, "scheme")
	to = rapid.SliceOfNDistinct(rapid.SampledFrom(pipeline.Nations()), 2, 5, rapid.ID).Draw(t, "to")
	all := map[string]string{"usa": "U", "tlp": "TLP:AMBER"}[scheme]
	marks := slices.Sorted(maps.Keys(leakMarks[scheme]))
	pieces = []piece{{kind: "para", mark: all, text: "Summary for everybody"}}
	for i := range rapid.IntRange(3, 25).Draw(t, "pieces") {
		pieces = append(pieces, piece{
			id:   i,
			kind: rapid.SampledFrom(pieceKinds).Draw(t, "kind"),
			mark: rapid.SampledFrom(marks).Draw(t, "mark"),
			text: genText(t),
		})
	}
	singles := map[string]int{}
	for i := range pieces { // a row stands in a table and a child under an item, or they are something else
		if pieces[i].kind == "bare" {
			pieces[i].mark = all // never withheld by itself
			if scheme == "usa" {
				pieces[i].kind = "heading" // there every heading is marked
			}
		}
		previous := ""
		if i > 0 {
			previous = pieces[i-1].kind
		}
		if pieces[i].kind == "row" && previous != "table" && previous != "row" {
			pieces[i].kind = "para"
		}
		if single := pieces[i].kind; single == "glance" || single == "correction" {
			if singles[single]++; singles[single] > 1 { // there is one line of a name
				pieces[i].kind = "para"
			}
		}
		if pieces[i].kind == "child" && previous != "item" && previous != "child" {
			pieces[i].kind = "item"
		}
	}
	return scheme, to, pieces
}

// write makes the Markdown of the pieces.
func write(scheme string, to []pipeline.Nation, pieces []piece) draft.Source {
	front := map[string][]string{}
	single := ""
	files := map[string][]byte{}
	var csv, body, notes strings.Builder
	csv.WriteString("type,value,first_seen,last_seen,confidence,note,mark\n")
	for i, p := range pieces {
		quoted := fmt.Sprintf("%q", "("+p.mark+") "+p.text)
		switch p.kind {
		case "action", "reference", "contact":
			front[p.kind+"s"] = append(front[p.kind+"s"], quoted)
		case "glance":
			single += "glance:\n  who: " + quoted + "\n"
		case "correction":
			single += "correction: " + quoted + "\n"
		case "attack":
			front["attack"] = append(front["attack"], fmt.Sprintf("{id: %q, use: %q}", "("+p.mark+") T1048", p.text))
		case "indicator":
			fmt.Fprintf(&csv, "domain,host%d.%s.example,,,high,%q,%q\n", p.id, strings.Repeat("x", len(p.text)%9+1), p.text, "("+p.mark+")")
		case "attachment": // its name is a part of what is withheld
			name := fmt.Sprintf("file%d%s.bin", p.id, strings.Repeat("x", len(p.text)%9))
			front["attachments"] = append(front["attachments"], fmt.Sprintf("{file: %q, about: %q}", "("+p.mark+") "+name, p.text))
			files[name] = []byte(p.text)
		case "note":
			fmt.Fprintf(&body, "(%s) A sentence.[^n%d] And more.\n\n", map[string]string{"usa": "U", "tlp": "TLP:AMBER"}[scheme], p.id)
			fmt.Fprintf(&notes, "[^n%d]: (%s) %s\n\n", p.id, p.mark, p.text)
		default:
			body.WriteString(block(p, pieces, i))
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "---\ntitle: A title for everybody\nscheme: %s\ntlp: TLP:RED\nreleasable_to: [%s]\nindicators: indicators.csv\n%s",
		scheme, pipeline.JoinNations(to, ", "), single)
	for _, key := range slices.Sorted(maps.Keys(front)) {
		fmt.Fprintf(&b, "%s:\n  - %s\n", key, strings.Join(front[key], "\n  - "))
	}
	b.WriteString("---\n\n" + body.String() + notes.String())
	files["draft.md"], files["indicators.csv"] = []byte(b.String()), []byte(csv.String())
	return draft.Source{Name: "draft.md", Files: files}
}

// block writes one piece of the body.
func block(p piece, pieces []piece, i int) string {
	marked := "(" + p.mark + ") " + p.text
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
		return "```(" + p.mark + ") text\n" + p.text + "\n```\n\n"
	case "table":
		s := "| " + marked + " | second |\n|---|---|\n| plain | cell |\n"
		for _, row := range pieces[i+1:] {
			if row.kind != "row" {
				break
			}
			s += fmt.Sprintf("| (%s) %s | value |\n", row.mark, row.text)
		}
		return s + "\n"
	case "row":
		return "" // written with its table
	}
	return marked + "\n\n"
}

// everything is all that leaves the system for one nation.
func everything(t *rapid.T, r renderer, src draft.Source, n pipeline.Nation) string {
	doc, problems := draft.Parse(src, draft.Options{Author: pipeline.USA})
	if err := problems.Err(); err != nil {
		t.Fatalf("the generated draft does not parse: %v\n%s", err, src.Files["draft.md"])
	}
	editions, err := review.Editions(doc, configs.DefaultPolicy())
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

func TestNothingLeaks(t *testing.T) {
	r, err := newRenderer(nil)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		scheme, to, pieces := genDraft(t)
		nation := rapid.SampledFrom(to).Draw(t, "nation")
		withheld := func(p piece) bool { return !slices.Contains(leakMarks[scheme][p.mark], nation) }
		original := everything(t, r, write(scheme, to, pieces), nation)
		other := slices.Clone(pieces)
		for i := range other {
			if withheld(other[i]) {
				other[i].text = genText(t) + " OTHER"
			}
		}
		if got := everything(t, r, write(scheme, to, other), nation); got != original {
			t.Fatalf("%s: other text in withheld portions shows: %s", nation, firstDifference(original, got))
		}
		if strings.Contains(original, "no edition") {
			return
		}
		removed := slices.DeleteFunc(slices.Clone(pieces), withheld)
		for _, p := range pieces {
			if withheld(p) && (p.kind == "table" || p.kind == "note" || p.kind == "child" || p.kind == "item" || p.kind == "reference") {
				return // without it the draft around it reads differently: a row without its table, a child without its parent, a citation without its reference
			}
		}
		if got := everything(t, r, write(scheme, to, removed), nation); got != original {
			t.Fatalf("%s: taking withheld portions away shows: %s", nation, firstDifference(original, got))
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
		scheme, to, pieces := genDraft(t)
		for i := range pieces {
			pieces[i].text = fmt.Sprintf("secret%dword", i)
		}
		doc, problems := draft.Parse(write(scheme, to, pieces), draft.Options{Author: pipeline.USA})
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		for _, n := range to {
			e, err := edition.Project(doc, n, nil)
			if err != nil {
				continue
			}
			whole := string(e.JSON())
			for i, p := range pieces {
				if p.kind == "bare" {
					continue // its words are no portion's
				}
				may := slices.Contains(leakMarks[scheme][p.mark], n)
				if p.kind == "row" && i > 0 {
					if owner := tableOf(pieces, i); owner != nil {
						may = may && slices.Contains(leakMarks[scheme][owner.mark], n)
					}
				}
				if has := strings.Contains(whole, p.text); has != may {
					t.Fatalf("%s: portion %d (%s, %s): has it: %v, may have it: %v", n, i, p.kind, p.mark, has, may)
				}
			}
		}
	})
}

func tableOf(pieces []piece, row int) *piece {
	for j := row - 1; j >= 0; j-- {
		switch pieces[j].kind {
		case "table":
			return &pieces[j]
		case "row":
		default:
			return nil
		}
	}
	return nil
}
