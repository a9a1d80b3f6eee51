package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/workers/desk"
)

// gutter is what stands before each line of a bulletin: the number of a portion, or nothing.
const gutter = "      "

// widest is how wide a text is set at most: longer lines are hard to read.
const widest = 100

// shown prints a revision: where it stands, and what it says or what has changed in it.
func (s screen) shown(v desk.Shown, e edition.Edition, d *difference) {
	s.standing(v, e)
	if d != nil {
		s.remarks(v, func(desk.Comment) bool { return true })
		s.rule()
		s.differences(*d)
		return
	}
	s.remarks(v, func(c desk.Comment) bool { return !stands(c, v) })
	s.rule()
	s.text(v, e)
}

func (s screen) rule() { s.line("%s", s.paint(faint, strings.Repeat("-", min(s.width, widest)))) }

// standing prints the head: what it is, and how far its review has come.
func (s screen) standing(v desk.Shown, e edition.Edition) {
	as := strong
	if v.Precedence == pipeline.Flash || v.Precedence == pipeline.Immediate {
		as = urgent
	}
	s.line("%s  revision %d, %s  %s %s", s.paint(strong, string(v.Ref.ID)), v.Ref.Revision, v.State,
		s.paint(as, strings.ToUpper(string(v.Precedence))), v.Kind)
	s.fill("", v.Title, strong)
	banner := v.Banner
	if tlp := e.TLP.String(); tlp != banner {
		banner += "   " + tlp
	}
	s.fill("", banner, unstyled)
	s.line("")
	from := string(v.From)
	if v.Author != "" {
		from += ", " + v.Author
	}
	s.fill("from        ", fmt.Sprintf("%s; handed in %s, %s", from, ago(time.Duration(v.Age)*time.Second), v.Submitted.UTC().Format("2 Jan 2006 15:04 UTC")), unstyled)
	if len(v.Claims) > 0 {
		s.fill("read by     ", claimsText(v.Claims), warning)
	}
	if len(v.Approvers) > 0 {
		s.fill("approved by ", names(v.Approvers), unstyled)
	}
	s.quorums(v.Quorums)
	s.fill("indicators  ", fmt.Sprint(len(e.Indicators)), unstyled)
	s.reach(v.Reach)
	switch {
	case v.Own:
		s.fill("you         ", "wrote a part of it: others decide", faint)
	case v.Awaits:
		s.fill("you         ", "your approval counts for something that is missing", unstyled)
	}
}

// quorums prints the approvals by portion: first what is missing.
func (s screen) quorums(all []desk.Quorum) {
	label := "missing     "
	for _, met := range []bool{false, true} {
		for _, q := range all {
			if q.Met != met {
				continue
			}
			as := warning
			if met {
				as = unstyled
			}
			s.fill(label, fmt.Sprintf("%s, for %s: %s", portions(q.Portions), pipeline.JoinNations(q.Audience, " "), lacking(q.Missing)), as)
			label = gutter + gutter
		}
		label = "enough      "
	}
}

// reach prints, for each nation, how many recipients would get it.
func (s screen) reach(all []desk.Reach) {
	label := "reaches     "
	for _, r := range all {
		text, as := fmt.Sprintf("%s  %d of %d recipients", r.Nation, r.Reachable, r.Reachable+r.Unreachable), unstyled
		switch {
		case !r.Edition:
			text = fmt.Sprintf("%s  gets no edition", r.Nation)
		case r.Unknown != "":
			text = fmt.Sprintf("%s  not known: %s", r.Nation, r.Unknown)
		case r.Unreachable > 0:
			text += fmt.Sprintf("; %d cannot be reached", r.Unreachable)
			as = warning
		case r.Reachable == 0:
			text, as = fmt.Sprintf("%s  nobody", r.Nation), warning
		}
		if r.Ending > 0 {
			text += fmt.Sprintf("; %d not any more within 7 days", r.Ending)
			as = warning
		}
		s.fill(label, text, as)
		label = gutter + gutter
		for _, c := range slices.Concat(r.Causes, r.Ends) {
			s.fill(label+"     ", causeText(c), warning)
		}
	}
}

// stands reports whether a comment is on a portion of the revision that is shown, below which it is printed.
func stands(c desk.Comment, v desk.Shown) bool { return c.Portion > 0 && c.Revision == v.Ref.Revision }

// remarks prints comments before the text: those on the whole, and on what is not there any more.
func (s screen) remarks(v desk.Shown, wanted func(desk.Comment) bool) {
	first := true
	for _, c := range v.Comments {
		if !wanted(c) {
			continue
		}
		if first {
			s.line("")
			first = false
		}
		s.remark("", c, v)
	}
}

// remark prints one comment.
func (s screen) remark(indent string, c desk.Comment, v desk.Shown) {
	head := fmt.Sprintf("%s (%s), %s", c.Person, c.Nation, c.At.UTC().Format("2 Jan 15:04 UTC"))
	if c.Kind != "comment" {
		head += ", " + c.Kind + " it"
	}
	switch {
	case c.Revision != v.Ref.Revision && c.Portion > 0:
		head += fmt.Sprintf(", on portion %d of revision %d (%s)", c.Portion, c.Revision, c.About)
	case c.Revision != v.Ref.Revision:
		head += fmt.Sprintf(", on revision %d", c.Revision)
	case c.Portion > 0 && indent == "":
		head += fmt.Sprintf(", on portion %d", c.Portion)
	}
	s.fill(indent+"> ", head, faint)
	s.fill(indent+"  ", c.Text, warning)
}

// text prints the bulletin as the reader's nation gets it, a number before each portion and comments below it.
func (s screen) text(v desk.Shown, e edition.Edition) {
	r := edition.Read(e, min(s.width, widest)-len(gutter))
	for _, l := range r.Before {
		s.indented(gutter, l)
	}
	for i, block := range r.Blocks {
		number := fmt.Sprintf("%4d  ", i+1)
		for _, l := range block {
			if l == "" {
				s.line("")
				continue
			}
			s.indented(s.paint(faint, number), l)
			number = gutter
		}
		for _, c := range v.Comments {
			if stands(c, v) && c.Portion == i+1 {
				s.remark(gutter, c, v)
			}
		}
	}
	s.line("")
	for _, l := range r.After {
		s.indented(gutter, l)
	}
}

func (s screen) indented(lead, l string) {
	if l == "" {
		s.line("")
		return
	}
	s.line("%s%s", lead, l)
}
