package configs

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// manyRecipients is a working directory with a list of so many, of whom fifty each share a key.
func manyRecipients(b *testing.B, many int) (dir string) {
	b.Helper()
	const each = 50
	dir = b.TempDir()
	if err := Init(dir); err != nil {
		b.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("recipients:\n")
	for k := range many / each {
		_, public, err := seal.GenerateKey("R", fmt.Sprintf("duty%d@x.example", k*each), time.Now().Add(-time.Hour), 0)
		if err != nil {
			b.Fatal(err)
		}
		fpr, err := seal.Fingerprint(public)
		if err != nil {
			b.Fatal(err)
		}
		name := keptKey(pipeline.NZL, fpr)
		if err := os.WriteFile(filepath.Join(dir, name), public, 0o600); err != nil {
			b.Fatal(err)
		}
		for i := range each {
			fmt.Fprintf(&text, "  - address: duty%d@x.example\n    name: Duty officer\n    agency: Unit %d\n    key: %s\n    fingerprint: %s\n    max_tlp: TLP:AMBER\n", k*each+i, k%40, name, fpr)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, nzl), []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	return dir
}

// readList reads the list of so many, and reports how much memory is in use after it.
func readList(b *testing.B, dir string, many int) {
	l := NewLists(dir)
	roll, err := l.Recipients(pipeline.NZL)
	if err != nil || len(roll.All()) != many {
		b.Fatal(err)
	}
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	b.ReportMetric(float64(now.Sys>>20), "MB-from-system")
	runtime.GC()
	runtime.ReadMemStats(&now)
	b.ReportMetric(float64(now.HeapAlloc>>20), "MB-in-use")
	runtime.KeepAlive(l)
}

// A key takes most of a millisecond, so that this is of ten thousand.
func BenchmarkCompileList(b *testing.B) {
	dir := manyRecipients(b, 10_000)
	for b.Loop() {
		if err := os.RemoveAll(filepath.Join(dir, "run")); err != nil {
			b.Fatal(err)
		}
		readList(b, dir, 10_000)
	}
}

func BenchmarkLoadList(b *testing.B) {
	dir := manyRecipients(b, 100_000)
	readList(b, dir, 100_000)
	for b.Loop() {
		readList(b, dir, 100_000)
	}
}

// To judge a key again is a lookup.
func BenchmarkFitness(b *testing.B) {
	l := NewLists(manyRecipients(b, 10_000))
	roll, err := l.Recipients(pipeline.NZL)
	if err != nil {
		b.Fatal(err)
	}
	i, now := 0, time.Now()
	b.ReportAllocs()
	for b.Loop() {
		if l.Fitness(roll.All()[i%10_000], now).Key == nil {
			b.Fatal("not fit")
		}
		i++
	}
}
