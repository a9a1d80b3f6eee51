package queue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"bulletin/pipeline"
)

// Nothing that was put in can be read from the files of the store.
func TestStoreIsEncryptedAtRest(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	q := openQueue(t, settings(dir))
	secret := "Operation-Plaintext-Canary"
	ref := newRef()
	must(t, q.Publish(ctx, fact(t, pipeline.Submitted, ref, secret)))
	must(t, q.Publish(ctx, chunk(t, pipeline.Flash, pipeline.AUS, ref, 1)))
	receipt := fact(t, pipeline.Receipt, ref, secret)
	receipt.Nation, receipt.Chunk, receipt.Part, receipt.Ordinal = pipeline.AUS, 1, 1, 1
	must(t, receive(ctx, q, receipt))
	document := []byte(strings.Repeat(secret+"\n", 40000))
	digest, err := q.Put(ctx, document)
	must(t, err)
	must(t, q.Close())
	files, size := 0, 0
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files, size = files+1, size+len(b)
		for _, s := range []string{secret, string(ref.ID), string(testKey)} {
			if bytes.Contains(b, []byte(s)) || strings.Contains(path, s) {
				t.Errorf("%s holds %q", path, s)
			}
		}
		return err
	}))
	if files < 10 || size < len(document) {
		t.Errorf("looked at %d files of %d octets: is the store elsewhere?", files, size)
	}
	q = openQueue(t, settings(dir))
	defer q.Close()
	if got, err := q.Get(ctx, digest); err != nil || !bytes.Equal(got, document) {
		t.Errorf("after opening again: %d octets, %v", len(got), err)
	}
	if _, err := q.Fact(ctx, receipt.Subject()); err != nil {
		t.Error(err)
	}
}

func TestWrongStoreKeyIsRefused(t *testing.T) {
	dir, ctx := t.TempDir(), context.Background()
	q := openQueue(t, settings(dir))
	f := fact(t, pipeline.Submitted, newRef(), 1)
	must(t, q.Publish(ctx, f))
	must(t, q.Close())
	wrong := settings(dir)
	wrong.StoreKey = bytes.Repeat([]byte("w"), minStoreKey)
	if q, err := Open(ctx, wrong); err == nil || !strings.Contains(err.Error(), "the store key is not the one it was made with") {
		t.Fatalf("opened with a wrong key: %v, %v", q, err)
	}
	q = openQueue(t, settings(dir)) // and nothing was harmed
	defer q.Close()
	if _, err := q.Fact(ctx, f.Subject()); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	seed, public, err := NewUserKey()
	must(t, err)
	used := t.TempDir()
	q := openQueue(t, settings(used))
	defer q.Close()
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"short key":       {func(c *Config) { c.StoreKey = []byte("short") }, "at least 32"},
		"no key":          {func(c *Config) { c.StoreKey = nil }, "at least 32"},
		"store in use":    {func(c *Config) { c.Dir = used }, "in use by another process"},
		"bad address":     {func(c *Config) { c.Listen = "127.0.0.1" }, "listen address"},
		"wildcard person": {func(c *Config) { c.People = []Person{{"*", public}} }, "not a person's name"},
		"bad nkey":        {func(c *Config) { c.People = []Person{{"ann", "UNONSENSE"}} }, "not a public user nkey"},
		"shared key":      {func(c *Config) { c.People = []Person{{"ann", public}, {"ben", public}} }, "shares a key"},
		"twice":           {func(c *Config) { c.People = []Person{{"ann", public}, {"ann", public}} }, "twice"},
		"no server there": {func(c *Config) { c.URL, c.Seed = "nats://127.0.0.1:1", []byte(seed) }, "no NATS server answers"},
	} {
		c := settings(t.TempDir())
		tc.change(&c)
		if q, err := Open(context.Background(), c); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, %v", name, q, err)
		}
	}
}

// people makes persons and their seeds.
func people(t *testing.T, names ...string) ([]Person, map[string][]byte) {
	t.Helper()
	var all []Person
	seeds := map[string][]byte{}
	for _, n := range names {
		seed, public, err := NewUserKey()
		must(t, err)
		all, seeds[n] = append(all, Person{n, public}), []byte(seed)
	}
	return all, seeds
}

// A person who speaks NATS directly hears nothing but answers to themselves, and speaks for
// nobody else.
func TestPeopleAreKeptApart(t *testing.T) {
	all, seeds := people(t, "ann", "ben")
	q := newQueue(t, func(c *Config) { c.People, c.Listen = all, "127.0.0.1:0" })
	served := make(chan Request, 10)
	serve(t, q, func(_ context.Context, r Request) ([]byte, error) {
		served <- r
		return []byte("for " + r.Person), nil
	})
	denied := make(chan string, 100)
	key, err := withKey(seeds["ann"])
	must(t, err)
	ann, err := nats.Connect(q.ClientURL(), key, nats.CustomInboxPrefix("_INBOX.ann"), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { denied <- err.Error() }))
	must(t, err)
	defer ann.Close()
	heard := make(chan *nats.Msg, 100)
	forbidden := []string{">", "*", "*.>", "bulletin.>", "delivery.>", "receipt.>", "desk.>", "desk.ann.>", "desk.ben.*", "_INBOX.>", "_INBOX.ben.>", "_INBOX.*.>", "$JS.>", "$SYS.>", "_R_.>", "$O.>"}
	for _, subject := range forbidden {
		_, err := ann.ChanSubscribe(subject, heard)
		must(t, err)
		_, err = ann.ChanQueueSubscribe(subject, "desk", heard)
		must(t, err)
	}
	unpublishable := []string{"desk.ben.approve", "bulletin.x.1.approved", "$JS.API.STREAM.LIST", "$JS.API.DIRECT.GET.FACTS", "_INBOX.ben.x", "$SYS.REQ.SERVER.PING", "_R_.x"}
	for _, subject := range unpublishable {
		must(t, ann.PublishRequest(subject, "_INBOX.ann.x", nil))
	}
	must(t, ann.Flush())
	for range 2*len(forbidden) + len(unpublishable) {
		if msg := <-denied; !strings.Contains(strings.ToLower(msg), "permissions violation") {
			t.Errorf("the server says %q", msg)
		}
	}
	// Life goes on around ann: facts, and ben's questions and answers.
	ben, err := q.Connect("ben", seeds["ben"])
	must(t, err)
	defer ben.Close()
	if answer, err := ben.Request(context.Background(), "queue", nil); err != nil || string(answer) != "for ben" {
		t.Errorf("ben got %q, %v", answer, err)
	}
	must(t, q.Publish(context.Background(), fact(t, pipeline.Submitted, newRef(), 1)))
	must(t, q.nc.Flush())
	// What ann may do still works, and comes after anything she could have heard.
	answer, err := ann.Request("desk.ann.queue", nil, nats.DefaultTimeout)
	must(t, err)
	if string(answer.Data) != "for ann" || len(heard) != 0 {
		t.Errorf("ann got %q and heard %d messages", answer.Data, len(heard))
	}
	if a, b := <-served, <-served; a.Person != "ben" || b.Person != "ann" || len(served) != 0 {
		t.Errorf("the desk was asked by %s, %s and %d more", a.Person, b.Person, len(served))
	}
}

// serve runs the desk until the test ends.
func serve(t *testing.T, q *Queue, handle func(context.Context, Request) ([]byte, error)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error)
	q.Serving = func() error { close(ready); return nil }
	go func() { ended <- q.Serve(ctx, handle) }()
	t.Cleanup(func() { cancel(); must(t, <-ended) })
	<-ready
}

func TestSetPeople(t *testing.T) {
	all, seeds := people(t, "ann", "ben", "cat")
	q := newQueue(t, func(c *Config) { c.People, c.Listen = all[:2], "127.0.0.1:0" })
	serve(t, q, func(_ context.Context, r Request) ([]byte, error) { return []byte(r.Verb), nil })
	ctx := context.Background()
	ann, err := Dial(q.ClientURL(), "ann", seeds["ann"])
	must(t, err)
	defer ann.Close()
	ben, err := Dial(q.ClientURL(), "ben", seeds["ben"])
	must(t, err)
	defer ben.Close()
	gone := make(chan error, 1)
	ben.nc.SetDisconnectErrHandler(func(_ *nats.Conn, err error) { gone <- err })
	if _, err := Dial(q.ClientURL(), "cat", seeds["cat"]); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("cat before she is one of the people: %v", err)
	}

	must(t, q.SetPeople([]Person{all[0], all[2]}))
	<-gone // at once: an open connection does not outlive the right to it
	if _, err := Dial(q.ClientURL(), "ben", seeds["ben"]); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("ben after his removal: %v", err)
	}
	cat, err := Dial(q.ClientURL(), "cat", seeds["cat"])
	must(t, err)
	defer cat.Close()
	for _, c := range []*Client{ann, cat} {
		if answer, err := c.Request(ctx, "queue", nil); err != nil || string(answer) != "queue" {
			t.Errorf("%s got %q, %v", c.person, answer, err)
		}
	}
	if n := ann.nc.Stats().Reconnects; n != 0 {
		t.Errorf("ann was cut off %d times by what happened to ben", n)
	}
	must(t, q.Publish(ctx, fact(t, pipeline.Submitted, newRef(), 1))) // the streams did not notice
	if err := q.SetPeople([]Person{{"no.dots", all[0].PublicKey}}); err == nil {
		t.Error("a malformed person was accepted")
	}
	if _, err := ann.Request(ctx, "queue", nil); err != nil {
		t.Errorf("ann after a refused change: %v", err)
	}
}

func TestDesk(t *testing.T) {
	all, seeds := people(t, "ann")
	var log bytes.Buffer
	q := newQueue(t, func(c *Config) { c.People, c.Log = all, logTo(&log) })
	ann, err := q.Connect("ann", seeds["ann"])
	must(t, err)
	defer ann.Close()
	ctx := context.Background()
	if _, err := ann.Request(ctx, "queue", nil); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("before the desk opens: %v", err)
	}
	serve(t, q, func(_ context.Context, r Request) ([]byte, error) {
		switch r.Verb {
		case "echo":
			return r.Data, nil
		case "refuse":
			return nil, fmt.Errorf("wrapped: %w", &Refused{"not yours,\r\nann", "ask \"ben\""})
		case "panic":
			_ = []int{}[len(r.Data)]
		}
		return nil, errors.New("detail for the log alone")
	})
	large := bytes.Repeat([]byte("x"), 7<<20)
	if got, err := ann.Request(ctx, "echo", large); err != nil || !bytes.Equal(got, large) {
		t.Errorf("echo: %d octets, %v", len(got), err)
	}
	var refused *Refused
	if _, err := ann.Request(ctx, "refuse", nil); !errors.As(err, &refused) || refused.Msg != "not yours,\r\nann" || refused.Hint != `ask "ben"` {
		t.Errorf("refuse: %#v", err)
	}
	for _, verb := range []string{"fail", "panic"} {
		if _, err := ann.Request(ctx, verb, nil); !errors.As(err, &refused) || strings.Contains(err.Error(), "detail") {
			t.Errorf("%s: %v", verb, err)
		}
	}
	for _, s := range []string{"detail for the log alone", "index out of range"} {
		if !strings.Contains(log.String(), s) {
			t.Errorf("the log lacks %q", s)
		}
	}
	if _, err := ann.Request(ctx, "echo", make([]byte, MaxPayload+1)); !errors.Is(err, nats.ErrMaxPayload) {
		t.Errorf("too large: %v", err)
	}
	for _, verb := range []string{"", "a.b", "*", ">", "a b"} {
		if _, err := ann.Request(ctx, verb, nil); err == nil {
			t.Errorf("verb %q was sent", verb)
		}
	}
}

func TestConnectRefuses(t *testing.T) {
	all, seeds := people(t, "ann", "eve")
	q := newQueue(t, func(c *Config) { c.People, c.Listen = all[:1], "127.0.0.1:0" })
	for name, c := range map[string]struct {
		person string
		seed   []byte
	}{
		"stranger": {"eve", seeds["eve"]}, "no seed": {"ann", nil}, "not a seed": {"ann", []byte("SUxx")}, "no name": {"", seeds["ann"]}, "another's key": {"eve", seeds["ann"]},
	} {
		if _, err := q.Connect(c.person, c.seed); err == nil || len(c.seed) > 0 && strings.Contains(err.Error(), string(c.seed)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// With ann's key but another name: connected, and unable to ask as eve.
	c, err := Dial(q.ClientURL(), "eve", seeds["ann"])
	must(t, err)
	defer c.Close()
	ctx, cancel := context.WithCancel(context.Background())
	c.nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) { cancel() })
	if answer, err := c.Request(ctx, "queue", nil); err == nil {
		t.Errorf("asked as another: %q", answer)
	}
}

func TestCreds(t *testing.T) {
	seed, public, err := NewUserKey()
	must(t, err)
	text := EncodeCreds("ann", seed)
	for _, b := range [][]byte{text, bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))} {
		person, got, err := ParseCreds(b)
		if err != nil || person != "ann" || string(got) != seed {
			t.Errorf("%s, %v", person, err)
		}
	}
	must(t, Person{"ann", public}.check())
	for _, bad := range []string{"", "\n", seed, strings.Replace(string(text), "ann\n", "a*\n", 1), strings.Replace(string(text), seed, public, 1), strings.Replace(string(text), seed, seed[:20], 1)} {
		if _, _, err := ParseCreds([]byte(bad)); err == nil || strings.Contains(err.Error(), seed[:20]) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzParseCreds(f *testing.F) {
	seed, _, err := NewUserKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(EncodeCreds("ann", seed))
	f.Add([]byte("-----BEGIN USER NKEY SEED-----\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		person, seed, err := ParseCreds(b)
		if err != nil {
			return
		}
		p, s, err := ParseCreds(EncodeCreds(person, string(seed)))
		if err != nil || p != person || !bytes.Equal(s, seed) {
			t.Errorf("what was accepted does not come back: %v", err)
		}
	})
}

// A kill during the very first start left a store that never opened again.
func TestStoreWhoseMakingWasCutOffIsSetAside(t *testing.T) {
	dir := t.TempDir()
	half := filepath.Join(dir, "jetstream", "WORKERS", "streams", "FACTS")
	must(t, os.MkdirAll(half, 0o700))
	must(t, os.WriteFile(filepath.Join(half, "meta.inf"), []byte("half"), 0o600))
	q := openQueue(t, settings(dir))
	ref := newRef()
	must(t, q.Publish(context.Background(), fact(t, pipeline.Submitted, ref, "x")))
	must(t, q.Close())
	aside, err := filepath.Glob(filepath.Join(dir, "jetstream.unfinished-*"))
	if err != nil || len(aside) != 1 {
		t.Errorf("set aside: %v, %v", aside, err)
	}
	q = openQueue(t, settings(dir)) // complete now: it stays
	if got := factsOf(t, q, "bulletin."+string(ref.ID)+".>"); len(got) != 1 {
		t.Errorf("%d facts after the second start", len(got))
	}
}
