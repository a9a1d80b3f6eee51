package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/review"
	"bulletin/pipeline/seal"
)

// A certificate is judged when it comes: one that could sign no approval is refused, one that ends soon is named.
func TestPeopleAddJudgesTheCertificate(t *testing.T) {
	now := time.Now()
	dir := filepath.Join(t.TempDir(), "desk")
	if err := initDir(dir, now); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		made     time.Time
		lifetime time.Duration
		refused  string
		warned   string
	}{
		{"fit", now.Add(-time.Hour), 0, "", ""},
		{"soon", now.Add(-time.Hour), 10*24*time.Hour + 2*time.Hour, "", "in 10 days"},
		{"expired", now.Add(-48 * time.Hour), 24 * time.Hour, "the key expired on", ""},
		{"tomorrow", now.Add(24 * time.Hour), 0, "is not yet valid", ""},
	} {
		_, certificate, err := seal.GenerateKey(c.name, "", c.made, c.lifetime)
		if err != nil {
			t.Fatal(err)
		}
		_, nkey, err := queue.NewUserKey()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), c.name+".public")
		public := queue.EncodePublic(queue.Public{Person: queue.Person{Name: c.name, PublicKey: nkey}, Certificate: string(certificate)})
		if err := os.WriteFile(file, public, 0o600); err != nil {
			t.Fatal(err)
		}
		_, warnings, err := addPersonFrom(dir, review.Person{Name: c.name, Nation: pipeline.NZL, Roles: []review.Role{review.Author}}, file, now)
		if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v, want %q", c.name, err, c.refused)
		}
		if text := strings.Join(warnings, "; "); (c.warned == "") != (text == "") || !strings.Contains(text, c.warned) {
			t.Errorf("%s: warned %q, want %q", c.name, text, c.warned)
		}
	}
}
