package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// How much mail a process keeps sealed, in editions and bytes: far more editions than it sends at a time, so that what
// is in use is never dropped, and little enough to keep memory flat. What was dropped is sealed anew. Large attachments
// are why bytes count too; but however large, so many are kept that none in use is dropped.
const (
	keptSealed = 32
	keptInUse  = 8
	keptBytes  = 256 << 20
)

// sealedMail is the mail that this process has sealed and registered with the gate, by edition.
type sealedMail struct {
	mu      sync.Mutex
	mails   map[string]*Sealed
	used    []string               // least recently first
	sealing map[string]*sync.Mutex // those being sealed: two editions don't wait for each other
}

// get returns the edition's mail, sealing it if it is not there or its signature is by a key that has ended, and forgets
// what was not used for longest. What is sealed anew is not forgotten: chunks under way may still use it.
func (c *sealedMail) get(edition string, now time.Time, seal func() (*Sealed, error), forget func(*Sealed)) (*Sealed, error) {
	turn := c.turn(edition)
	turn.Lock()
	defer turn.Unlock()
	if s := c.use(edition, now, nil, forget); s != nil {
		return s, nil
	}
	s, err := seal()
	if err != nil {
		return nil, err
	}
	return c.use(edition, now, s, forget), nil
}

func (c *sealedMail) turn(edition string) *sync.Mutex {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mails == nil {
		c.mails, c.sealing = map[string]*Sealed{}, map[string]*sync.Mutex{}
	}
	if c.sealing[edition] == nil {
		c.sealing[edition] = &sync.Mutex{}
	}
	return c.sealing[edition]
}

// use returns the edition's mail, which is there or is made; nil if neither.
func (c *sealedMail) use(edition string, now time.Time, made *Sealed, forget func(*Sealed)) *Sealed {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.mails[edition]
	switch {
	case made != nil:
		s, c.mails[edition] = made, made
	case !ok, !s.until.IsZero() && !now.Before(s.until):
		return nil
	}
	c.used = append(slices.DeleteFunc(c.used, func(e string) bool { return e == edition }), edition)
	for len(c.used) > keptSealed || len(c.used) > keptInUse && c.bytes() > keptBytes {
		oldest := c.used[0]
		forget(c.mails[oldest])
		delete(c.mails, oldest)
		delete(c.sealing, oldest)
		c.used = slices.Delete(c.used, 0, 1)
	}
	return s
}

func (c *sealedMail) bytes() (n int) {
	for _, s := range c.mails {
		n += s.size
	}
	return n
}

// seal returns the edition's mail, sealed once in this process as long as it is in use.
func (d *Deliver) seal(ctx context.Context, chunk pipeline.Fact, r pipeline.RenderedBody) (*Sealed, error) {
	name := fmt.Sprintf("%s.%s.%s", chunk.Ref, chunk.Nation, r.Edition)
	return d.sealed.get(name, d.Clock(), func() (*Sealed, error) {
		e, err := loadEdition(ctx, d.Documents, r.Edition)
		files, failed := d.files(ctx, r)
		if err := errors.Join(err, failed, loadAttached(ctx, d.Documents, &e)); err != nil {
			return nil, &pipeline.Retry{After: d.Backoff(chunk.Precedence, 1), Err: err}
		}
		return d.Poster.Seal(chunk.Ref, e, files)
	}, d.Poster.Forget)
}

func (d *Deliver) files(ctx context.Context, r pipeline.RenderedBody) (files Rendering, err error) {
	for _, f := range []struct {
		into *[]byte
		file pipeline.File
	}{{&files.PDF, r.PDF}, {&files.STIX, r.STIX}, {&files.CSV, r.CSV}, {&files.Text, r.Text}} {
		if *f.into, err = d.Documents.Get(ctx, f.file.Digest); err != nil {
			return files, fmt.Errorf("load %s: %w", f.file.Name, err)
		}
	}
	return files, nil
}

// texts are editions without their pictures and attachments, by digest: what the list is held against. Many chunks have
// the same, and what is stored under a digest does not change.
type texts struct {
	mu   sync.Mutex
	kept map[pipeline.Digest]edition.Edition
}

func (t *texts) get(digest pipeline.Digest, read func() (edition.Edition, error)) (edition.Edition, error) {
	t.mu.Lock()
	e, ok := t.kept[digest]
	t.mu.Unlock()
	if ok {
		return e, nil
	}
	e, err := read()
	if err != nil {
		return e, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil || len(t.kept) == keptSealed {
		t.kept = map[pipeline.Digest]edition.Edition{}
	}
	t.kept[digest] = e
	return e, nil
}
