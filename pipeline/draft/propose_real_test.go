package draft_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"bulletin/pipeline/draft"
	"bulletin/pipeline/draft/drafttest"
)

// What is proposed of the real bulletins, counted by hand. io01 has 701 hashes: 555 files, some of them twice, and one
// serial number of a certificate, which is none. io03 has 38: 36 files and the thumbprints of two certificates.
func TestProposalsOfRealBulletins(t *testing.T) {
	want := map[string]string{
		"au01-wasoc-20221208003-gootloader":            "domain 6, filename 2, sha256 5, url 13",
		"io01-eset-lazarus-nukesped-701-hashes":        "domain 13, filename 12, ipv4 15, mutex 2, sha1 40, sha256 515, url 29",
		"io03-eset-ta410-chinese":                      "domain 5, filename 22, ipv4 13, sha1 36",
		"io05-eset-mirrorface-japanese":                "domain 2, filename 3, ipv4 3, sha1 5",
		"uc04-us-cert-AR18-337B-samsam2-TRUNCATED":     "domain 1, filename 6, sha256 6",
		"us01-fbi-flash-MI-000124-MW-covid19-phishing": "filename 13, md5 13, sha256 13, url 12",
		"us04-fbi-flash-manageengine-zero-day":         "domain 1, filename 8, sha256 11",
		"us05-fbi-flash-netwalker":                     "domain 2, email 23, filename 12, md5 10, sha1 4, sha256 6",
		"us13-cisa-ED-21-01-solarwinds":                "domain 1, md5 1",
	}
	for _, r := range drafttest.All(t) {
		p, problems := draft.Propose(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": r.Draft()}}, draft.Options{})
		if problems.Err() != nil {
			t.Errorf("%s: %v", r.Name, problems.Err())
		}
		count := map[string]int{}
		for _, i := range p.Indicators {
			count[i.Type]++
		}
		var got []string
		for _, typ := range slices.Sorted(maps.Keys(count)) {
			got = append(got, fmt.Sprintf("%s %d", typ, count[typ]))
		}
		if s := strings.Join(got, ", "); s != want[r.Name] {
			t.Errorf("%s: proposed %q, want %q", r.Name, s, want[r.Name])
		}
	}
}
