package desk

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// What only the United States have comes first, so that every nation counts portions in its own way.
const countedText = `---
title: Peer-to-peer clients expose case files
scheme: usa
tlp: TLP:AMBER
releasable_to: [AUS, GBR, NZL, USA]
---
(U//NF) For one, with walrus.

(U) A first paragraph for all.

(U//REL TO USA, GBR//LES) For two nations, with puffin.
`

// hand hands in a text as dana; with an id it is a revision.
func (o *office) hand(id pipeline.ID, text string) pipeline.Ref {
	o.t.Helper()
	s, err := o.clients["dana"].Submit(ctx, id, source("draft.md", text))
	must(o.t, err)
	o.update()
	return s.Ref
}

func (o *office) comment(who string, ref pipeline.Ref, portion int, text string) {
	o.t.Helper()
	must(o.t, o.clients[who].Comment(ctx, Remark{Ref: ref, Portion: portion, Text: text}))
}

func TestCommentsAreCountedAsTheReaderCounts(t *testing.T) {
	o := newOffice(t)
	ref := o.hand("", countedText)
	o.comment("tom", ref, 2, "Which clients?")        // the third of the document
	o.comment("carlos", ref, 1, "Is this needed?")    // for the USA alone
	o.comment("aroha", ref, 0, "Good.")               // the whole
	o.comment("dana", ref, 3, "All those of page 2.") // an author answers
	type seen struct {
		who     string
		portion int
	}
	for who, want := range map[string][]seen{
		"dana":   {{"tom", 3}, {"carlos", 1}, {"aroha", 0}, {"dana", 3}},
		"carlos": {{"tom", 3}, {"carlos", 1}, {"aroha", 0}, {"dana", 3}},
		"tom":    {{"tom", 2}},
		"aroha":  {{"aroha", 0}},
	} {
		var got []seen
		for _, c := range o.show(who, ref).Comments {
			got = append(got, seen{c.Person, c.Portion})
			if (c.Portion > 0) != (c.About != "") || c.Kind != "comment" || c.Revision != 1 {
				t.Errorf("%s sees %+v", who, c)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s sees %v, want %v", who, got, want)
		}
	}
	facts, _, err := o.q.Facts(ctx, "bulletin.>")
	must(t, err)
	for _, f := range facts {
		if bytes.Contains(f.Body, []byte("clients")) {
			t.Errorf("%s holds a comment", f.Subject())
		}
	}
}

// The nation of the author is told only of portions that it has: an author may write what is for others alone.
func TestCommentsOnWithheldPortionsAreWithheld(t *testing.T) {
	o := newOffice(t)
	for i := range o.people { // two nations can comment on what a third may not have
		if o.people[i].Name == "luc" {
			o.people[i].Nation = pipeline.GBR
		}
	}
	ref := o.hand("", strings.Replace(countedText, "(U) A first", "(U//REL TO USA, GBR) A first", 1))
	if _, err := o.clients["aroha"].Show(ctx, ref.ID); refused(t, err) != "there is no such bulletin" {
		t.Error(err)
	}
	o.comment("luc", ref, 1, "One.")
	if got := o.show("tom", ref).Comments; len(got) != 1 || got[0].Portion != 1 {
		t.Errorf("tom sees %+v", got)
	}
}

func TestCommentsOfEarlierRevisionsStay(t *testing.T) {
	o := newOffice(t)
	first := o.hand("", countedText)
	o.comment("tom", first, 2, "Which puffin?")
	must(t, o.clients["tom"].Return(ctx, first, "Mend it."))
	second := o.hand(first.ID, strings.Replace(countedText, "(U//REL TO USA, GBR//LES) For two nations, with puffin.\n", "", 1))
	o.comment("tom", second, 1, "Better.")
	got := o.show("tom", second).Comments
	if len(got) != 3 || got[0].Revision != 1 || !strings.Contains(got[0].About, "puffin") || got[1].Kind != "returned" || got[2].Revision != 2 {
		t.Errorf("tom sees %+v", got)
	}
	if s := o.show("aroha", second); len(s.Comments) != 0 {
		t.Errorf("aroha sees %+v", s.Comments)
	}
	// What was said of a revision that somebody is not cleared for is not told with a later one that they are.
	third := o.hand(first.ID, strings.NewReplacer("TLP:AMBER", "TLP:GREEN").Replace(countedText))
	if s := o.show("green", third); len(s.Comments) != 0 {
		t.Errorf("green sees %+v", s.Comments)
	}
	if s := o.show("tom", third); len(s.Comments) != 3 {
		t.Errorf("tom sees %+v", s.Comments)
	}
	_, err := o.clients["green"].Earlier(ctx, third.ID, 1)
	if msg := refused(t, err); !strings.Contains(msg, "no edition of revision 1") {
		t.Error(msg)
	}
}

func TestCommentRefuses(t *testing.T) {
	o := newOffice(t)
	ref := o.hand("", countedText)
	for name, c := range map[string]struct {
		who  string
		r    Remark
		says string
	}{
		"nothing":               {"tom", Remark{Ref: ref, Text: " \n"}, "empty"},
		"too much":              {"tom", Remark{Ref: ref, Text: strings.Repeat("x", MaxComment+1)}, "at most 16 KiB"},
		"a portion too far":     {"tom", Remark{Ref: ref, Portion: 3, Text: "x"}, "count from 1 to 2"},
		"a portion below":       {"tom", Remark{Ref: ref, Portion: -1, Text: "x"}, "count from 1 to 2"},
		"another revision":      {"tom", Remark{Ref: pipeline.Ref{ID: ref.ID, Revision: 2}, Text: "x"}, "not the newest"},
		"somebody without work": {"clerk", Remark{Ref: ref, Text: "x"}, "neither an author nor a reviewer"},
		"no edition":            {"luc", Remark{Ref: ref, Text: "x"}, "no such bulletin"},
	} {
		if msg := refused(t, o.clients[c.who].Comment(ctx, c.r)); !strings.Contains(msg, c.says) {
			t.Errorf("%s: %s, want %q", name, msg, c.says)
		}
	}
	must(t, o.clients["tom"].Reject(ctx, ref, "No."))
	if msg := refused(t, o.clients["tom"].Comment(ctx, Remark{Ref: ref, Text: "x"})); !strings.Contains(msg, "rejected already") {
		t.Error(msg)
	}
	if n := o.facts(ref, pipeline.Commented); n != 0 {
		t.Errorf("%d comments are on record", n)
	}
}

func TestClaim(t *testing.T) {
	now := testTime
	o := newOffice(t, func(o *office) { o.desk.Clock = func() time.Time { return now } })
	ref := o.submit()
	claimed, err := o.clients["tom"].Claim(ctx, ref.ID, 30*time.Minute)
	must(t, err)
	if !claimed.Until.Equal(now.Add(30*time.Minute)) || len(claimed.Others) != 0 {
		t.Errorf("tom is told %+v", claimed)
	}
	claimed, err = o.clients["carlos"].Claim(ctx, ref.ID, time.Hour)
	must(t, err)
	if len(claimed.Others) != 1 || claimed.Others[0].By != (By{"tom", pipeline.GBR}) {
		t.Errorf("carlos is told %+v", claimed)
	}
	held := func() (names []string) {
		t.Helper()
		for _, c := range o.show("aroha", ref).Claims {
			names = append(names, c.Name)
		}
		waiting, err := o.clients["aroha"].Queue(ctx)
		must(t, err)
		if len(waiting[0].Claims) != len(names) {
			t.Errorf("queue and show differ: %v", waiting[0].Claims)
		}
		return names
	}
	if got := held(); !slices.Equal(got, []string{"tom", "carlos"}) {
		t.Errorf("held by %v", got)
	}
	now = now.Add(30 * time.Minute) // to the second: it is over
	if got := held(); !slices.Equal(got, []string{"carlos"}) {
		t.Errorf("after half an hour held by %v", got)
	}
	if _, err := o.clients["tom"].Approve(ctx, o.show("tom", ref)); err != nil {
		t.Errorf("a claim stops nobody: %v", err)
	}
	second := o.hand(ref.ID, draftText)
	if got := held(); !slices.Equal(got, []string{"carlos"}) {
		t.Errorf("after a revision held by %v", got)
	}
	_, err = o.clients["carlos"].Release(ctx, second.ID)
	must(t, err)
	if got := held(); len(got) != 0 {
		t.Errorf("given back, and held by %v", got)
	}
}

func TestClaimRefuses(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	for name, c := range map[string]struct {
		who  string
		r    Claiming
		says string
	}{
		"no time":           {"tom", Claiming{ID: ref.ID}, "a claim lasts"},
		"too long":          {"tom", Claiming{ID: ref.ID, Seconds: 86401}, "a claim lasts"},
		"below nothing":     {"tom", Claiming{ID: ref.ID, Seconds: -1}, "a claim lasts"},
		"nothing to return": {"tom", Claiming{ID: ref.ID, Release: true}, "you hold no claim"},
		"the author":        {"dana", Claiming{ID: ref.ID, Seconds: 60}, "wrote a part"},
		"no reviewer":       {"clerk", Claiming{ID: ref.ID, Seconds: 60}, "not a reviewer"},
		"no edition":        {"luc", Claiming{ID: ref.ID, Seconds: 60}, "no such bulletin"},
	} {
		_, err := ask[Claimed](ctx, o.clients[c.who], "claim", c.r)
		if msg := refused(t, err); !strings.Contains(msg, c.says) {
			t.Errorf("%s: %s, want %q", name, msg, c.says)
		}
	}
	if n := o.facts(ref, pipeline.Claimed); n != 0 {
		t.Errorf("%d claims are on record", n)
	}
}

// everything is all that a person is told of a bulletin, but for the statement: it holds digests of what others get.
func (o *office) everything(who string, id pipeline.ID) string {
	o.t.Helper()
	shown := o.show(who, pipeline.Ref{ID: id})
	shown.Statement = ""
	first, err := o.clients[who].Earlier(ctx, id, 1)
	must(o.t, err)
	waiting, err := o.clients[who].Queue(ctx)
	must(o.t, err)
	waiting = slices.DeleteFunc(waiting, func(w Waiting) bool { return w.Ref.ID != id })
	pdf, err := o.clients[who].PDF(ctx, id)
	must(o.t, err)
	status, err := o.clients[who].Status(ctx, id)
	must(o.t, err)
	out, err := json.Marshal(map[string]any{"show": shown, "first": first, "queue": waiting, "pdf": string(pdf), "status": status})
	must(o.t, err)
	return strings.ReplaceAll(string(out), string(id), "ID")
}

// life is two revisions of a bulletin, and what is said of them.
type life struct {
	revisions [2][]portion
	remarks   []remark
}

type portion struct{ mark, text string }

type remark struct {
	who      string
	revision int
	at       int // which portion of the revision, from 0; -1 is the whole
	text     string
}

// may says who may have what is marked so; this table is the test's own.
var may = map[string]string{
	"(U)": "AUS GBR NZL USA", "(U//NF)": "USA", "(U//REL TO USA, GBR)": "GBR USA", "(U//REL TO USA, AUS, NZL)": "AUS NZL USA",
}

var nationOf = map[string]string{"dana": "USA", "carlos": "USA", "tom": "GBR", "aroha": "NZL"}

var lives = rapid.Custom(func(t *rapid.T) (l life) {
	portions := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) portion {
		return portion{rapid.SampledFrom(slices.Sorted(maps.Keys(may))).Draw(t, "mark"), rapid.StringMatching("Text [a-z]{3,9}").Draw(t, "text")}
	}), 1, 5)
	for i := range l.revisions {
		l.revisions[i] = append([]portion{{"(U)", "Text for everybody"}}, portions.Draw(t, "portions")...)
	}
	for range rapid.IntRange(0, 5).Draw(t, "remarks") {
		r := remark{who: rapid.SampledFrom(slices.Sorted(maps.Keys(nationOf))).Draw(t, "who"), revision: rapid.IntRange(0, 1).Draw(t, "revision")}
		r.at = rapid.IntRange(-1, len(l.revisions[r.revision])-1).Draw(t, "at")
		r.text = rapid.StringMatching("Remark [a-z]{3,9}").Draw(t, "remark")
		if r.at < 0 || strings.Contains(may[l.revisions[r.revision][r.at].mark], nationOf[r.who]) {
			l.remarks = append(l.remarks, r)
		}
	}
	return l
})

// without is the same life as far as a nation may know of it: what it may not have is replaced by other text, or by
// nothing, and so is what others say of it.
func (l life) without(n string, other bool) (out life) {
	kept := [2]map[int]int{{-1: -1}, {-1: -1}}
	for i, portions := range l.revisions {
		for at, p := range portions {
			if !strings.Contains(may[p.mark], n) {
				if !other {
					continue
				}
				p.text = "Text that differs"
			}
			kept[i][at] = len(out.revisions[i])
			out.revisions[i] = append(out.revisions[i], p)
		}
	}
	for _, r := range l.remarks {
		if at, ok := kept[r.revision][r.at]; ok && nationOf[r.who] == n { // the author's nation is another
			r.at = at
			out.remarks = append(out.remarks, r)
		}
	}
	return out
}

// live puts a life on record.
func (o *office) live(l life) (id pipeline.ID) {
	o.t.Helper()
	for i, portions := range l.revisions {
		text := strings.SplitAfter(countedText, "---\n")[1]
		text = "---\n" + text
		for _, p := range portions {
			text += p.mark + " " + p.text + ".\n\n"
		}
		ref := o.hand(id, text)
		id = ref.ID
		for _, r := range l.remarks {
			if r.revision != i {
				continue
			}
			count := 0 // as the speaker's nation counts
			for at, p := range portions {
				if at <= r.at && strings.Contains(may[p.mark], nationOf[r.who]) {
					count++
				}
			}
			o.comment(r.who, ref, count, r.text)
		}
	}
	return id
}

// A nation is told the same, byte for byte, whatever stands in the portions that it may not have, and whatever is
// said about them: reading, comparing, counting, commenting.
func TestNothingIsToldOfWithheldPortions(t *testing.T) {
	told := 0
	for seed := range 8 {
		o, l := newOffice(t), lives.Example(seed)
		id := o.live(l)
		for who, n := range map[string]string{"tom": "GBR", "aroha": "NZL"} {
			want := o.everything(who, id)
			told += strings.Count(want, "Remark")
			for _, other := range []bool{true, false} {
				if got := o.everything(who, o.live(l.without(n, other))); got != want {
					t.Fatalf("seed %d: %s is told\n%s\nand with other text in what is withheld (%v)\n%s", seed, who, want, other, got)
				}
			}
		}
	}
	if told == 0 {
		t.Error("nobody was told of any remark: the test sees nothing")
	}
}

func TestNobodyIsShownAnotherNationsEdition(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	for _, verb := range []string{"show", "revision", "pdf"} {
		for _, id := range []pipeline.ID{ref.ID, "baaaaaaaaaaaa"} { // the same, whether there is such a bulletin or not
			data, err := json.Marshal(Look{ID: id, Nation: pipeline.USA, Revision: 1})
			must(t, err)
			_, err = o.raw["tom"].Request(ctx, verb, data)
			if msg := refused(t, err); !strings.Contains(msg, "another nation's edition") {
				t.Errorf("%s: %s", verb, msg)
			}
		}
	}
	if s, err := o.clients["tom"].ShowTo(ctx, ref.ID, pipeline.GBR); err != nil || s.Ref != ref {
		t.Errorf("their own: %v, %v", s.Ref, err)
	}
}

func TestReachIsCountedFromWhatTheReaderHas(t *testing.T) {
	var asked []edition.Edition
	o := newOffice(t, func(o *office) {
		count := o.desk.Reach
		o.desk.Reach = func(e edition.Edition) (int, []pipeline.Unreachable, []pipeline.Unreachable, error) {
			asked = append(asked, e)
			return count(e)
		}
	})
	ref := o.submit()
	shown := o.show("tom", ref)
	all, err := json.Marshal(shown)
	must(t, err)
	for address, times := range map[string]int{"USA@x.example": 0, "soon-USA@x.example": 0, "GBR@x.example": 1, "soon-GBR@x.example": 1} {
		if got := bytes.Count(all, []byte(`"`+address+`"`)); got != times {
			t.Errorf("tom is told %d times of %s", got, address)
		}
	}
	if bytes.Contains(all, []byte("USA@x.example")) {
		t.Errorf("tom sees %s", all)
	}
	own, err := edition.Parse(shown.Edition)
	must(t, err)
	for _, e := range asked {
		if e.Banner != own.Banner || e.TLP != own.TLP {
			t.Errorf("%s was counted by %s, which tom may not know of", e.Nation, e.Banner)
		}
	}
	for _, r := range shown.Reach {
		if !r.Edition || (r.Unknown == "") != (r.Nation != pipeline.AUS) || r.Unknown == "" && (r.Reachable != 40 || r.Unreachable != 1) {
			t.Errorf("%+v", r)
		}
	}
	if len(shown.Reach) != 4 {
		t.Errorf("%+v", shown.Reach)
	}
}

func TestQuorumsAreCountedByPortion(t *testing.T) {
	o := newOffice(t)
	ref := o.hand("", countedText)
	_, err := o.clients["carlos"].Approve(ctx, o.show("carlos", ref))
	must(t, err)
	_, err = o.clients["tom"].Approve(ctx, o.show("tom", ref))
	must(t, err)
	s := o.show("tom", ref)
	if len(s.Quorums) != 2 || !slices.Equal(s.Quorums[0].Portions, []int{1}) || !slices.Equal(s.Quorums[1].Portions, []int{2}) || !s.Quorums[0].Met {
		t.Errorf("tom sees %+v", s.Quorums)
	}
	if !slices.Equal(s.Approvers, []By{{"carlos", pipeline.USA}, {"tom", pipeline.GBR}}) || s.Awaits || s.Author != "" || s.From != pipeline.USA {
		t.Errorf("tom sees %+v", s.Waiting)
	}
	s = o.show("dana", ref)
	if q := s.Quorums[1]; len(s.Quorums) != 3 || !slices.Equal(q.Portions, []int{1}) || q.Met || q.Have != 1 || s.Author != "dana" {
		t.Errorf("dana sees %+v", s.Quorums)
	}
}

func TestAwaits(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	for who, want := range map[string]bool{"dana": false, "dan": true, "carlos": true, "tom": true, "aroha": true, "clerk": false} {
		if s := o.show(who, ref); s.Awaits != want {
			t.Errorf("%s: an approval counts: %v", who, s.Awaits)
		}
	}
}

func TestPDF(t *testing.T) {
	large := bytes.Repeat([]byte("%PDF and much more\n"), 3*PartSize/19)
	o := newOffice(t, func(o *office) {
		o.desk.Draw = func(e edition.Edition) ([]byte, error) { return append([]byte(e.Nation), large...), nil }
	})
	ref := o.submit()
	got, err := o.clients["tom"].PDF(ctx, ref.ID)
	must(t, err)
	if !bytes.Equal(got, append([]byte("GBR"), large...)) {
		t.Errorf("tom gets %d bytes: %.20q", len(got), got)
	}
	mailed, err := o.q.Put(ctx, []byte("what was mailed"))
	must(t, err)
	must(t, o.q.Publish(ctx, factOf(t, pipeline.Rendered, ref, pipeline.GBR, pipeline.RenderedBody{PDF: pipeline.File{Digest: mailed}})))
	for who, want := range map[string]string{"tom": "what was mailed", "aroha": "NZL" + string(large)} { // NZL's is not rendered yet
		if got, err = o.clients[who].PDF(ctx, ref.ID); err != nil || string(got) != want {
			t.Errorf("%s gets %.20q, %v", who, got, err)
		}
	}
	if _, err := o.clients["luc"].PDF(ctx, ref.ID); refused(t, err) != "there is no such bulletin" {
		t.Error(err)
	}
}
