package seal

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"pgregory.net/rapid"
)

// Several files of one certificate say together what each says.
func TestCopiesOfOneCertificate(t *testing.T) {
	later := made.AddDate(0, 6, 0)
	enc, second := onCurve25519(made), onCurve25519(later)
	base := newMint(made)
	another := func() *mint { return &mint{secret: base.secret, primary: base.primary} }
	start := func() *mint { return another().packet(tagPublicKey, base.primary) }
	usual := func(lifetime time.Duration) *mint {
		return start().user(uid, created(made), keyEnds(lifetime)).sub(enc, created(made), flags(messages))
	}
	ended, renewed := usual(30*wholeDay).file(), start().user(uid, created(later), keyEnds(9*365*wholeDay)).sub(enc, created(later), flags(messages)).file()
	old := usual(0).file()
	revokedAll := start().signed(packet.SigTypeKeyRevocation, nil, created(later), because(3)).file()
	revokedSubkey := start().sub(enc, created(made), flags(messages)).signed(packet.SigTypeSubkeyRevocation, framedKey(enc), created(later), because(1)).file()
	newSubkey := usual(0).sub(second, created(later), flags(messages)).file()
	revokedUser := start().packet(tagUserID, []byte(uid)).signed(packet.SigTypeCertificationRevocation, framedUser(uid), created(later), because(32)).file()
	newAddress := usual(0).user("Reader <new@police.example>", created(later)).file()
	tests := []struct {
		name    string
		copies  [][]byte
		address string
		state   string
		reason  string
		key     []byte
	}{
		{"ended alone", [][]byte{ended}, "", Unfit, "expired on", nil},
		{"ended and renewed", [][]byte{ended, renewed}, "", Fit, "", enc},
		{"the same twice", [][]byte{old, old}, "", Fit, "", enc},
		{"revoked in one", [][]byte{old, revokedAll}, "", Unfit, "was revoked on", nil},
		{"subkey revoked in one", [][]byte{old, revokedSubkey}, "", Unfit, "revoked on", nil},
		{"subkey revoked in one, another in the third", [][]byte{old, revokedSubkey, newSubkey}, "", Fit, "", second},
		{"user id revoked in one", [][]byte{old, revokedUser}, "", Unfit, "no valid user id: revoked", nil},
		{"new subkey in one", [][]byte{old, newSubkey}, "", Fit, "", second},
		{"new address in one", [][]byte{old, newAddress}, "new@police.example", Fit, "", enc},
		{"armored and not", [][]byte{old, armoredAs(t, "PGP PUBLIC KEY BLOCK", newSubkey)}, "", Fit, "", second},
		{"of different certificates", [][]byte{old, newMint(made).usual().file()}, "", Unfit, "different certificates", nil},
		{"one is damaged", [][]byte{old, newSubkey[:len(newSubkey)-1]}, "", Unfit, "damaged", nil},
		{"one is private", [][]byte{old, generated(t, "R", "r@police.example").secret}, "", Unfit, "is a private key", nil},
		{"none", nil, "", Unfit, "has no file", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			eachOrder(tt.copies, func(copies [][]byte) {
				j := Judge(copies, tt.address, now)
				if j.State != tt.state || !strings.Contains(strings.Join(j.Reasons, "; "), tt.reason) {
					t.Errorf("got %s %q, want %s with %q", j.State, j.Reasons, tt.state, tt.reason)
				}
				if (j.Key == nil) != (tt.key == nil) || j.Key != nil && j.Key.encryption != string(tt.key) {
					t.Errorf("another subkey is chosen")
				}
			})
		})
	}
}

// Two statements of the same second that contradict each other: one of them counts, whatever the order.
func TestCopiesOfTheSameSecond(t *testing.T) {
	base, enc := newMint(made), onCurve25519(made)
	var copies [][]byte
	for _, use := range []byte{messages, 0, storage, messages | storage} {
		m := &mint{secret: base.secret, primary: base.primary}
		copies = append(copies, m.packet(tagPublicKey, base.primary).user(uid, created(made)).sub(enc, created(made), flags(use)).file())
	}
	want := Judge(copies, "", now)
	eachOrder(copies, func(copies [][]byte) {
		if got := Judge(copies, "", now); !reflect.DeepEqual(got, want) {
			t.Errorf("%v in one order, %v in another", want, got)
		}
	})
}

func eachOrder(copies [][]byte, do func([][]byte)) {
	do(copies)
	for n := 1; n < len(copies); n++ {
		do(append(append([][]byte{}, copies[n:]...), copies[:n]...))
	}
	if len(copies) > 1 {
		do(append([][]byte{copies[1], copies[0]}, copies[2:]...))
	}
}

// statement is something that a key's owner says of it.
type statement func(*mint)

// statements draws what an owner has said over the years, each thing at an instant of its own.
func statements(t *rapid.T) []statement {
	subkeys := [][]byte{onCurve25519(made), onCurve25519(made.Add(40 * wholeDay))}
	users := []string{uid, "Other <other@police.example>"}
	var all []statement
	for _, day := range rapid.SliceOfNDistinct(rapid.IntRange(-20, 400), 1, 9, rapid.ID).Draw(t, "days") {
		at := created(made.Add(time.Duration(day) * wholeDay))
		end := time.Duration(rapid.IntRange(0, 500).Draw(t, "end")) * wholeDay
		limit := rapid.SampledFrom([]subpacket{keyEnds(end), signatureEnds(end), sub(99)}).Draw(t, "limit")
		user := rapid.SampledFrom(users).Draw(t, "user")
		subkey := rapid.SampledFrom(subkeys).Draw(t, "subkey")
		why := because(rapid.SampledFrom([]byte{0, 1, 2, 3, 32}).Draw(t, "why"))
		use := flags(rapid.SampledFrom([]byte{messages, messages | storage, storage, 0}).Draw(t, "use"))
		all = append(all, rapid.SampledFrom([]statement{
			func(m *mint) { m.user(user, at, limit) },
			func(m *mint) { m.user(user, at, limit) },
			func(m *mint) { m.sub(subkey, at, limit, use) },
			func(m *mint) { m.sub(subkey, at, limit, flags(messages)) },
			func(m *mint) { m.signed(packet.SigTypeDirectSignature, nil, at, limit) },
			func(m *mint) { m.signed(packet.SigTypeKeyRevocation, nil, at, why, limit) },
			func(m *mint) {
				m.packet(tagUserID, []byte(user)).signed(packet.SigTypeCertificationRevocation, framedUser(user), at, why, limit)
			},
			func(m *mint) {
				m.packet(tagPublicSubkey, subkey).signed(packet.SigTypeSubkeyRevocation, framedKey(subkey), at, why, limit)
			},
		}).Draw(t, "statement"))
	}
	return all
}

// However an owner's statements are spread over files, and in whatever order these come, the verdict
// is one; and it holds as long as it says.
func TestCopiesTogether(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := statements(t)
		base, enc := newMint(made), onCurve25519(made)
		start := func() *mint {
			m := &mint{secret: base.secret, primary: base.primary}
			return m.packet(tagPublicKey, base.primary).user(uid, created(made)).sub(enc, created(made), flags(messages))
		}
		mints := []*mint{start(), start(), start()}
		whole := start()
		for _, say := range all {
			say(whole)
			say(mints[rapid.IntRange(0, 2).Draw(t, "file")])
		}
		at := made.Add(time.Duration(rapid.Int64Range(-int64(30*wholeDay), int64(900*wholeDay)).Draw(t, "at")))
		copies := [][]byte{mints[0].file(), mints[1].file(), mints[2].file()}
		want := Judge(copies, "other@police.example", at)
		eachOrder(copies, func(copies [][]byte) {
			if got := Judge(copies, "other@police.example", at); !reflect.DeepEqual(got, want) {
				t.Fatalf("%v in another order, %v in this", got, want)
			}
		})
		one := Judge([][]byte{whole.file()}, "other@police.example", at)
		if one.State != want.State || !reflect.DeepEqual(one.Key, want.Key) || !one.Expires.Equal(want.Expires) || !one.From.Equal(want.From) || !one.Until.Equal(want.Until) {
			t.Fatalf("%v in one file, %v in several", one, want)
		}
		c, err := readCertificate(copies...)
		if err != nil {
			t.Fatal(err)
		}
		holdsWithin(t, c, "other@police.example", at)
	})
}
