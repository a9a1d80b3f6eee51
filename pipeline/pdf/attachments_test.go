package pdf

import (
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

func TestManifestIsPrintedWhole(t *testing.T) {
	e := base("With files")
	digest := pipeline.DigestOf([]byte("x"))
	e.Attachments = []edition.Attachment{
		{Mark: "(U)", Name: strings.Repeat("long-name-", 9) + ".xlsx", About: "Cases by month", Size: 1204331, Digest: digest},
		{Name: "gone.pdf"},
	}
	got := squash(text(t, render(t, renderer(t), e)))
	for _, want := range []string{"Attachedfiles", "(U)" + strings.Repeat("long-name-", 9) + ".xlsx", "1,204,331bytes", string(digest), "gone.pdf", "missing:notbesidethedraft"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not printed:\n%s", want, got)
		}
	}
}
