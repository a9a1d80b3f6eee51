package configs

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// copiesOf are an expired certificate for an address, the same renewed, and the same revoked.
func copiesOf(t *testing.T, address string) (expired, renewed, revoked []byte) {
	t.Helper()
	made := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	config := &packet.Config{Time: func() time.Time { return made }, KeyLifetimeSecs: 24 * 3600, Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519}
	e, err := openpgp.NewEntity("R", "", address, config)
	must(t, err)
	file := func() []byte {
		var b bytes.Buffer
		must(t, e.Serialize(&b))
		return b.Bytes()
	}
	expired = file()
	renew := func(sig *packet.Signature, sign func() error) {
		lifetime := uint32(400 * 24 * 3600)
		sig.CreationTime, sig.KeyLifetimeSecs = made.Add(30*time.Hour), &lifetime
		must(t, sign())
	}
	for _, id := range e.Identities {
		renew(id.SelfSignature, func() error { return id.SelfSignature.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, config) })
	}
	for _, sub := range e.Subkeys {
		renew(sub.Sig, func() error { return sub.Sig.SignKey(sub.PublicKey, e.PrivateKey, config) })
	}
	renewed = file()
	must(t, e.RevokeKey(packet.KeyCompromised, "lost", config))
	return expired, renewed, file()
}

// A renewed key is taken from the folder, and so is word that it is revoked; whatever else lies there changes nothing.
func TestCopiesInTheFolderCount(t *testing.T) {
	const address = "hone@police.example.nz"
	expired, renewed, revoked := copiesOf(t, address)
	_, elses, _ := copiesOf(t, address)
	fpr, err := seal.Fingerprint(expired)
	must(t, err)
	dir := newDir(t)
	write(t, dir, "keys/hone.asc", string(expired))
	write(t, dir, nzl, "recipients:\n- address: "+address+"\n  key: keys/hone.asc\n  fingerprint: "+fpr+"\n  max_tlp: TLP:RED\n")
	l := NewLists(dir)
	now := time.Now()
	l.now = func() time.Time { return now }
	expect := func(when, want string) {
		t.Helper()
		now = now.Add(keysEvery)
		if got := states(t, l, time.Now()); !strings.HasSuffix(got, " "+want) {
			t.Errorf("%s: %s", when, got)
		}
		if got := states(t, NewLists(dir), time.Now()); !strings.HasSuffix(got, " "+want) {
			t.Errorf("%s, started anew: %s", when, got)
		}
	}
	drop := func(name string, data []byte) { write(t, dir, filepath.Join(keysFolder, name), string(data)) }
	expect("expired", seal.Unfit)
	drop("else.asc", elses)
	drop("notes.txt", renewed)
	drop("broken.asc", renewed[:100])
	expect("beside another's", seal.Unfit)
	drop("from-hone.pgp", renewed)
	expect("renewed", seal.Fit)
	list, err := l.Recipients(pipeline.NZL)
	must(t, err)
	if copies := l.Certificates(list.All()[0]); len(copies) != 2 {
		t.Errorf("%d copies", len(copies))
	}
	must(t, l.Keep(list.All()[0]))
	expect("kept", seal.Fit)
	drop("from-hone.pgp", elses) // written over in place by another's
	expect("written over", seal.Unfit)
	drop("from-hone.pgp", renewed)
	expect("renewed again", seal.Fit)
	drop("revocation.gpg", revoked)
	expect("revoked", seal.Unfit)
}

// A certificate of version 6 has a longer fingerprint, and is kept and found like any other.
func TestCertificateOfVersion6IsListedAndKept(t *testing.T) {
	const address = "tane@police.example.nz"
	e, err := openpgp.NewEntity("Tane", "", address, &packet.Config{V6Keys: true, Algorithm: packet.PubKeyAlgoEd25519})
	must(t, err)
	var key bytes.Buffer
	must(t, e.Serialize(&key))
	fpr, err := seal.Fingerprint(key.Bytes())
	must(t, err)
	dir := newDir(t)
	must(t, AddRecipient(dir, pipeline.Recipient{Nation: pipeline.NZL, Address: address, Fingerprint: fpr, MaxTLP: "TLP:RED"}, key.Bytes()))
	l := NewLists(dir)
	if got := states(t, l, time.Now()); !strings.HasSuffix(got, " "+seal.Fit) {
		t.Errorf("listed: %s", got)
	}
	must(t, RemoveRecipient(dir, pipeline.NZL, address))
	if file, err := l.Former(pipeline.NZL, fpr); err != nil {
		t.Errorf("removed: %q, %v", file, err)
	}
}
