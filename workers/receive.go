package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
)

// Receive reads recipients' replies from the inbox and puts on record who says that they have which bulletin.
// Believed is a signature by the key that a nation's list pins now, over content that names a bulletin which
// that recipient was sent; nothing else in a reply is. A reply is handled in this order: the fact is on
// record, then the file is moved; after a crash in between it is found done already.
type Receive struct {
	Inbox     *Inbox
	Facts     Facts
	Publisher Publisher
	Signers   Signers
	Keys      Keys
	Nations   []pipeline.Nation // whose lists are here
	Opener    mail.Opener       // the desk's key
	Clock     pipeline.Clock
	Log       *slog.Logger
	sheets    sheets
	warned    map[string]bool // files whose trouble is in the log already
}

const (
	receiveName = "receive"
	inboxEvery  = time.Second
	// replySkew is how far a recipient's clock may be from the desk's.
	replySkew = 5 * time.Minute
)

// unbelieved is why a reply is not believed. It is kept beside the reply and quotes nothing of it.
type unbelieved struct{ reason string }

func (r *unbelieved) Error() string { return r.reason }

func refused(format string, args ...any) error { return &unbelieved{fmt.Sprintf(format, args...)} }

// Run looks into the inbox every second until ctx ends.
func (r *Receive) Run(ctx context.Context) error {
	tick := time.NewTicker(inboxEvery)
	defer tick.Stop()
	for {
		if err := r.Look(ctx); err != nil && ctx.Err() == nil {
			r.warn("inbox", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Look handles every reply that lies whole in the inbox.
func (r *Receive) Look(ctx context.Context) error {
	names, err := r.Inbox.Ready()
	if err != nil {
		return err
	}
	delete(r.warned, "inbox")
	for _, name := range names {
		if ctx.Err() != nil {
			return nil
		}
		if err := r.file(ctx, name); err != nil {
			r.warn(name, err) // it stays in the inbox, and is tried again
			continue
		}
		delete(r.warned, name)
	}
	return nil
}

// warn logs a trouble once for as long as it lasts.
func (r *Receive) warn(name string, err error) {
	if r.warned[name] {
		return
	}
	if r.warned == nil {
		r.warned = map[string]bool{}
	}
	r.warned[name] = true
	r.Log.Warn("a reply waits in the inbox", "worker", receiveName, "file", pipeline.DigestOf([]byte(name))[:12], "error", err)
}

func (r *Receive) file(ctx context.Context, name string) error {
	message, err := r.Inbox.Read(name)
	if err == nil {
		err = r.guarded(ctx, message)
	}
	var no *unbelieved
	switch {
	case errors.As(err, &no):
		r.Log.Info("a reply is refused", "worker", receiveName, "reason", no.reason)
		return r.Inbox.Refuse(name, no.reason)
	case err != nil:
		return err
	}
	return r.Inbox.Done(name)
}

// guarded keeps one reply that nobody expected from stopping the others.
func (r *Receive) guarded(ctx context.Context, message []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("panic over a reply", "worker", receiveName, "panic", fmt.Sprintf("%T", p))
			err = refused("it can't be read")
		}
	}()
	return r.Take(ctx, message)
}

// Take believes a reply, or says why not: the error is a *unbelieved then, and any other means that it could not be
// looked at now.
func (r *Receive) Take(ctx context.Context, message []byte) error {
	answer, err := mail.ReadAnswer(message, r.Opener)
	if err != nil {
		return refused("%v", err)
	}
	number, err := numberIn(answer)
	if err != nil {
		return err
	}
	by, made, err := r.signer(answer)
	if err != nil {
		return err
	}
	reserved, err := r.Facts.Fact(ctx, "number."+number)
	if errors.Is(err, pipeline.ErrNotFound) {
		return refused(notSent)
	}
	if err != nil {
		return err
	}
	// One person may stand on the lists of two nations.
	taken, why := false, refused(notSent)
	for _, recipient := range by {
		ok, err := r.acknowledge(ctx, reserved.Ref.ID, number, recipient, made)
		var no *unbelieved
		switch {
		case errors.As(err, &no):
			why = err
		case err != nil:
			return err
		}
		taken = taken || ok
	}
	if !taken {
		return why
	}
	return nil
}

// notSent is the answer where there is no such bulletin, too.
const notSent = "whoever signed it was not sent a bulletin of the number that it names"

var numberForm = regexp.MustCompile(`\bSA[0-9]{2}-[0-9]{3}[A-Z]{1,3}\b`)

// numberIn finds the bulletin that a reply is about, in what is signed alone: in its subject, else the first in
// its text, which people write above what they quote or leave to the first line of that.
func numberIn(a mail.Answer) (string, error) {
	switch numbers := slices.Compact(slices.Sorted(slices.Values(numberForm.FindAllString(a.Subject, -1)))); {
	case len(numbers) == 1:
		return numbers[0], nil
	case len(numbers) > 1:
		return "", refused("its subject names several bulletins: a reply acknowledges one")
	}
	if number := numberForm.FindString(a.Text); number != "" {
		return number, nil
	}
	return "", refused("what is signed in it names no bulletin, such as SA26-329A")
}

// signer returns every line of the lists whose key made the signature, and when.
func (r *Receive) signer(a mail.Answer) (by []pipeline.Recipient, made time.Time, err error) {
	now := r.Clock()
	why := refused("it is not signed by the key of anybody on a list")
	for _, n := range r.Nations {
		listed, err := r.Signers.Signers(n, a.KeyID())
		if err != nil {
			return nil, made, fmt.Errorf("the list of %s can't be read: %w", n, err)
		}
		for _, recipient := range listed {
			fpr, at, err := r.verify(a, recipient, now)
			switch {
			case err != nil:
				why = refused("its signature, or the key that made it, is not good")
			case !strings.EqualFold(fpr, recipient.Fingerprint):
				why = refused("the key that signed it is not the one that the list pins")
			case at.After(now.Add(replySkew)):
				why = refused("its signature is dated in the future")
			default:
				by, made = append(by, recipient), at
			}
		}
	}
	if len(by) == 0 {
		return nil, made, why
	}
	return by, made, nil
}

// verify has a signature checked with every copy of a certificate that is at hand: one may be of before it was renewed.
// Another may say that it is revoked, so that of several all have to be fit.
func (r *Receive) verify(a mail.Answer, by pipeline.Recipient, now time.Time) (fpr string, at time.Time, err error) {
	copies := r.Signers.Certificates(by)
	if len(copies) > 1 && r.Keys(by).Key == nil {
		return "", at, errors.New("the certificate is not fit by one of its copies")
	}
	err = errors.New("the certificate can't be read")
	for _, c := range copies {
		if fpr, at, err = a.Verify(c, now); err == nil {
			return fpr, at, nil
		}
	}
	return "", at, err
}

// acknowledge puts on record that a recipient has the newest version that was sent to them; false if none was.
func (r *Receive) acknowledge(ctx context.Context, id pipeline.ID, number string, to pipeline.Recipient, made time.Time) (bool, error) {
	sent, at, err := r.newestSent(ctx, id, number, to, made)
	if err != nil || sent == nil {
		return false, err
	}
	fact, err := pipeline.NewFact(pipeline.Acknowledged, sent.ref, receiveName, pipeline.AcknowledgedBody{
		Address: at.address, Fingerprint: to.Fingerprint, Signed: made,
	})
	if err != nil {
		return false, err
	}
	fact.Nation = to.Nation
	for {
		given, err := sent.acknowledged(ctx, r.Facts)
		if err != nil || given.addresses[strings.ToLower(at.address)] {
			return err == nil, err
		}
		fact.Ordinal = given.next
		sent.given = nil // read again after this: what was published may be another's
		var taken *pipeline.Conflict
		if err := r.Publisher.Publish(ctx, fact); errors.As(err, &taken) {
			continue
		} else if err != nil {
			return false, err
		}
		given.addresses[strings.ToLower(at.address)], given.next = true, given.next+1
		sent.given = given
		return true, nil
	}
}

// newestSent returns the newest revision with that number of which a mail to the recipient was begun and that was
// released when they signed, and their place in it; nil if no mail was.
func (r *Receive) newestSent(ctx context.Context, id pipeline.ID, number string, to pipeline.Recipient, made time.Time) (*sheet, seat, error) {
	revisions, _, err := r.Facts.Facts(ctx, fmt.Sprintf("bulletin.%s.*.%s", id, pipeline.Numbered))
	if err != nil {
		return nil, seat{}, err
	}
	slices.SortFunc(revisions, func(a, b pipeline.Fact) int { return cmp.Compare(b.Ref.Revision, a.Ref.Revision) })
	var early error
	for _, f := range revisions {
		var body pipeline.NumberedBody
		if err := f.Decode(&body); err != nil {
			return nil, seat{}, err
		}
		if body.Number != number {
			continue
		}
		s := r.sheets.of(f.Ref, to.Nation)
		places, err := s.find(ctx, r.Facts, to.Address)
		if err != nil {
			return nil, seat{}, err
		}
		at, sent, err := s.attempted(ctx, r.Facts, places)
		switch {
		case err != nil:
			return nil, seat{}, err
		case sent && made.Before(body.Released.Add(-replySkew)): // of an older version, carried by hand for a while
			early = refused("its signature is older than the bulletin")
		case sent:
			return s, at, nil
		}
	}
	return nil, seat{}, early
}
