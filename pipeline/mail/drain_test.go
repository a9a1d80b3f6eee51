package mail

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// drained feeds a session in pieces, as reads would bring them, and returns it, whole mails counted in its drain.
func drained(t testing.TB, d *Drain, pieces ...string) *drainSession {
	t.Helper()
	s := &drainSession{drain: d}
	var kept []byte
	for _, p := range pieces {
		kept = bytes.Clone(s.work(append(kept, p...)))
	}
	if !s.ended && len(kept) > 0 {
		t.Fatalf("left over: %q", kept)
	}
	return s
}

// Two mails in one go: the second's envelope stands right behind the first's dot.
const pipelined = "EHLO me\r\nMAIL FROM:<d@x>\r\nRCPT TO:<a@x>\r\nDATA\r\none\r\n..two\r\n.x\r\n\r\n.\r\n" +
	"MAIL FROM:<d@x>\r\nRCPT TO:<b@x>\r\nDATA\r\n.\r\nQUIT\r\n"

var pipelinedOctets = int64(len("one\r\n..two\r\n.x\r\n\r\n"))

const pipelinedAnswers = "250-drain\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 ok\r\n" +
	"250 ok\r\n250 ok\r\n354 go on\r\n250 ok\r\n221 bye\r\n"

func TestDrainFindsTheEndWhereverReadsAreSplit(t *testing.T) {
	for i := range len(pipelined) + 1 {
		for j := i; j <= len(pipelined); j++ {
			d := &Drain{}
			s := drained(t, d, pipelined[:i], pipelined[i:j], pipelined[j:])
			if d.Mails() != 2 || d.Octets() != pipelinedOctets || string(s.answers) != pipelinedAnswers || !s.ended {
				t.Fatalf("split at %d and %d: %d mails, %d octets, %q", i, j, d.Mails(), d.Octets(), s.answers)
			}
		}
	}
	d := &Drain{}
	drained(t, d, strings.Split(pipelined, "")...)
	if d.Mails() != 2 || d.Octets() != pipelinedOctets {
		t.Errorf("octet by octet: %d mails, %d octets", d.Mails(), d.Octets())
	}
}

func TestDrainTakesChunksAtTheirWord(t *testing.T) {
	const in = "BDAT 7\r\n.\r\n.\r\n.BDAT 0\r\nBDAT 5 LAST\r\nQUIT\nBDAT 0 LAST\r\nBDAT x\r\nMAIL FROM:<d@x>\r\n"
	for i := range len(in) + 1 {
		d := &Drain{Chunking: true}
		s := drained(t, d, in[:i], in[i:])
		if want := "250 go on\r\n250 go on\r\n250 ok\r\n250 ok\r\n501 a size is needed\r\n"; string(s.answers) != want || d.Mails() != 2 || d.Octets() != 12 {
			t.Fatalf("split at %d: %d mails, %d octets, %q", i, d.Mails(), d.Octets(), s.answers)
		}
	}
}

// Whatever the mails and the reads: each is counted, octet by octet, with whom it is for.
func TestDrainCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.SliceOf(rapid.SampledFrom([]string{".", "..", "\r", "\n", "a", "\r\n"})))
		var in strings.Builder
		var octets int64
		var to []string
		for i, content := range rapid.SliceOfN(lines, 0, 4).Draw(t, "mails") {
			var mail strings.Builder
			for _, l := range content {
				mail.WriteString(strings.Join(l, "") + "\r\n")
			}
			stuffed := strings.ReplaceAll("\r\n"+mail.String(), "\r\n.", "\r\n..")[2:]
			octets += int64(len(stuffed))
			to = append(to, fmt.Sprintf("r%d@x", i))
			in.WriteString("MAIL FROM:<d@x>\r\nRCPT TO:<" + to[i] + ">\r\nDATA\r\n" + stuffed + ".\r\n")
		}
		var got []string
		d := &Drain{Accepted: func(to string) { got = append(got, to) }}
		s, kept, rest := &drainSession{drain: d}, []byte(nil), in.String()
		for len(rest) > 0 {
			n := rapid.IntRange(1, len(rest)).Draw(t, "read")
			kept = bytes.Clone(s.work(append(kept, rest[:n]...)))
			rest = rest[n:]
		}
		if d.Octets() != octets || !slices.Equal(got, to) || len(kept) > 0 {
			t.Fatalf("%d octets, not %d; %v, not %v; left over %q", d.Octets(), octets, got, to, kept)
		}
	})
}

func TestDrainGivesUpOnACommandWithoutEnd(t *testing.T) {
	d := newTestDrain(t)
	c, err := net.Dial("tcp", d.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go c.Write(bytes.Repeat([]byte("x"), drainBuffer+1))
	if got, err := io.ReadAll(c); string(got) != "220 drain\r\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func newTestDrain(t testing.TB) *Drain {
	d, err := NewDrain()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// pipelinedMail is a mail of 150 KB with its envelope, as a client sends it that waits for nothing.
func pipelinedMail() []byte {
	body := armorLines(make([]byte, 108<<10))
	return slices.Concat([]byte("MAIL FROM:<d@x>\r\nRCPT TO:<a@x>\r\nDATA\r\nSubject: [...]\r\nMessage-ID: <x@police.example>\r\n\r\n"),
		body, []byte(".\r\n"))
}

// BenchmarkDrainAlone is what the drain itself costs for each mail, the operating system aside.
func BenchmarkDrainAlone(b *testing.B) {
	mail := pipelinedMail()
	s := &drainSession{drain: &Drain{}}
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	for b.Loop() {
		s.work(mail)
		s.answers = s.answers[:0]
	}
}

// BenchmarkDrain is what a mail costs between two sockets at least: one write, and the drain's reads.
func BenchmarkDrain(b *testing.B) {
	d := newTestDrain(b)
	c, err := net.Dial("tcp", d.Addr())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	go io.Copy(io.Discard, c)
	mail := pipelinedMail()
	b.SetBytes(int64(len(mail)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Write(mail); err != nil {
			b.Fatal(err)
		}
	}
	if d.Mails() == 0 {
		b.Error("no mail came")
	}
}
