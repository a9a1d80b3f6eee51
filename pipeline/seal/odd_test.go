package seal

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// What certificates may hold that few do, and what is said of it.
func TestExamineOddCertificates(t *testing.T) {
	const day, year = wholeDay, 365 * wholeDay
	later := made.AddDate(0, 6, 0)
	primary := func(hashed ...subpacket) *mint { return newMint(made).user(uid, append(hashed, flags(signs))...) }
	fresh := func() *mint { return primary(created(made)) }
	enc := onCurve25519(made)
	tests := []struct {
		name   string
		m      *mint
		state  string
		reason string
	}{
		{"as usual", newMint(made).usual(), Fit, ""},
		{"primary ends, subkey does not", primary(created(made), keyEnds(30*day)).sub(enc, created(made), flags(messages)), Unfit, "expired on"},
		{"subkey outlives its primary", primary(created(made), keyEnds(year+10*day)).sub(enc, created(made), flags(messages), keyEnds(9*year)), Warning, "in 10 days"},
		{"subkey ends first", fresh().sub(enc, created(made), flags(messages), keyEnds(year+9*day)), Warning, "in 9 days"},
		{"lifetimes of 0", primary(created(made), keyEnds(0), signatureEnds(0)).sub(enc, created(made), flags(messages), keyEnds(0)), Fit, ""},
		{"the longest lifetime", primary(created(made), keyEnds((1<<32-1)*time.Second)).sub(enc, created(made), flags(messages)), Fit, ""},
		{"direct-key signature ends it", newMint(made).signed(packet.SigTypeDirectSignature, nil, created(later), keyEnds(200*day)).usual(), Unfit, "expired on"},
		{"direct-key signature overruled by a newer certification", newMint(made).signed(packet.SigTypeDirectSignature, nil, created(made), keyEnds(200*day)).
			user(uid, created(later)).sub(enc, created(made), flags(messages)), Fit, ""},
		{"one user id has lapsed, another lives", newMint(made).user("Old <old@police.example>", created(made), signatureEnds(day)).usual(), Fit, ""},
		{"all user ids have lapsed", primary(created(made), signatureEnds(day)).sub(enc, created(made), flags(messages)), Unfit, "self-signature has expired"},
		{"user id revoked", fresh().signed(packet.SigTypeCertificationRevocation, framedUser(uid), created(later), because(32)).sub(enc, created(made), flags(messages)), Unfit, "revoked"},
		{"user id revoked and certified again", fresh().signed(packet.SigTypeCertificationRevocation, framedUser(uid), created(later), because(32)).
			signed(packet.SigTypePositiveCert, framedUser(uid), created(later.Add(day))).sub(enc, created(made), flags(messages)), Fit, ""},
		{"binding has lapsed", fresh().sub(enc, created(made), flags(messages), signatureEnds(day)), Unfit, "its binding has expired"},
		{"binding of tomorrow", fresh().sub(enc, created(now.Add(day)), flags(messages)), Unfit, "dated in the future"},
		{"subkey of tomorrow", fresh().sub(onCurve25519(now.Add(day)), created(made), flags(messages)), Unfit, "not yet valid"},
		{"certification from before the key", newMint(made).user(uid, created(made.Add(-day))).sub(enc, created(made), flags(messages)), Unfit, "no good self-signature"},
		{"for stored data alone", fresh().sub(enc, created(made), flags(storage)), Unfit, "for stored data alone"},
		{"for messages and stored data", fresh().sub(enc, created(made), flags(messages|storage)), Fit, ""},
		{"no key flags", fresh().sub(enc, created(made)), Unfit, "no key flags"},
		{"key flags of none", fresh().sub(enc, created(made), flags(0)), Unfit, "no encryption subkey"},
		{"key flags in the unsigned part alone", fresh().packet(tagPublicSubkey, enc).unsigned(packet.SigTypeSubkeyBinding, framedKey(enc), flags(messages)), Unfit, "no key flags"},
		{"a newer binding takes the use away", fresh().sub(enc, created(made), flags(messages)).signed(packet.SigTypeSubkeyBinding, framedKey(enc), created(later), flags(0)), Unfit, "no encryption subkey"},
		{"signs as well, but has not signed its binding", fresh().sub(enc, created(made), flags(messages|signs)), Unfit, "no good self-signature"},
		{"critical notation", newMint(made).user(uid, created(made), criticalNotation("x@example.org")).sub(enc, created(made), flags(messages)), Unfit, "no good self-signature"},
		{"critical notation on a newer certification", fresh().signed(packet.SigTypePositiveCert, framedUser(uid), created(later), keyEnds(day), criticalNotation("x@example.org")).
			sub(enc, created(made), flags(messages)), Fit, ""},
		{"unknown critical subpacket", newMint(made).user(uid, created(made), sub(99|0x80, 1)).sub(enc, created(made), flags(messages)), Unfit, "no good self-signature"},
		{"unknown subpacket", newMint(made).user(uid, created(made), sub(99, 1)).sub(enc, created(made), flags(messages)), Fit, ""},
		{"certified with SHA-1 alone", newMint(made).packet(tagUserID, []byte(uid)).sha1(packet.SigTypePositiveCert, framedUser(uid), created(made)).sub(enc, created(made), flags(messages)), Unfit, "broken hash"},
		{"bound with SHA-1 alone", fresh().packet(tagPublicSubkey, enc).sha1(packet.SigTypeSubkeyBinding, framedKey(enc), created(made), flags(messages)), Unfit, "broken hash"},
		{"revoked with SHA-1", newMint(made).sha1(packet.SigTypeKeyRevocation, nil, created(later), because(3)).usual(), Unfit, "was revoked on"},
		{"retired tomorrow", newMint(made).signed(packet.SigTypeKeyRevocation, nil, created(now.Add(day)), because(3)).usual(), Fit, ""},
		{"compromised tomorrow", newMint(made).signed(packet.SigTypeKeyRevocation, nil, created(now.Add(day)), because(2)).usual(), Unfit, "was revoked on"},
		{"revoked tomorrow for a reason unknown here", newMint(made).signed(packet.SigTypeKeyRevocation, nil, created(now.Add(day)), because(101)).usual(), Unfit, "was revoked on"},
		{"revocation with an unknown critical subpacket", newMint(made).signed(packet.SigTypeKeyRevocation, nil, created(later), sub(99|0x80, 1)).usual(), Unfit, "cannot be read, and counts as revoked"},
		{"revocation with a critical notation", newMint(made).signed(packet.SigTypeKeyRevocation, nil, created(later), criticalNotation("x@example.org")).usual(), Unfit, "was revoked on"},
		{"bound again after its revocation", fresh().sub(enc, created(made), flags(messages)).signed(packet.SigTypeSubkeyRevocation, framedKey(enc), created(later), because(1)).
			signed(packet.SigTypeSubkeyBinding, framedKey(enc), created(later.Add(day)), flags(messages)), Unfit, "revoked on"},
		{"trust packets of a GnuPG keyring", newMint(made).packet(tagTrust, []byte{0, 0}).packet(tagUserID, []byte(uid)).packet(tagTrust, []byte{0, 0}).
			signed(packet.SigTypePositiveCert, framedUser(uid), created(made)).packet(tagTrust, []byte{0, 0}).sub(enc, created(made), flags(messages)), Fit, ""},
		{"padding", newMint(made).packet(tagPadding, make([]byte, 9)).usual().packet(tagPadding, make([]byte, 9)), Fit, ""},
		{"the same subkey twice, revoked once", fresh().sub(enc, created(made), flags(messages)).signed(packet.SigTypeSubkeyRevocation, framedKey(enc), created(later), because(2)).
			sub(enc, created(later), flags(messages)), Unfit, "revoked on"},
		{"a user id of half a megabyte", newMint(made).user(strings.Repeat("(<", 1<<18), created(made)).usual(), Fit, ""},
		{"RSA with 1024 bits beside Curve25519", fresh().sub(rsaBody(t, 1024), created(later), flags(messages)).sub(enc, created(made), flags(messages)), Fit, ""},
		{"RSA with 1024 bits alone", fresh().sub(rsaBody(t, 1024), created(made), flags(messages)), Unfit, "too weak: RSA with 1024 bits"},
		{"RSA that may only sign", fresh().sub(algorithm(rsaBody(t, 2048), packet.PubKeyAlgoRSASignOnly), created(made), flags(messages)), Unfit, "no encryption subkey"},
		{"RSA that may only encrypt", fresh().sub(algorithm(rsaBody(t, 2048), packet.PubKeyAlgoRSAEncryptOnly), created(made), flags(messages)), Fit, ""},
		{"post-quantum beside Curve25519", fresh().sub(keyBody(later, packet.PubKeyAlgoMlkem768X25519, make([]byte, 1216)), created(later), flags(messages)).sub(enc, created(made), flags(messages)), Fit, ""},
		{"post-quantum alone", fresh().sub(keyBody(made, packet.PubKeyAlgoMlkem768X25519, make([]byte, 1216)), created(made), flags(messages)), Unfit, "post-quantum"},
		{"subkey of version 6 under version 4", fresh().sub(append([]byte{6}, enc[1:]...), created(made), flags(messages)), Unfit, "subkey"},
		{"point of order 1", fresh().sub(curve25519Body(make([]byte, 32)), created(made), flags(messages)), Unfit, "cannot be encrypted to"},
		{"point without its prefix", fresh().sub(bytes.Replace(enc, []byte{1, 7, 0x40}, []byte{1, 7, 0x41}, 1), created(made), flags(messages)), Unfit, "not in the right form"},
		{"point not on its curve", fresh().sub(onP256Body(bytes.Repeat([]byte{7}, 64), "\x03\x01\x08\x07"), created(made), flags(messages)), Unfit, "cannot be encrypted to"},
		{"KDF with MD5", fresh().sub(onP256Body(p256Point(t), "\x03\x01\x01\x07"), created(made), flags(messages)), Unfit, "not supported, or damaged"},
		{"KDF with CAST5", fresh().sub(onP256Body(p256Point(t), "\x03\x01\x08\x03"), created(made), flags(messages)), Unfit, "not AES"},
		{"P-256 as it should be", fresh().sub(onP256Body(p256Point(t), "\x03\x01\x08\x07"), created(made), flags(messages)), Fit, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Examine(tt.m.file(), "reader@police.example", now)
			if f.State != tt.state || !strings.Contains(strings.Join(f.Reasons, "; "), tt.reason) {
				t.Errorf("got %s %q, want %s with %q", f.State, f.Reasons, tt.state, tt.reason)
			}
		})
	}
}

// unsigned adds a signature that says when it was made, and the rest where it is not signed.
func (m *mint) unsigned(kind packet.SignatureType, target []byte, unhashed ...subpacket) *mint {
	return m.packet(tagSignature, m.signature(kind, 8, target, []subpacket{created(made)}, unhashed))
}

func (m *mint) sha1(kind packet.SignatureType, target []byte, hashed ...subpacket) *mint {
	return m.packet(tagSignature, m.signature(kind, 2, target, hashed, nil))
}

func rsaBody(t *testing.T, size int) []byte {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, size)
	if err != nil {
		t.Fatal(err)
	}
	return keyBody(made, packet.PubKeyAlgoRSA, append(mpi(k.N.Bytes()), 0, 17, 1, 0, 1))
}

func algorithm(body []byte, algo packet.PublicKeyAlgorithm) []byte {
	body[5] = byte(algo)
	return body
}

func curve25519Body(point []byte) []byte {
	return keyBody(made, packet.PubKeyAlgoECDH, append(curvePoint(curve25519, point), 3, 1, 8, 7))
}

func onP256Body(point []byte, kdf string) []byte {
	material := append([]byte("\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"), mpi(append([]byte{4}, point...))...)
	return keyBody(made, packet.PubKeyAlgoECDH, append(material, kdf...))
}

func p256Point(t *testing.T) []byte {
	t.Helper()
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k.PublicKey().Bytes()[1:]
}

// Of subkeys that can be used, older programs' kind comes first, then the newest.
func TestWhichSubkeyIsChosen(t *testing.T) {
	old, recent := onCurve25519(made), onCurve25519(made.Add(wholeDay))
	native := keyBody(made.Add(9*wholeDay), packet.PubKeyAlgoX25519, recent[len(recent)-36:len(recent)-4])
	with := func(bodies ...[]byte) *mint {
		m := newMint(made).user(uid, created(made))
		for _, b := range bodies {
			m.sub(b, created(made.AddDate(0, 1, 0)), flags(messages))
		}
		return m
	}
	for name, c := range map[string]struct {
		m    *mint
		want []byte
	}{
		"newest":                        {with(old, recent), recent},
		"newest, whatever the order":    {with(recent, old), recent},
		"older kind":                    {with(native, old), old},
		"older kind, however ordered":   {with(old, native), old},
		"RFC 9580's kind if it's alone": {with(native), native},
	} {
		f := Examine(c.m.file(), "", now)
		if f.Key == nil || f.Key.encryption != string(c.want) {
			t.Errorf("%s: %s %q, another subkey", name, f.State, f.Reasons)
		}
	}
}

// A thousand signatures of others, as on the keys of well-known people, are passed over.
func TestExamineManyThirdParties(t *testing.T) {
	other := newMint(made)
	m := newMint(made).user(uid, created(made))
	for n := range 5000 {
		body := other.signature(packet.SigTypeGenericCert, 8, framedUser(uid), []subpacket{created(made.Add(time.Duration(n) * time.Second))}, nil)
		m.packet(tagSignature, body)
	}
	m.sub(onCurve25519(made), created(made), flags(messages))
	if f := Examine(m.file(), "reader@police.example", now); f.State != Fit {
		t.Errorf("%s %q", f.State, f.Reasons)
	}
}

// What would take long by the square of its size is refused instead.
func TestExamineIsBounded(t *testing.T) {
	users, subkeys := newMint(made), newMint(made)
	for n := range maxParts + 1 {
		users.packet(tagUserID, []byte(fmt.Sprint(n)))
		subkeys.packet(tagPublicSubkey, []byte(fmt.Sprint(n)))
	}
	header := "-----BEGIN PGP PUBLIC KEY BLOCK-----\nComment: " + strings.Repeat("x", maxLine) + "\n\n-----END PGP PUBLIC KEY BLOCK-----\n"
	for reason, file := range map[string][][]byte{
		"user ids and subkeys": {users.file(), subkeys.file()},
		"a line of more than":  {[]byte(header)},
	} {
		for _, f := range file {
			if got := Examine(f, "", now); got.State != Unfit || !strings.Contains(got.Reasons[0], reason) {
				t.Errorf("got %s %q, want one with %q", got.State, got.Reasons, reason)
			}
		}
	}
}
