package desk

import (
	"bulletin/pipeline/edition"
	"bulletin/pipeline/review"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
)

// noise is a picture that does not compress: many parts long.
func noise(t *testing.T, side int) []byte {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
	}
	img.SetRGBA(0, 0, color.RGBA{A: 255})
	var b bytes.Buffer
	must(t, png.Encode(&b, img))
	return b.Bytes()
}

func TestSubmitInParts(t *testing.T) {
	o := newOffice(t)
	picture := noise(t, 600)
	if len(picture) < 2*PartSize {
		t.Fatalf("the picture has %d bytes", len(picture))
	}
	text := strings.Replace(draftText, "(U//NF) For one", "(U//NF) ![A figure](./Diagrams/noise.png)\n\n(U//NF) For one", 1)
	s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", text, "Diagrams/noise.png", string(picture)))
	must(t, err)
	if s.Ref.Revision != 1 || o.facts(s.Ref, pipeline.Submitted) != 1 {
		t.Errorf("submitted: %+v", s)
	}
	stored, err := o.q.Get(ctx, pipeline.DigestOf(picture))
	if err != nil || !bytes.Equal(stored, picture) {
		t.Errorf("the picture is not what was sent: %d bytes, %v", len(stored), err)
	}
}

func TestUploadRefusesDamagedAndLostParts(t *testing.T) {
	o := newOffice(t)
	whole := []byte("0123456789")
	digest := pipeline.DigestOf(whole)
	for name, c := range map[string]struct {
		parts []Upload
		says  string
	}{
		"damaged":    {[]Upload{{digest, 0, []byte("01234"), false}, {digest, 5, []byte("56780"), true}}, "damaged"},
		"lost first": {[]Upload{{digest, 5, whole[5:], true}}, "lost"},
		"lost one":   {[]Upload{{digest, 0, whole[:3], false}, {digest, 5, whole[5:], true}}, "lost"},
		"twice":      {[]Upload{{digest, 0, whole[:3], false}, {digest, 3, whole[3:5], false}, {digest, 3, whole[3:], true}}, "lost"},
		"negative":   {[]Upload{{digest, -1, whole, true}}, "lost"},
		"cut short":  {[]Upload{{digest, 0, whole[:3], true}}, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			for _, u := range c.parts {
				_, err = ask[struct{}](ctx, o.clients["dana"], "upload", u)
			}
			if msg := refused(t, err); !strings.Contains(msg, c.says) {
				t.Errorf("refused: %s", msg)
			}
			if _, err := o.q.Get(ctx, digest); !errors.Is(err, pipeline.ErrNotFound) {
				t.Errorf("it is stored: %v", err)
			}
			s := Submission{Draft: "draft.md", Files: []pipeline.File{{Name: "draft.md", Digest: digest}}}
			_, err = ask[Submitted](ctx, o.clients["dana"], "submit", s)
			if msg := refused(t, err); !strings.Contains(msg, "draft.md has not arrived") {
				t.Errorf("refused: %s", msg)
			}
		})
	}
	_, err := ask[struct{}](ctx, o.clients["dana"], "upload", Upload{Digest: digest, Data: make([]byte, 5<<20)})
	must(t, err)
	for offset := 5 << 20; err == nil && offset < 30<<20; offset += 5 << 20 {
		_, err = ask[struct{}](ctx, o.clients["dana"], "upload", Upload{Digest: digest, Offset: offset, Data: make([]byte, 5<<20)})
	}
	if msg := refused(t, err); !strings.Contains(msg, "16 MiB") {
		t.Errorf("refused: %s", msg)
	}
}

func TestSubmitRefusesMistakesWithTheirPlace(t *testing.T) {
	for name, c := range map[string]struct {
		files []string
		says  string
	}{
		"an unknown mark":      {[]string{"draft.md", strings.Replace(draftText, "(U//NF)", "(U//XX)", 1)}, "draft.md:11:"},
		"no mark":              {[]string{"draft.md", strings.Replace(draftText, "(U//NF) ", "", 1)}, "draft.md:11:1"},
		"a missing picture":    {[]string{"draft.md", draftText + "\n(U) ![A figure](gone.png)\n"}, "gone.png"},
		"a remote picture":     {[]string{"draft.md", draftText + "\n(U) ![A figure](https://pictures.example/a.png)\n"}, "no PNG or JPEG: https://pictures.example/a.png"},
		"a picture in GIF":     {[]string{"draft.md", draftText + "\n(U) ![A figure](a/b.gif)\n", "a/b.gif", "GIF89a"}, "no PNG or JPEG: b.gif"},
		"a picture above":      {[]string{"draft.md", draftText + "\n(U) ![A figure](../c.png)\n", "../c.png", "x"}, "no PNG or JPEG: c.png"},
		"a glyph no font has":  {[]string{"draft.md", strings.Replace(draftText, "first", "☃", 1)}, "☃"},
		"nothing for anybody":  {[]string{"draft.md", "---\ntitle: T\nscheme: usa\ntlp: TLP:RED\nreleasable_to: [GBR]\n---\n(U//NF) At home.\n"}, "no nation"},
		"a draft that is gone": {[]string{"other.md", draftText}, "draft.md"},
		"nothing at all":       {[]string{"draft.md", ""}, "draft.md"},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			_, err := o.clients["dana"].Submit(ctx, "", source(c.files...))
			if msg := refused(t, err); !strings.Contains(msg, c.says) {
				t.Errorf("refused: %s\nwant %q", msg, c.says)
			}
			facts, _, err := o.q.Facts(ctx, "bulletin.>")
			if err != nil || len(facts) != 0 {
				t.Errorf("on record: %v, %v", facts, err)
			}
		})
	}
}

func TestOnlyAuthorsSubmit(t *testing.T) {
	o := newOffice(t)
	for _, name := range []string{"carlos", "aroha", "clerk"} {
		_, err := o.clients[name].Submit(ctx, "", source("draft.md", draftText))
		if msg := refused(t, err); !strings.Contains(msg, "not an author") {
			t.Errorf("%s: %s", name, msg)
		}
	}
}

// Every reviewer signs the digests of all files, withheld ones among them. Naming such a digest as one's own
// file must not give the file.
func TestSubmitTakesOnlyFilesThatItsAuthorHas(t *testing.T) {
	o := newOffice(t)
	picture := noise(t, 8)
	text := strings.Replace(draftText, "(U//NF) For one", "(U//NF) ![A figure](secret.png)\n\n(U//NF) For one", 1)
	s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", text, "secret.png", string(picture)))
	must(t, err)
	o.update()
	digest := pipeline.DigestOf(picture)
	if !strings.Contains(o.show("tom", s.Ref).Statement, string(digest)) {
		t.Fatal("the statement does not name the picture: this test is about nothing")
	}
	mine := []byte("---\ntitle: Mine\nscheme: tlp\ntlp: TLP:AMBER\nreleasable_to: [GBR]\n---\nLook: ![A figure](secret.png)\n")
	must(t, o.clients["tom"].upload(ctx, pipeline.File{Name: "draft.md", Digest: pipeline.DigestOf(mine)}, mine))
	_, err = ask[Submitted](ctx, o.clients["tom"], "submit", Submission{Draft: "draft.md", Files: []pipeline.File{
		{Name: "draft.md", Digest: pipeline.DigestOf(mine)}, {Name: "secret.png", Digest: digest},
	}})
	if msg := refused(t, err); !strings.Contains(msg, "secret.png has not arrived") {
		t.Errorf("refused: %s", msg)
	}
}

func TestSubmitLimitsAllFilesTogether(t *testing.T) {
	o := newOffice(t)
	s := Submission{Draft: "draft.md"}
	for i := range 5 {
		data := bytes.Repeat([]byte{byte('a' + i)}, 4<<20)
		digest, err := o.q.Put(ctx, data)
		must(t, err)
		o.desk.uploads.arrived("dana", digest)
		s.Files = append(s.Files, pipeline.File{Name: string(rune('a'+i)) + ".png", Digest: digest})
	}
	_, err := ask[Submitted](ctx, o.clients["dana"], "submit", s)
	if msg := refused(t, err); !strings.Contains(msg, "16 MiB together") {
		t.Errorf("refused: %s", msg)
	}
}

func TestRevise(t *testing.T) {
	o := newOffice(t)
	ref := o.submit()
	_, err := o.clients["tom"].Submit(ctx, ref.ID, source("draft.md", draftText))
	if msg := refused(t, err); !strings.Contains(msg, "only an author from USA") {
		t.Errorf("another nation: %s", msg)
	}
	_, err = o.clients["luc"].Submit(ctx, ref.ID, source("draft.md", draftText))
	if msg := refused(t, err); msg != "there is no such bulletin" {
		t.Errorf("a nation that has no edition: %s", msg)
	}
	shown := o.show("tom", ref)
	_, err = o.clients["tom"].Approve(ctx, shown)
	must(t, err)
	second, err := o.clients["dan"].Submit(ctx, ref.ID, source("draft.md", draftText))
	must(t, err)
	if second.Ref != (pipeline.Ref{ID: ref.ID, Revision: 2}) {
		t.Errorf("revised: %v", second.Ref)
	}
	o.update()
	if again := o.show("tom", ref); again.Approvals != 0 || again.Ref.Revision != 2 {
		t.Errorf("the approval of the first revision counts for the second: %+v", again.Waiting)
	}
	for decision, says := range map[pipeline.Name]string{pipeline.Approved: "approved and on its way", pipeline.Rejected: "was rejected"} {
		ref := o.submit()
		f, err := pipeline.NewFact(decision, ref, "test", struct{}{})
		must(t, err)
		must(t, o.q.Publish(ctx, f))
		_, err = o.clients["dana"].Submit(ctx, ref.ID, source("draft.md", draftText))
		if msg := refused(t, err); !strings.Contains(msg, says) {
			t.Errorf("%s: %s", decision, msg)
		}
	}
	ref = o.submit()
	must(t, o.clients["tom"].Return(ctx, ref, "Why?"))
	if _, err := o.clients["dana"].Submit(ctx, ref.ID, source("draft.md", draftText)); err != nil {
		t.Errorf("revise what was returned: %v", err)
	}
}

func TestEditorialPolicyRefusesWarnings(t *testing.T) {
	o := newOffice(t)
	s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", draftText))
	must(t, err)
	if len(s.Warnings) == 0 {
		t.Fatal("the draft has no warnings: this test is about nothing")
	}
	o.policy.Editorial = true
	_, err = o.clients["dana"].Submit(ctx, "", source("draft.md", draftText))
	refused(t, err)
}

func TestHandleRefusesWhatItDoesNotKnow(t *testing.T) {
	o := newOffice(t)
	_, err := o.clients["dana"].Queue(ctx) // somebody is at the desk
	must(t, err)
	_, err = o.raw["dana"].Request(ctx, "dance", nil)
	if msg := refused(t, err); !strings.Contains(msg, "dance") {
		t.Errorf("refused: %s", msg)
	}
	_, err = o.raw["dana"].Request(ctx, "show", []byte("{"))
	refused(t, err)
	_, err = o.clients["dana"].Show(ctx, "../etc/passwd")
	refused(t, err)
	o.people[0].Disabled = true
	_, err = o.raw["dana"].Request(ctx, "queue", nil)
	if msg := refused(t, err); !strings.Contains(msg, "may not work here") {
		t.Errorf("refused: %s", msg)
	}
	o.people[0].Disabled = false
	o.people = o.people[1:]
	b, _ := json.Marshal(struct{}{})
	_, err = o.raw["dana"].Request(ctx, "queue", b)
	refused(t, err)
}

// What submit and return said is done is there for whoever looks next, however far behind the board's reader is.
func TestQueueLackedWhatWasJustSubmitted(t *testing.T) {
	o := newOffice(t) // nobody follows the streams for its board
	s, err := o.clients["dana"].Submit(ctx, "", source("draft.md", draftText))
	must(t, err)
	waiting, err := o.clients["tom"].Queue(ctx)
	must(t, err)
	if len(waiting) != 1 || waiting[0].Ref != s.Ref || waiting[0].Submitted.IsZero() {
		t.Errorf("the queue has %+v", waiting)
	}
	must(t, o.clients["tom"].Return(ctx, s.Ref, "Why?"))
	if status, err := o.clients["dana"].Status(ctx, s.Ref.ID); err != nil || status.State != "returned" {
		t.Errorf("%+v, %v", status, err)
	}
	again, err := o.clients["dana"].Submit(ctx, s.Ref.ID, source("draft.md", draftText+"\n(U) More.\n"))
	must(t, err)
	o.update() // the reader brings the older facts last
	if status, err := o.clients["dana"].Status(ctx, s.Ref.ID); err != nil || status.State != "in review" || status.Revision != again.Ref.Revision {
		t.Errorf("%+v, %v", status, err)
	}
}

// A slip of the year would release at once what was to be held back.
func TestSubmitWarnsOfAnEmbargoThatIsOver(t *testing.T) {
	o := newOffice(t)
	for embargo, want := range map[string]bool{"2020-01-01T00:00:00Z": true, "2030-01-01T00:00:00Z": false} {
		text := strings.Replace(draftText, "\n---\n", "\nembargo: "+embargo+"\n---\n", 1)
		got, err := o.clients["dana"].Submit(ctx, "", draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}})
		must(t, err)
		if warned := strings.Contains(strings.Join(got.Warnings, "\n"), "holds nothing back"); warned != want {
			t.Errorf("%s: warned %v: %v", embargo, warned, got.Warnings)
		}
	}
}

// What the nations had agreed on ended yesterday: nobody knows how to handle the edition, and it is refused by the name
// of the pair. What was handed in while it held is judged by it ever after.
func TestSubmitRefusesEquivalentsThatHaveEnded(t *testing.T) {
	o := newOffice(t)
	before := o.submit()
	today := testTime.Truncate(24 * time.Hour)
	for i := range o.policy.Equivalents {
		if o.policy.Equivalents[i].To == "NZL" {
			o.policy.Equivalents[i].Until = today.AddDate(0, 0, -1)
		}
	}
	_, err := o.clients["dana"].Submit(ctx, "", source("draft.md", draftText))
	if msg := refused(t, err); !strings.Contains(msg, "no equivalents are agreed for USA -> NZL on 2026-11-22") {
		t.Errorf("refused: %s", msg)
	}
	if e, err := edition.Parse(o.show("aroha", before).Edition); err != nil || e.Equivalent != "UNCLASSIFIED" {
		t.Errorf("what was handed in before is handled as %q: %v", e.Equivalent, err)
	}
	for i := range o.policy.Equivalents {
		o.policy.Equivalents[i].Until = today
	}
	if _, err := o.clients["dana"].Submit(ctx, "", source("draft.md", draftText)); err != nil {
		t.Errorf("on the last day: %v", err)
	}
}

// Only what is in force goes on record.
func TestSubmitStoresThePolicyInForce(t *testing.T) {
	o := newOffice(t)
	later := o.policy.Equivalents[0]
	o.policy.Equivalents[0].Until = testTime.Truncate(24 * time.Hour)
	later.Since = testTime.Truncate(24*time.Hour).AddDate(0, 0, 1)
	o.policy.Equivalents = append(o.policy.Equivalents, later)
	ref := o.submit()
	facts, _, err := o.q.Facts(ctx, "bulletin."+string(ref.ID)+".>")
	must(t, err)
	var body pipeline.SubmittedBody
	must(t, facts[0].Decode(&body))
	stored, err := o.q.Get(ctx, body.Policy)
	must(t, err)
	policy, err := review.ParsePolicy(stored)
	must(t, err)
	if len(policy.Equivalents) != 4 || policy.Day.Format(time.DateOnly) != "2026-11-22" {
		t.Errorf("on record: %d equivalents of %s", len(policy.Equivalents), policy.Day)
	}
}

func TestSubmitRefusesWhatIsNeverMailed(t *testing.T) {
	o := newOffice(t)
	o.policy.NotMailed = map[string][]string{"usa": {"UNCLASSIFIED//CONTROLLED"}}
	_, err := o.clients["dana"].Submit(ctx, "", source("draft.md", draftText))
	if msg := refused(t, err); !strings.Contains(msg, "UNCLASSIFIED//CONTROLLED is never sent by mail") {
		t.Errorf("refused: %s", msg)
	}
}

// A CUI banner asks for a designation indicator: a draft that does not say who marked it is refused with what is missing.
func TestSubmitRefusesABannerWithoutItsAuthority(t *testing.T) {
	o := newOffice(t)
	const text = "---\ntitle: T\nscheme: cui\ntlp: TLP:AMBER\nreleasable_to: [USA]\n%s---\n(CUI) Text.\n"
	_, err := o.clients["dana"].Submit(ctx, "", source("draft.md", fmt.Sprintf(text, "")))
	if msg := refused(t, err); !strings.Contains(msg, "the edition for USA: marking CUI needs authority: agency") {
		t.Errorf("refused: %s", msg)
	}
	said := "authority:\n  agency: National Cyber Unit\n  contact: duty@police.example\n"
	if _, err := o.clients["dana"].Submit(ctx, "", source("draft.md", fmt.Sprintf(text, said))); err != nil {
		t.Error(err)
	}
}
