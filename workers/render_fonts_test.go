package workers

import (
	"context"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// Fonts decide what readers see: what was approved with some is not drawn with others, nor in another order.
func TestRenderRefusesOtherFontsThanWereApproved(t *testing.T) {
	cjk, arabic := pipeline.DigestOf([]byte("cjk")), pipeline.DigestOf([]byte("arabic"))
	for _, c := range []struct {
		approved, here []pipeline.Digest
		recall, drawn  bool
	}{
		{drawn: true},
		{approved: []pipeline.Digest{cjk, arabic}, here: []pipeline.Digest{cjk, arabic}, drawn: true},
		{approved: []pipeline.Digest{cjk}},
		{here: []pipeline.Digest{cjk}},
		{approved: []pipeline.Digest{cjk}, here: []pipeline.Digest{arabic}},
		{approved: []pipeline.Digest{cjk, arabic}, here: []pipeline.Digest{arabic, cjk}},
		{here: []pipeline.Digest{cjk}, recall: true, drawn: true},
	} {
		docs := newMemory()
		e := testEdition(pipeline.NZL)
		if c.recall {
			e = edition.Withdrawal([]edition.Edition{e}, nil, "2.0", e.Released, "wrong")
			e.Nation = pipeline.NZL
		}
		e.Fonts = c.approved
		in := newFact(t, pipeline.Marked, newRef(), pipeline.MarkedBody{Edition: docs.put(e.JSON()), Content: e.ContentDigest(), Number: e.Number})
		in.Nation = pipeline.NZL
		renderer := &counts{}
		_, err := (&Render{Documents: docs, Renderer: renderer, Fonts: c.here}).Work(context.Background(), in)
		if drawn := len(renderer.given) == 1; drawn != c.drawn || isPermanent(err) == c.drawn {
			t.Errorf("approved with %.8s, here %.8s: drawn %v, %v", c.approved, c.here, drawn, err)
		}
	}
}
