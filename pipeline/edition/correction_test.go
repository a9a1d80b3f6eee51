package edition_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

func project(t *testing.T, correction string, n pipeline.Nation) edition.Edition {
	t.Helper()
	text := "---\ntitle: (U) T\n" + correction + "scheme: usa\ntlp: TLP:AMBER\nreleasable_to: [GBR, NZL, USA]\n---\n\n(U) Some text.\n"
	doc, problems := draft.Parse(draft.Source{Name: "draft.md", Files: map[string][]byte{"draft.md": []byte(text)}}, draft.Options{Author: pipeline.USA})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	e, err := edition.Project(doc, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// What a correction changes is projected like any other line: a nation that may not have it has the same bytes whatever
// it says, and reads that there is a correction, which it knows by the version.
func TestCorrectionIsProjected(t *testing.T) {
	secret := project(t, "correction: (U//REL TO USA, GBR//LES) The court's domain\n", pipeline.NZL)
	other := project(t, "correction: (U//REL TO USA, GBR//LES) Something else\n", pipeline.NZL)
	if !bytes.Equal(secret.JSON(), other.JSON()) || strings.Contains(secret.Banner, "LES") || secret.CorrectionLine() != "Corrected" {
		t.Errorf("NZL: %s", secret.JSON())
	}
	mayHave := project(t, "correction: (U//REL TO USA, GBR//LES) The court's domain\n", pipeline.GBR)
	if !strings.Contains(mayHave.Banner, "LES") || mayHave.CorrectionLine() != "(U//REL TO USA, GBR//LES) The court's domain" {
		t.Errorf("GBR: %s, %s", mayHave.Banner, mayHave.CorrectionLine())
	}
	if without := project(t, "", pipeline.GBR); without.ContentDigest() == mayHave.ContentDigest() || strings.Contains(string(without.JSON()), "correction") {
		t.Error("the line is no part of what is approved")
	}
}

// The word of a withdrawal holds nothing of what is withdrawn but its marking, number and title.
func TestWithdrawalHoldsNoContent(t *testing.T) {
	at := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	e := project(t, "", pipeline.NZL)
	e.Number, e.Released = "SA26-329A", at.Add(-time.Hour)
	e.History = []edition.Version{{Version: "1.0", At: e.Released, Change: edition.ChangeRelease, Summary: "First release"}}
	word := edition.Withdrawal([]edition.Edition{e}, []pipeline.Digest{"d"}, "2.0", at, "First part.\n\nSecond\npart.")
	text := edition.Text(word)
	for _, want := range []string{"WITHDRAWN", "SA26-329A", "Delete every copy", "First part.", "Second part.", "1.0, ", "2.0, 25 November 2026 12:00 UTC, withdrawal"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing:\n%s", want, text)
		}
	}
	if strings.Contains(text, "Some text") || !word.Withdrawn() || word.Banner != e.Banner || len(e.History) != 1 {
		t.Errorf("the word is\n%s", text)
	}
	again, err := edition.Parse(word.JSON())
	if err != nil || !bytes.Equal(again.JSON(), word.JSON()) {
		t.Errorf("read again it is another: %v", err)
	}
}
