package workers

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/queue"
	"bulletin/pipeline/seal"
)

// replying is a desk that has sent two recipients of NZL a bulletin, and reads what they reply.
type replying struct {
	t       *testing.T
	q       *queue.Queue
	ref     pipeline.Ref
	lists   *signing
	secrets map[string][]byte
	r       *Receive
	dir     string
	now     time.Time
}

const (
	duty     = "duty@police.example.nz"
	deferred = "deferred@police.example.nz" // planned, and no mail begun
	stranger = "stranger@police.example.nz" // on the list since
	abroad   = "abroad@police.example.uk"   // of a nation that has no edition
)

// signing are lists with the certificates of those on them.
type signing struct {
	lists
	copies map[string][][]byte
}

func (s *signing) Signers(n pipeline.Nation, id uint64) (by []pipeline.Recipient, err error) {
	for _, r := range s.byNation[n] {
		for _, c := range s.copies[r.Address] {
			if ids, _ := seal.KeyIDs(c); slices.Contains(ids, id) {
				by = append(by, r)
			}
		}
	}
	return by, s.err
}

func (s *signing) Certificates(r pipeline.Recipient) [][]byte { return s.copies[r.Address] }

func newReplying(t *testing.T) *replying {
	t.Helper()
	w := &replying{t: t, q: newQueue(t), ref: newRef(), secrets: map[string][]byte{}, dir: t.TempDir(), now: testTime.Add(time.Hour),
		lists: &signing{lists{byNation: map[pipeline.Nation][]pipeline.Recipient{}}, map[string][][]byte{}}}
	for _, a := range []string{duty, deferred, stranger} {
		w.list(pipeline.NZL, a)
	}
	w.list(pipeline.GBR, abroad)
	deskSecret, _, err := seal.GenerateKey("desk", "desk@bulletin.example", testTime.Add(-time.Hour), 0)
	must(t, err)
	opener, err := seal.LoadOpener(deskSecret, nil)
	must(t, err)
	w.r = &Receive{Inbox: NewInbox(w.dir), Facts: w.q, Publisher: w.q, Signers: w.lists, Keys: anyKey, Nations: pipeline.Nations(),
		Opener: opener, Clock: func() time.Time { return w.now }, Log: discard}
	reserved := newFact(t, pipeline.Reserved, w.ref, struct{}{})
	reserved.Number = "SA26-326A"
	must(t, w.q.Publish(ctx, reserved))
	w.release(w.ref, duty, deferred)
	return w
}

func (w *replying) list(n pipeline.Nation, address string) {
	w.t.Helper()
	secret, public, err := seal.GenerateKey("R", address, testTime.Add(-time.Hour), 0)
	must(w.t, err)
	r := recipient(n, address)
	w.lists.copies[r.Address] = [][]byte{public}
	r.Fingerprint, err = seal.Fingerprint(public)
	must(w.t, err)
	w.secrets[address] = secret
	w.lists.byNation[n] = append(w.lists.byNation[n], r)
}

// release has the revision planned for the recipients, and a mail to the first of them begun.
func (w *replying) release(ref pipeline.Ref, addresses ...string) {
	w.t.Helper()
	released := testTime.Add(time.Duration(ref.Revision-1) * 20 * time.Minute)
	numbered := newFact(w.t, pipeline.Numbered, ref, pipeline.NumberedBody{Number: "SA26-326A", Released: released})
	var body pipeline.ChunkBody
	for _, a := range addresses {
		body.Recipients = append(body.Recipients, pipeline.Addressee{Address: a})
	}
	chunk := newFact(w.t, pipeline.Chunk, ref, body)
	attempted := newFact(w.t, pipeline.Attempted, ref, pipeline.AttemptedBody{Indexes: []int{1}})
	chunk.Nation, chunk.Precedence, chunk.Chunk = pipeline.NZL, pipeline.Routine, 1
	attempted.Nation, attempted.Chunk, attempted.Ordinal = pipeline.NZL, 1, 1
	must(w.t, w.q.Publish(ctx, numbered, chunk, attempted))
}

// reply is a signed mail whose outside says something else.
func (w *replying) reply(from, subject, text string, at time.Time) []byte {
	w.t.Helper()
	content := "Content-Type: text/plain; charset=utf-8\r\n"
	if subject != "" {
		content += "Subject: " + subject + "\r\n"
	}
	content += "\r\n" + text + "\r\n"
	sig, err := seal.SignDetached(w.secrets[from], nil, []byte(content), at)
	must(w.t, err)
	return []byte("From: mallory@evil.example\r\nSubject: Re: SA26-001X\r\nContent-Type: multipart/signed; boundary=s; protocol=\"application/pgp-signature\"\r\n\r\n" +
		"--s\r\n" + content + "\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\n" + string(sig) + "\r\n--s--\r\n")
}

func (w *replying) acknowledged() []pipeline.Fact {
	w.t.Helper()
	facts, _, err := w.q.Facts(ctx, fmt.Sprintf("bulletin.%s.*.acknowledged.>", w.ref.ID))
	must(w.t, err)
	return facts
}

// TestAcknowledged: recipient, bulletin and the signature's time go on record, once.
func TestAcknowledged(t *testing.T) {
	w := newReplying(t)
	at := testTime.Add(30 * time.Minute)
	must(t, w.r.Take(ctx, w.reply(duty, "Re: [TLP:AMBER] SA26-326A", "Thanks. See also SA25-001A.", at)))
	must(t, w.r.Take(ctx, w.reply(duty, "", "Got it, SA26-326A", at.Add(time.Minute)))) // says it again
	facts := w.acknowledged()
	if len(facts) != 1 {
		t.Fatalf("%d facts on record, want one", len(facts))
	}
	body := decoded[pipeline.AcknowledgedBody](t, facts[0])
	want := pipeline.AcknowledgedBody{Address: duty, Fingerprint: w.lists.byNation[pipeline.NZL][0].Fingerprint, Signed: at}
	if facts[0].Ref != w.ref || facts[0].Nation != pipeline.NZL || facts[0].Ordinal != 1 || body != want {
		t.Errorf("on record is %s %+v", facts[0].Subject(), body)
	}
}

// TestAcknowledgedOnceByTwoProcesses: what one process does not know of another does not become a second fact.
func TestAcknowledgedOnceByTwoProcesses(t *testing.T) {
	w := newReplying(t)
	w.list(pipeline.NZL, "second@police.example.nz")
	next := pipeline.Ref{ID: w.ref.ID, Revision: 2}
	w.release(next, duty)
	other := *w.r
	other.sheets = sheets{}
	for _, r := range []*Receive{w.r, &other} {
		must(t, r.Take(ctx, w.reply(duty, "", "SA26-326A", w.now))) // each has its own idea of what is on record
	}
	if facts := w.acknowledged(); len(facts) != 1 || facts[0].Ref != next {
		t.Fatalf("on record are %v, want one of the newest revision", facts)
	}
}

// TestNewestAttemptedIsAcknowledged: a correction that was planned and not begun is not what they have.
func TestNewestAttemptedIsAcknowledged(t *testing.T) {
	w := newReplying(t)
	next := pipeline.Ref{ID: w.ref.ID, Revision: 2}
	w.release(next, deferred, duty)
	must(t, w.r.Take(ctx, w.reply(duty, "", "SA26-326A", w.now)))
	must(t, w.r.Take(ctx, w.reply(deferred, "", "SA26-326A", w.now)))
	got := map[string]int{}
	for _, f := range w.acknowledged() {
		got[decoded[pipeline.AcknowledgedBody](t, f).Address] = f.Ref.Revision
	}
	if got[duty] != 1 || got[deferred] != 2 {
		t.Errorf("acknowledged %v", got)
	}
}

// TestOldReplyIsOfTheOldVersion: signed before the correction was released, it can't be of that.
func TestOldReplyIsOfTheOldVersion(t *testing.T) {
	w := newReplying(t)
	w.release(pipeline.Ref{ID: w.ref.ID, Revision: 2}, duty)
	must(t, w.r.Take(ctx, w.reply(duty, "", "SA26-326A", testTime.Add(time.Minute))))
	if facts := w.acknowledged(); len(facts) != 1 || facts[0].Ref.Revision != 1 {
		t.Fatalf("on record are %v", facts)
	}
}

func TestRepliesThatAreRefused(t *testing.T) {
	w := newReplying(t)
	unsigned := []byte("From: " + duty + "\r\nSubject: Re: SA26-326A\r\n\r\nGot it.\r\n")
	broken := bytes.Replace(w.reply(duty, "", "Got SA26-327A", w.now), []byte("SA26-327A"), []byte("SA26-326A"), 1)
	for name, c := range map[string]struct {
		message []byte
		want    string
	}{
		"unsigned":                  {unsigned, "not signed"},
		"broken":                    {broken, "not good"},
		"names nothing":             {w.reply(duty, "Re: your mail", "Got it.", w.now), "names no bulletin"},
		"names two":                 {w.reply(duty, "Re: SA26-326A and SA26-327B", "Got SA26-326A.", w.now), "several bulletins"},
		"no such bulletin":          {w.reply(duty, "", "Got SA26-327A", w.now), "was not sent"},
		"not part of a longer word": {w.reply(duty, "", "Got XSA26-326A and SA26-326ABCD", w.now), "names no bulletin"},
		"planned, not sent":         {w.reply(deferred, "", "Got SA26-326A", w.now), "was not sent"},
		"was not on the list then":  {w.reply(stranger, "", "Got SA26-326A", w.now), "was not sent"},
		"another nation's":          {w.reply(abroad, "", "Got SA26-326A", w.now), "was not sent"},
		"from the future":           {w.reply(duty, "", "Got SA26-326A", w.now.Add(time.Hour)), "not good"},
		"before the release":        {w.reply(duty, "", "Got SA26-326A", testTime.Add(-10*time.Minute)), "older than the bulletin"},
	} {
		err := w.r.Take(ctx, c.message)
		var no *unbelieved
		if !errors.As(err, &no) || !strings.Contains(no.reason, c.want) {
			t.Errorf("%s: %v, want a refusal with %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "@") {
			t.Errorf("%s: the reason names an address: %v", name, err)
		}
	}
	w.lists.byNation[pipeline.NZL] = w.lists.byNation[pipeline.NZL][1:] // the reader is removed
	if err := w.r.Take(ctx, w.reply(duty, "", "Got SA26-326A", w.now)); err == nil || !strings.Contains(err.Error(), "anybody on a list") {
		t.Errorf("someone who was removed: %v", err)
	}
	if facts := w.acknowledged(); len(facts) != 0 {
		t.Errorf("on record are %v", facts)
	}
}

// TestKeyOnTheListIsAnother: the file holds a key that the list does not pin.
func TestKeyOnTheListIsAnother(t *testing.T) {
	w := newReplying(t)
	w.lists.byNation[pipeline.NZL][0].Fingerprint = testFpr
	if err := w.r.Take(ctx, w.reply(duty, "", "Got SA26-326A", w.now)); err == nil || !strings.Contains(err.Error(), "pins") {
		t.Errorf("got %v", err)
	}
}

// TestTroubleIsNoRefusal: while the list can't be read, a reply waits.
func TestTroubleIsNoRefusal(t *testing.T) {
	w := newReplying(t)
	_, err := w.r.Inbox.Put(bytes.NewReader(w.reply(duty, "", "SA26-326A", w.now)))
	must(t, err)
	w.lists.err = errors.New("the list is being edited")
	w.look()
	if got := w.files(); len(got) != 1 || strings.Contains(got[0], "/") {
		t.Fatalf("in the inbox are %v", got)
	}
	w.lists.err = nil
	w.look()
	if got := w.files(); len(got) != 1 || !strings.HasPrefix(got[0], "done/") || len(w.acknowledged()) != 1 {
		t.Fatalf("in the inbox are %v", got)
	}
}

// look looks twice: a file that may still be written is passed over the first time.
func (w *replying) look() {
	w.t.Helper()
	must(w.t, w.r.Look(ctx))
	must(w.t, w.r.Look(ctx))
}

// files lists the inbox, folders included.
func (w *replying) files() []string {
	w.t.Helper()
	var out []string
	must(w.t, filepath.Walk(w.dir, func(path string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			name, _ := filepath.Rel(w.dir, path)
			out = append(out, filepath.ToSlash(name))
		}
		return err
	}))
	return out
}

// TestInbox: every regular file is read and moved, nothing else is touched, and a crash before the move repeats nothing.
func TestInbox(t *testing.T) {
	w := newReplying(t)
	write := func(name string, data []byte) {
		t.Helper()
		must(t, os.WriteFile(filepath.Join(w.dir, name), data, 0o600))
	}
	good := w.reply(duty, "", "SA26-326A", w.now)
	write("a reply.txt", good)
	write("bad.eml", []byte("Subject: SA26-326A secret words\r\n\r\nsecret words\r\n"))
	write("huge.eml", make([]byte, 6<<20))
	write(".part", good)
	outside := filepath.Join(t.TempDir(), "outside")
	must(t, os.WriteFile(outside, good, 0o600))
	must(t, os.Symlink(outside, filepath.Join(w.dir, "link.eml")))
	must(t, syscall.Mkfifo(filepath.Join(w.dir, "pipe"), 0o600))
	must(t, w.r.Look(ctx))
	if len(w.acknowledged()) != 0 {
		t.Fatal("a file was read while it may still be written")
	}
	must(t, w.r.Take(ctx, good)) // as a process did that died before it moved the file
	w.look()
	want := ".part done/a reply.txt link.eml pipe refused/bad.eml refused/bad.eml.reason refused/huge.eml refused/huge.eml.reason"
	if got := strings.Join(w.files(), " "); got != want {
		t.Errorf("in the inbox are\n%s, want\n%s", got, want)
	}
	if facts := w.acknowledged(); len(facts) != 1 {
		t.Errorf("%d facts", len(facts))
	}
	reason, err := os.ReadFile(filepath.Join(w.dir, "refused/bad.eml.reason"))
	if err != nil || string(reason) != "it is not signed\n" {
		t.Errorf("the reason is %q, %v", reason, err)
	}
	write("bad.eml", []byte("Subject: x\r\n\r\nanother\r\n"))
	w.look()
	if _, err := os.Stat(filepath.Join(w.dir, "refused/2-bad.eml.reason")); err != nil {
		t.Errorf("a second reply of that name: %v", err)
	}
}

// TestPut stores a reply once, and refuses what can be none.
func TestPut(t *testing.T) {
	inbox := NewInbox(filepath.Join(t.TempDir(), "inbox"))
	for range 2 {
		if name, err := inbox.Put(strings.NewReader("a mail")); err != nil || name != string(pipeline.DigestOf([]byte("a mail")))+".eml" {
			t.Errorf("%s, %v", name, err)
		}
	}
	for what, r := range map[string]string{"empty": "", "larger": strings.Repeat("x", 5<<20+1)} {
		if _, err := inbox.Put(strings.NewReader(r)); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if entries, err := os.ReadDir(inbox.Dir); err != nil || len(entries) != 1 {
		t.Errorf("the inbox holds %v, %v", entries, err)
	}
}
