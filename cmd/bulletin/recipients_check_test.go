package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// check names whoever gets nothing, then whoever soon will not, nearest first.
func TestCheckGroupsByWhenTheyStop(t *testing.T) {
	dir := t.TempDir()
	if err := configs.Init(filepath.Join(dir, "desk")); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "desk")
	now := time.Now()
	for _, days := range []int{20, 400, 3, 10, 1, 0} {
		address := fmt.Sprintf("in%d@x.example", days)
		_, public, err := seal.GenerateKey("R", address, now.Add(-time.Hour), time.Duration(days)*24*time.Hour+30*time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		fpr, err := seal.Fingerprint(public)
		if err != nil {
			t.Fatal(err)
		}
		if err := configs.AddRecipient(dir, pipeline.Recipient{Nation: pipeline.NZL, Address: address, Fingerprint: fpr, MaxTLP: "TLP:RED"}, public); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := checkRecipients(configs.NewLists(dir), pipeline.Nations(), now)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	printRecipients(&b, rows)
	rest := b.String()
	for _, next := range []string{"get nothing:\n", "in0@", "within 1 day:\n", "in1@", "within 7 days:\n", "in3@", "within 14 days:\n", "in10@", "within 30 days:\n", "in20@", "1 of 6 recipients have a fit key"} {
		_, after, found := strings.Cut(rest, next)
		if !found {
			t.Fatalf("%q is not where it should be in\n%s", next, &b)
		}
		rest = after
	}
	if strings.Contains(b.String(), "in400@") {
		t.Errorf("a key that is fit is named:\n%s", &b)
	}
	var text strings.Builder
	if err := printJSON(&text, rows); err != nil {
		t.Fatal(err)
	}
	if strings.Count(text.String(), `"reasons"`) != 6 || strings.Count(text.String(), `"within"`) != 4 || strings.Count(text.String(), `"ends"`) != 5 {
		t.Errorf("%s", &text)
	}
}
