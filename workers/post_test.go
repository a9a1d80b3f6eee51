package workers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/mail"
	"bulletin/pipeline/seal"
)

// captured is a relay that keeps what reaches it.
type captured struct {
	to   []string
	mail [][]byte
}

func (c *captured) Send(_ context.Context, _, to string, m mail.Message) (string, error) {
	var b bytes.Buffer
	_, err := m.WriteTo(&b)
	c.to, c.mail = append(c.to, to), append(c.mail, b.Bytes())
	return "250 ok", err
}

// reader is a recipient with their keys.
type reader struct {
	pipeline.Recipient
	key    *seal.Key
	secret []byte
}

func newReader(t *testing.T, n pipeline.Nation, address string) reader {
	t.Helper()
	secret, public, err := seal.GenerateKey("Reader", address, testTime.Add(-time.Hour), 0)
	must(t, err)
	f := seal.Examine(public, address, testTime)
	if f.Key == nil {
		t.Fatalf("the key of %s: %v", address, f.Reasons)
	}
	r := recipient(n, address)
	r.Fingerprint = f.Key.Fingerprint
	return reader{r, f.Key, secret}
}

func newPost(t *testing.T) (*Post, *captured) {
	t.Helper()
	secret, _, err := seal.GenerateKey("Desk", "desk@bulletin.example", testTime.Add(-time.Hour), 0)
	must(t, err)
	signer, err := seal.LoadSigner(secret, nil)
	must(t, err)
	from := netmail.Address{Name: "Desk", Address: "desk@bulletin.example"}
	relay := &captured{}
	return &Post{
		From: from, Domain: "bulletin.example", MessageKey: []byte("key"), Signer: signer,
		Gate: mail.NewGate(from, seal.KeyPacketIDs), Sender: relay, Clock: func() time.Time { return testTime },
	}, relay
}

var testFiles = Rendering{PDF: []byte("%PDF-1.7 secret"), STIX: []byte(`{"type":"bundle"}`), CSV: []byte("type,value\r\n"), Text: []byte("text")}

func TestPostReachesOneReaderAlone(t *testing.T) {
	p, relay := newPost(t)
	hone, aroha := newReader(t, pipeline.NZL, "hone@police.example.nz"), newReader(t, pipeline.NZL, "aroha@police.example.nz")
	signer, err := p.Signer.At(testTime)
	must(t, err)
	ref := newRef()
	s, err := p.Seal(ref, testEdition(pipeline.NZL), testFiles)
	must(t, err)
	for _, r := range []reader{hone, aroha} {
		reply, err := p.Send(ctx, s, r.Recipient, r.key)
		if err != nil || reply != "250 ok" {
			t.Fatalf("%s: %q, %v", r.Address, reply, err)
		}
	}
	if len(relay.to) != 2 || relay.to[0] != hone.Address || relay.to[1] != aroha.Address {
		t.Fatalf("sent to %v", relay.to)
	}
	for i, r := range []reader{hone, aroha} {
		whole := string(relay.mail[i])
		for _, secret := range []string{"Title", "secret", "bundle", "UNCLASSIFIED", "SA26-326A", "TLP:"} {
			if strings.Contains(whole, secret) {
				t.Errorf("%s: %q is in the clear:\n%.600s", r.Address, secret, whole)
			}
		}
		before, ciphertext, _ := strings.Cut(whole, "-----BEGIN PGP MESSAGE-----")
		_, after, _ := strings.Cut(ciphertext, "-----END PGP MESSAGE-----")
		if strings.Contains(before+after, "TLP") { // three letters stand in base64 by chance, one mail in fifty
			t.Errorf("%s: TLP is in the clear:\n%s%s", r.Address, before, after)
		}
		if !strings.Contains(whole, "Message-ID: "+s.MessageID) {
			t.Errorf("%s: the message-id is not %s", r.Address, s.MessageID)
		}
		const end = "-----END PGP MESSAGE-----"
		armored := whole[strings.Index(whole, "-----BEGIN PGP MESSAGE-----") : strings.Index(whole, end)+len(end)]
		inner, _, err := seal.Open([]byte(armored), r.secret, nil, signer.PublicKey(), testTime)
		if err != nil || !strings.Contains(string(inner), "Subject: [TLP:AMBER] SA26-326A Title") || !strings.Contains(string(inner), s.MessageID) {
			t.Errorf("%s opens: %.300s, %v", r.Address, inner, err)
		}
		other := []reader{aroha, hone}[i]
		if _, _, err := seal.Open([]byte(armored), other.secret, nil, signer.PublicKey(), testTime); err == nil {
			t.Errorf("the mail to %s can be opened by %s", r.Address, other.Address)
		}
	}
	again, err := p.Seal(ref, testEdition(pipeline.NZL), testFiles) // as after a restart
	must(t, err)
	if again.MessageID != s.MessageID || again.Digest == s.Digest {
		t.Errorf("sealed again: %s %s, first: %s %s", again.MessageID, again.Digest, s.MessageID, s.Digest)
	}
}

func TestPostGateRefuses(t *testing.T) {
	nzl, gbr := newReader(t, pipeline.NZL, "hone@police.example.nz"), newReader(t, pipeline.GBR, "tom@police.example.uk")
	for name, send := range map[string]func(*Post, *Sealed) error{
		"a recipient of another nation": func(p *Post, s *Sealed) error {
			_, err := p.Send(ctx, s, gbr.Recipient, gbr.key)
			return err
		},
		"an edition that says it is for another nation": func(p *Post, s *Sealed) error {
			s.Nation = pipeline.GBR
			_, err := p.Send(ctx, s, gbr.Recipient, gbr.key)
			return err
		},
		"another bulletin": func(p *Post, s *Sealed) error {
			s.Ref = newRef()
			_, err := p.Send(ctx, s, nzl.Recipient, nzl.key)
			return err
		},
		"an address that is two": func(p *Post, s *Sealed) error {
			to := nzl.Recipient
			to.Address += "\r\nRCPT TO:<x@y.example>"
			_, err := p.Send(ctx, s, to, nzl.key)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, relay := newPost(t)
			s, err := p.Seal(newRef(), testEdition(pipeline.NZL), testFiles)
			must(t, err)
			err = send(p, s)
			var leak *mail.LeakError
			if !errors.As(err, &leak) {
				t.Errorf("got %v, want the gate to refuse", err)
			}
			if len(relay.mail) != 0 {
				t.Errorf("it reached the relay: %v", relay.to)
			}
		})
	}
}

func TestPostSendsNothingWithoutAKey(t *testing.T) {
	p, relay := newPost(t)
	s, err := p.Seal(newRef(), testEdition(pipeline.NZL), testFiles)
	must(t, err)
	if _, err := p.Send(ctx, s, recipient(pipeline.NZL, "hone@police.example.nz"), nil); err == nil || len(relay.mail) != 0 {
		t.Errorf("sent without a key: %v", err)
	}
}

// noSigner is a desk whose keys have ended.
type noSigner struct{}

func (noSigner) At(time.Time) (*seal.Signer, error) {
	return nil, fmt.Errorf("%w: expired on 2026-11-01", seal.ErrNoSigner)
}

// TestMailWaitsForASigningKey: nothing is parked for want of one, and nothing leaves unsigned.
func TestMailWaitsForASigningKey(t *testing.T) {
	p, relay := newPost(t)
	signer := p.Signer
	p.Signer = noSigner{}
	hone, ref := newReader(t, pipeline.NZL, "hone@police.example.nz"), newRef()
	_, err := p.Seal(ref, testEdition(pipeline.NZL), testFiles)
	_, noticed := p.Notify(ctx, mail.Waiting, mail.NoticeFacts{Name: "hone", ID: ref.ID, Revision: 1}, "notice.x", hone.Address, hone.key)
	for _, err := range []error{err, noticed} {
		var retry *pipeline.Retry
		if !errors.As(failClosed("the mail can't be sealed", err), &retry) || !errors.Is(retry.Err, seal.ErrNoSigner) {
			t.Errorf("without a key: %v", err)
		}
	}
	if len(relay.to) != 0 {
		t.Fatalf("sent to %v", relay.to)
	}
	p.Signer = signer
	s, err := p.Seal(ref, testEdition(pipeline.NZL), testFiles)
	must(t, err)
	_, err = p.Send(ctx, s, hone.Recipient, hone.key)
	must(t, err)
}
