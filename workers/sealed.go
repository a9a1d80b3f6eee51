package workers

import (
	"slices"
	"sync"
	"time"
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
	mu    sync.Mutex
	mails map[string]*Sealed
	used  []string // least recently first
}

// get returns the edition's mail, sealing it if it is not there or its signature is by a key that has ended, and forgets
// what was not used for longest. What is sealed anew is not forgotten: chunks under way may still use it.
func (c *sealedMail) get(edition string, now time.Time, seal func() (*Sealed, error), forget func(*Sealed)) (*Sealed, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok := c.mails[edition]
	if !ok || !s.until.IsZero() && !now.Before(s.until) {
		var err error
		if s, err = seal(); err != nil {
			return nil, err
		}
		if c.mails == nil {
			c.mails = map[string]*Sealed{}
		}
		c.mails[edition] = s
	}
	c.used = append(slices.DeleteFunc(c.used, func(e string) bool { return e == edition }), edition)
	for len(c.used) > keptSealed || len(c.used) > keptInUse && c.bytes() > keptBytes {
		oldest := c.used[0]
		forget(c.mails[oldest])
		delete(c.mails, oldest)
		c.used = slices.Delete(c.used, 0, 1)
	}
	return s, nil
}

func (c *sealedMail) bytes() (n int) {
	for _, s := range c.mails {
		n += s.size
	}
	return n
}
