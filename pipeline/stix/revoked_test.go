package stix

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// Whoever imported a bulletin that is withdrawn, in whatever version, is told of each object that it is revoked: the
// same id, a later time, and nothing of the object is another. What outlives bulletins is not revoked.
func TestWithdrawalRevokesEveryObject(t *testing.T) {
	first := sample()
	second := sample()
	second.Indicators = second.Indicators[1:]
	second.History = append(second.History, edition.Version{Version: "2.0", At: second.Released.Add(time.Hour), Change: edition.ChangeContent})
	second.Released = second.Released.Add(time.Hour)
	at := second.Released.Add(24 * time.Hour)
	word := edition.Withdrawal([]edition.Edition{second, first}, []pipeline.Digest{"2", "1"}, "3.0", at, "It was wrong.")
	objects, raw := mustBundle(t, word, []byte("pdf"))
	if _, again := mustBundle(t, word, []byte("pdf")); !bytes.Equal(raw, again) {
		t.Error("the same edition gives other bytes")
	}
	byID := map[string]object{}
	for _, o := range objects {
		if _, twice := byID[o.text("id")]; twice {
			t.Errorf("%s stands twice", o.text("id"))
		}
		byID[o.text("id")] = o
	}
	for _, version := range []edition.Edition{first, second} {
		before, _ := mustBundle(t, version, []byte("its pdf"))
		for _, o := range before {
			now, there := byID[o.text("id")]
			if !there {
				t.Errorf("%s is not in the bundle of the withdrawal", o.text("id"))
				continue
			}
			kind := o.text("type")
			lasts := kind == "identity" || kind == "marking-definition"
			if revoked, _ := now["revoked"].(bool); revoked == lasts {
				t.Errorf("%s: revoked %v", o.text("id"), revoked)
			}
			if !lasts && (now.text("modified") != timestamp(at) || now.text("created") != o.text("created") || now.text("pattern") != o.text("pattern")) {
				t.Errorf("%s: %v", o.text("id"), now)
			}
		}
	}
	if strings.Contains(string(raw), "It was wrong") {
		t.Error("the reason stands in the STIX bundle")
	}
}

// The word of a withdrawal goes to those as well who may not have every version: what is marked above it was in the
// bundle, pattern and all.
func TestWithdrawalRevokedWhatNotAllMayHave(t *testing.T) {
	first, second := sample(), sample()
	second.TLP = first.TLP + 1
	second.Indicators = append(second.Indicators[:0:0], second.Indicators...)
	second.Indicators[0].Value = "walrus.example"
	word := edition.Withdrawal([]edition.Edition{second, first}, []pipeline.Digest{"2", "1"}, "3.0", first.Released.Add(time.Hour), "It was wrong.")
	if _, raw := mustBundle(t, word, nil); strings.Contains(string(raw), "walrus") || !strings.Contains(string(raw), `"revoked": true`) {
		t.Errorf("the bundle is %s", raw)
	}
}

// Where withdrawn editions have no marking in common the bundle names none of their objects, and is a bundle still.
func TestWithdrawalOfNothingInCommon(t *testing.T) {
	first, second := sample(), sample()
	first.Scheme, second.Scheme = "usa", "usa"
	first.Banner, second.Banner, second.TLP = "UNCLASSIFIED//LES", "UNCLASSIFIED", first.TLP+1
	word := edition.Withdrawal([]edition.Edition{second, first}, []pipeline.Digest{"2", "1"}, "3.0", first.Released.Add(time.Hour), "It was wrong.")
	objects, raw := mustBundle(t, word, nil)
	if len(objects) != 0 || strings.Contains(string(raw), "null") || !strings.Contains(string(raw), `"type": "bundle"`) {
		t.Errorf("the bundle is %s", raw)
	}
}
