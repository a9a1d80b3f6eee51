package seal

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// Judgement is what Examine says of a certificate, and from when until when it says the same: at
// every instant from From on and before Until. A zero From is since ever, a zero Until for ever.
// Whoever seals to the key asks whether now is still within, and judges again if it is not.
type Judgement struct {
	Fitness
	From, Until time.Time
}

// Holds reports whether the judgement is still what Examine says at now.
func (j Judgement) Holds(now time.Time) bool {
	return !now.Before(j.From) && (j.Until.IsZero() || now.Before(j.Until))
}

// Judge is Examine for all the files at hand of one certificate: an old one, say, and a renewed
// one beside it. What any of them says counts, so that a revocation is not undone by an older
// file; their order does not matter. Files of different certificates are unfit.
func Judge(copies [][]byte, address string, now time.Time) (j Judgement) {
	defer func() {
		if p := recover(); p != nil { // the vendor library on a certificate it did not expect
			j = Judgement{Fitness: unfit(fmt.Sprintf("cannot be read: the OpenPGP library failed on it (%v)", p))}
		}
	}()
	c, err := readCertificate(slices.SortedFunc(slices.Values(copies), bytes.Compare)...)
	if err != nil {
		return Judgement{Fitness: unfit(err.Error())}
	}
	return c.judge(address, now)
}

func (c *certificate) judge(address string, now time.Time) Judgement {
	f := c.fitness(address, now)
	s := c.span(now)
	s.cutWording(f.Expires)
	return Judgement{Fitness: f, From: s.from, Until: s.until}
}

// span is the time around now in which what a certificate says does not change.
type span struct {
	now         time.Time
	from, until time.Time
}

// span ends where something that the certificate holds begins or ends. Not each of these instants
// changes the verdict, but nothing else does.
func (c *certificate) span(now time.Time) span {
	s := span{now: now}
	s.cut(c.primary.CreationTime)
	s.cutSignatures(c.primary, c.revocations, c.direct.sound)
	for _, u := range c.users {
		s.cutSignatures(c.primary, u.self.sound, u.revocations)
	}
	for _, k := range c.subkeys {
		if k.key != nil {
			s.cut(k.key.CreationTime)
			s.cutSignatures(k.key, k.bindings.sound, k.revocations)
		}
	}
	return s
}

// cut ends the span at t, if t is within it; a zero t is never.
func (s *span) cut(t time.Time) {
	switch {
	case t.IsZero():
	case t.After(s.now):
		s.until = earlier(s.until, t)
	case t.After(s.from):
		s.from = t
	}
}

// cutSignatures cuts where signatures on a key begin and end, and where they say that the key ends.
func (s *span) cutSignatures(key *packet.PublicKey, groups ...[]*packet.Signature) {
	for _, group := range groups {
		for _, sig := range group {
			s.cut(sig.CreationTime)
			s.cut(signatureEnd(sig))
			s.cut(endOf(key, sig))
		}
	}
}

// cutWording cuts where the warning of an end begins or counts one day less: an instant after so
// many whole days are left.
func (s *span) cutWording(end time.Time) {
	if end.IsZero() {
		return
	}
	for left := wholeDay; left <= expiryWarning; left += wholeDay {
		s.cut(end.Add(1 - left))
	}
}
