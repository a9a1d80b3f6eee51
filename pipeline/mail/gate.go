package mail

import (
	"bytes"
	"fmt"
	netmail "net/mail"
	"slices"
	"sync"

	"bulletin/pipeline"
)

// Gate stands before SMTP and the outbox. Ciphertext does not show which edition it holds, so the
// gate is told when an edition is sealed, and lets a mail pass only if it carries exactly that.
// It is safe for use by many goroutines.
type Gate struct {
	from       string
	keyPackets KeyPacketIDs

	mu     sync.RWMutex
	sealed map[origin]*registered
}

// registered is what is known of an origin.
type registered struct {
	bodies [][3][]byte
	frame  *frame // the last that passed; nil at first
}

// KeyPacketIDs returns the key ids of the public-key encrypted session key packets at the start of
// an armored message, of which it gets the lines up to where the shared part begins. It must
// refuse a head that holds anything else. (seal.KeyPacketIDs)
type KeyPacketIDs func(head []byte) ([]uint64, error)

// origin is what a shared part was sealed for: an edition of a nation, or a notice for one person.
type origin struct {
	ref    pipeline.Ref
	nation pipeline.Nation
	person string // a notice: their address
	notice string // and its Message-ID
}

func (o origin) String() string {
	if o.person != "" {
		return "a notice"
	}
	return fmt.Sprintf("%s %s", o.ref, o.nation)
}

// Sealed is an edition's ciphertext: the three variants of the part that all recipients share.
// (*seal.Sealed)
type Sealed interface {
	Bodies() [3][]byte
}

// Key is the key that was pinned for a recipient. (*seal.Key)
type Key interface {
	EncryptionKeyID() uint64
}

// Recipient is to whom a mail is about to go.
type Recipient struct {
	Nation  pipeline.Nation // on whose list they are
	Address string
	Key     Key
}

// LeakError says why the gate refused a mail. It names what is wrong and holds nothing of the mail.
type LeakError struct {
	Ref    pipeline.Ref
	Nation pipeline.Nation
	Reason string
}

func (e *LeakError) Error() string {
	if e.Ref.ID == "" {
		return "gate refused a notice: " + e.Reason
	}
	return fmt.Sprintf("gate refused a mail of %s to %s: %s", e.Ref, e.Nation, e.Reason)
}

// NewGate returns a gate that knows no sealed edition yet. All mail comes from the one sender.
func NewGate(from netmail.Address, ids KeyPacketIDs) *Gate {
	return &Gate{from: mailbox(from), keyPackets: ids, sealed: map[origin]*registered{}}
}

// Register records what a nation's edition was sealed into. The caller must not write to the
// bodies afterwards. An edition may be sealed again, after a restart; the same ciphertext for
// two editions is refused.
func (g *Gate) Register(s Sealed, ref pipeline.Ref, n pipeline.Nation) error {
	if _, err := pipeline.ParseNation(string(n)); err != nil {
		return fmt.Errorf("gate: register: %w", err)
	}
	return g.register(s, origin{ref: ref, nation: n})
}

// RegisterNotice records what the notice of that Message-ID was sealed into: it passes to one person alone.
func (g *Gate) RegisterNotice(s Sealed, id, address string) error {
	if _, err := ParseAddress(address); err != nil {
		return fmt.Errorf("gate: register: %w", err)
	}
	return g.register(s, origin{person: address, notice: id})
}

func (g *Gate) register(s Sealed, at origin) error {
	bodies := s.Bodies()
	for i, b := range bodies {
		if err := checkArmorLines(b); err != nil {
			return fmt.Errorf("gate: register %s: variant %d: %w", at, i, err)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for other := range g.sealed {
		if other != at && slices.ContainsFunc(bodies[:], func(b []byte) bool { return g.holds(other, b) }) {
			return fmt.Errorf("gate: register %s: the same ciphertext is registered for %s", at, other)
		}
	}
	if g.sealed[at] == nil {
		g.sealed[at] = &registered{}
	}
	if !g.holds(at, bodies[0]) {
		g.sealed[at].bodies = append(g.sealed[at].bodies, bodies)
	}
	return nil
}

// Forget drops what was registered for a nation's edition, when all of its mail is settled.
func (g *Gate) Forget(ref pipeline.Ref, n pipeline.Nation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.sealed, origin{ref: ref, nation: n})
}

// ForgetNotice drops what was registered for a notice.
func (g *Gate) ForgetNotice(id, address string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.sealed, origin{person: address, notice: id})
}

// Check lets the mail of bulletin ref to one recipient pass, or says why not: the error is a
// *LeakError.
func (g *Gate) Check(ref pipeline.Ref, msg Message, to Recipient) error {
	return g.check(origin{ref: ref, nation: to.Nation}, groupOf(ListName(to.Nation)), msg, to)
}

// CheckNotice lets a notice to one person pass, or says why not, as Check does.
func (g *Gate) CheckNotice(id string, msg Message, to Recipient) error {
	return g.check(origin{person: to.Address, notice: id}, to.Address, msg, to)
}

// check compares a mail with what was sealed for its origin; named is who its To field must name.
func (g *Gate) check(at origin, named string, msg Message, to Recipient) error {
	refuse := func(reason string) error { return &LeakError{Ref: at.ref, Nation: at.nation, Reason: reason} }
	if _, err := ParseAddress(to.Address); err != nil {
		return refuse("the recipient's address is not usable")
	}
	if to.Key == nil {
		return refuse("no key is pinned for the recipient")
	}
	known, passed := g.known(at, msg.Body)
	if !known {
		return refuse("its ciphertext was not sealed for this bulletin and nation, or this person")
	}
	around, reason := passed, ""
	if passed == nil || !bytes.HasPrefix(msg.Head, passed.head) {
		around, reason = readFrame(msg.Head, g.from, named)
	}
	if reason == "" {
		reason = around.readRest(msg)
	}
	if reason != "" {
		return refuse(reason)
	}
	if around != passed {
		g.pass(at, around)
	}
	ids, err := g.keyPackets(msg.Head[len(around.head):])
	switch {
	case err != nil:
		return refuse("its key packets cannot be read")
	case len(ids) != 1:
		return refuse(fmt.Sprintf("it has %d key packets; there must be one", len(ids)))
	case ids[0] != to.Key.EncryptionKeyID():
		return refuse("its key packet is not for the recipient's pinned key")
	}
	return nil
}

// known reports whether a body is one of those registered, and what stood around the last that passed.
func (g *Gate) known(at origin, body []byte) (bool, *frame) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if !g.holds(at, body) {
		return false, nil
	}
	return true, g.sealed[at].frame
}

// pass keeps what was found to be right, so that the mails to a whole list are read once and compared from then on.
func (g *Gate) pass(at origin, around *frame) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r := g.sealed[at]; r != nil { // else forgotten meanwhile
		r.frame = around
	}
}

// holds reports whether b is one of the variants registered at o. Comparing is cheap: it is
// nearly always the very same memory. The caller holds mu.
func (g *Gate) holds(o origin, b []byte) bool {
	r := g.sealed[o]
	if r == nil {
		return false
	}
	for _, bodies := range r.bodies {
		for _, known := range bodies {
			if len(known) > 0 && bytes.Equal(known, b) {
				return true
			}
		}
	}
	return false
}
