package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// benched runs bench with a directory for temporary files of its own, which must be empty afterwards.
func benched(t *testing.T, args ...string) []benchRow {
	t.Helper()
	t.Setenv("TMPDIR", t.TempDir())
	var stdout, stderr bytes.Buffer
	if code := run(append([]string{"bench", "--json"}, args...), &stdout, &stderr); code != exitDone {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	var got struct{ Rows []benchRow }
	if err := json.Unmarshal(stdout.Bytes(), &got); err != nil || len(got.Rows) == 0 {
		t.Fatalf("%v: %s", err, &stdout)
	}
	leftNothing(t)
	return got.Rows
}

func leftNothing(t *testing.T) {
	t.Helper()
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func named(t *testing.T, rows []benchRow, prefix string) benchRow {
	t.Helper()
	i := slices.IndexFunc(rows, func(r benchRow) bool { return strings.HasPrefix(r.Name, prefix) })
	if i < 0 {
		t.Fatalf("no row %q in %+v", prefix, rows)
	}
	return rows[i]
}

// The whole path stands first, and mails have the size that was asked for, within two in a hundred.
func TestBenchMeasuresWhatItSays(t *testing.T) {
	rows := benched(t, "--recipients", "20", "--size", "120000", "--bulletins", "2", "--keys", "3")
	whole := rows[0]
	if !strings.HasPrefix(whole.Name, "the whole path") || whole.Recipients != 20 || whole.RatioTo != floorName || whole.FirstMail <= 0 {
		t.Errorf("first row: %+v", whole)
	}
	if len(whole.ListRead) != 2 {
		t.Errorf("list read: %v", whole.ListRead)
	}
	if _, err := os.Stat("/proc/self/status"); err == nil && len(whole.Peaks) != 2 {
		t.Errorf("memory of two bulletins: %+v", whole.Peaks)
	}
	for _, r := range rows {
		if r.Skipped == "" && (r.MailsPerSecond <= 0 || r.Seconds <= 0 || r.WireBytes < 117600 || r.WireBytes > 122400) {
			t.Errorf("%+v", r)
		}
	}
	for _, name := range []string{"the floor", "the whole path, RSA-3072", "sealing alone, one goroutine: RSA-4096", "composed, signed", "approval to first mail"} {
		named(t, rows, name)
	}
	flash := named(t, rows, "a flash bulletin").Flash
	if flash == nil || flash.Recipients != 2 || flash.FirstSeconds <= 0 || flash.LastSeconds < flash.FirstSeconds || flash.RoutineBetween > flash.RoutineQueued {
		t.Errorf("flash: %+v", flash)
	}
}

// readied is a bench that is ready to measure one thing.
func readied(t testing.TB, b bench) *bench {
	t.Helper()
	b.dir, b.progress = t.TempDir(), func(string) {}
	if err := errors.Join(b.makeKeys(2), b.fit()); err != nil {
		t.Fatal(err)
	}
	return &b
}

// What is not on the machine is said, and is no error.
func TestBenchWithoutOtherTools(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	b := readied(t, bench{recipients: 3})
	for _, measure := range []func(context.Context) ([]benchRow, error){b.intoSink, b.besideGnuPG} {
		rows, err := measure(t.Context())
		if err != nil || len(rows) == 0 || rows[0].Skipped != notInstalled {
			t.Errorf("%+v, %v", rows, err)
		}
	}
}

// A relay that is not of this process: Postfix's sink.
func TestBenchIntoARelay(t *testing.T) {
	addr, stop, err := startSMTPSink(t.Context())
	if err != nil {
		t.Fatalf("Postfix is needed: %v", err)
	}
	defer stop()
	_, port, _ := strings.Cut(addr, ":")
	b := readied(t, bench{recipients: 20, bulletins: 1, smtp: "localhost:" + port})
	rows, err := b.wholePaths(t.Context())
	if err != nil || rows[0].Recipients != 20 || rows[0].MailsPerSecond <= 0 || rows[0].WireBytes == 0 || rows[0].FirstMail != 0 {
		t.Errorf("%+v, %v", rows, err)
	}
	rows, err = b.intoSink(t.Context())
	if err != nil || rows[0].Ratio <= 0 || !strings.HasPrefix(rows[0].RatioTo, "smtp-source") {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestBenchStoppedLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	c := benchCommand()
	c.SilenceUsage, c.SilenceErrors = true, true
	c.SetArgs([]string{"--recipients", "5", "--bulletins", "1"})
	said := 0
	c.SetErr(writerFunc(func(p []byte) (int, error) {
		if said++; said == 3 { // what was measured before has left something, and has ended
			stop()
		}
		return len(p), nil
	}))
	if err := c.ExecuteContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
	leftNothing(t)
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestBenchRefusesWhatItCannotMeasure(t *testing.T) {
	for _, args := range [][]string{
		{"--recipients", "0"}, {"--recipients", "-1"}, {"--recipients", "2000000"}, {"--size", "-1"}, {"--smtp", "nowhere"}, {"--size", "99999999999"},
		{"--keys", "0"}, {"--bulletins", "0"}, {"--bulletins", "101"}, {"--all", "--recipients", "5"}, {"5"},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(append([]string{"bench"}, args...), &stdout, &stderr); code != exitUsage || stderr.Len() == 0 {
			t.Errorf("%v: exit %d: %s", args, code, &stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run([]string{"bench", "--recipients", "1", "--size", "2000"}, &stdout, &stderr); code != exitRefused {
		t.Errorf("a mail of 2,000 octets: exit %d: %s", code, &stderr)
	}
}

// Arrivals are told by address, whoever else is written to meanwhile.
func TestArrivals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		to := rapid.SliceOfN(rapid.SampledFrom([]string{"r1@x", "flash1@x"}), 1, 20).Draw(t, "to")
		fast := slices.Index(to, "flash1@x")
		if fast < 0 {
			return
		}
		all := 0
		routine := []int64{0}
		for _, a := range to {
			n := routine[len(routine)-1]
			if a == "flash1@x" {
				all++
			} else {
				n++
			}
			routine = append(routine, n)
		}
		last := len(to) - 1
		for to[last] != "flash1@x" {
			last--
		}
		r := arrivalsOf("r", len(to))
		f := arrivalsOf(flashPrefix, all)
		f.beside = r
		for _, a := range to {
			r.hear(a)
			f.hear(a)
		}
		if got := (<-f.first).beside; got != routine[fast] {
			t.Errorf("before the first: %d, not %d", got, routine[fast])
		}
		if got := (<-f.last).beside; got != routine[last] {
			t.Errorf("before the last: %d, not %d", got, routine[last])
		}
	})
}

// The table is for people: what was not measured is said, and what is compared is named.
func TestBenchTable(t *testing.T) {
	floor := benchRow{Name: floorName, Recipients: 10, MailsPerSecond: 200}
	whole := benchRow{Name: "the whole path", Recipients: 10, MailsPerSecond: 150, FirstMail: 0.08, Peaks: []int64{90 << 20, 95 << 20}}.compared(floor)
	var out bytes.Buffer
	printBench(&out, []benchRow{whole, floor, missing("gpg")})
	for _, want := range []string{"0.75 of the floor", "first mail after 80 ms", "95 MB resident at most; 90 with the first bulletin, 95 with number 2", notInstalled} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in:\n%s", want, &out)
		}
	}
}

// BenchmarkWholePath is what the whole path costs beside its floor, for mails of 150 KB: the ratios are what must not
// fall, that by the time on a processor even where others want it too.
func BenchmarkWholePath(b *testing.B) {
	m := readied(b, bench{size: 150_000, recipients: 2_000, bulletins: 1})
	var ratio, cpu, rate, first, n float64
	for b.Loop() {
		whole, floor, err := m.wholePath(b.Context(), benchList{keys: m.made, recipients: m.recipients})
		if err != nil {
			b.Fatal(err)
		}
		n++
		cpu += floor.CPUEach / whole.CPUEach
		ratio, rate, first = ratio+whole.Ratio, rate+whole.MailsPerSecond, first+whole.FirstMail
	}
	b.ReportMetric(ratio/n, "of-floor")
	b.ReportMetric(cpu/n, "of-floor-by-CPU")
	b.ReportMetric(rate/n, "mails/s")
	b.ReportMetric(1000*first/n, "ms-to-first-mail")
}
