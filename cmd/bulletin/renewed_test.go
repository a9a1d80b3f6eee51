package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/seal"
	"bulletin/workers/desk"
)

// lives are an expired certificate for an address, the same renewed, and the same revoked.
func lives(t *testing.T, address string) (expired, renewed, revoked []byte) {
	t.Helper()
	made := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	config := &packet.Config{Time: func() time.Time { return made }, KeyLifetimeSecs: 24 * 3600, Algorithm: packet.PubKeyAlgoEdDSA, Curve: packet.Curve25519}
	e, err := openpgp.NewEntity("R", "", address, config)
	file := func() []byte {
		var b bytes.Buffer
		if err == nil {
			err = e.Serialize(&b)
		}
		if err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	expired = file()
	lifetime := uint32(400 * 24 * 3600)
	id := e.PrimaryIdentity()
	id.SelfSignature.CreationTime, id.SelfSignature.KeyLifetimeSecs = made.Add(30*time.Hour), &lifetime
	if err = id.SelfSignature.SignUserId(id.UserId.Id, e.PrimaryKey, e.PrivateKey, config); err == nil {
		sub := e.Subkeys[0]
		sub.Sig.CreationTime, sub.Sig.KeyLifetimeSecs = made.Add(30*time.Hour), &lifetime
		err = sub.Sig.SignKey(sub.PublicKey, e.PrivateKey, config)
	}
	renewed = file()
	err = e.RevokeKey(packet.KeyCompromised, "lost", config)
	return expired, renewed, file()
}

// A renewed key is put beside the list while the server runs, and the next bulletin reaches its owner; word that it is
// revoked is put there, and they get nothing more. Reviewers are told so beforehand.
func TestRenewedKeysAreTakenFromTheDirectory(t *testing.T) {
	const address = "late@police.nzl.example"
	expired, renewed, revoked := lives(t, address)
	fpr, err := seal.Fingerprint(expired)
	h := newHousehold(t)
	h.must(err)
	h.must(configs.AddRecipient(h.dir, pipeline.Recipient{Nation: pipeline.NZL, Address: address, Fingerprint: fpr, MaxTLP: "TLP:AMBER"}, expired))
	_, stop := startServe(t, h.dir)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	aroha := h.as("aroha")
	for i, step := range []struct {
		file, reason string
		data         []byte
	}{{"", "expired", nil}, {"from-late.pgp", "", renewed}, {"revocation.asc", "revoked", revoked}} {
		if step.file != "" {
			h.must(os.WriteFile(filepath.Join(h.dir, "configs/recipients/keys", step.file), step.data, 0o600))
		}
		id := h.submit(ctx, strings.Replace(lifeDraft, "Peer-to-peer", fmt.Sprintf("Peer-to-peer %d", i), 1))
		unreachable := min(1, len(step.reason))
		eventually(t, func() (desk.Shown, error) {
			shown, err := aroha.Show(ctx, id)
			for _, r := range shown.Reach {
				if r.Nation == pipeline.NZL && (r.Unreachable != unreachable || r.Reachable != 3-unreachable) {
					err = fmt.Errorf("foretold %+v", r)
				}
			}
			return shown, err
		})
		if unreachable > 0 {
			if _, warned := h.bulletin(0, "approve", string(id), "--as", "aroha"); !strings.Contains(warned, "1 of 3 recipients in NZL cannot be reached: "+address) {
				t.Errorf("approve says %q", warned)
			}
		} else {
			approve(ctx, t, aroha, id)
		}
		approve(ctx, t, h.as("tom"), id)
		h.reaches(ctx, id, func(s desk.Status) bool { return s.State == "delivered" })
		ledger, err := h.as("moana").Ledger(ctx, id)
		h.must(err)
		for _, n := range ledger.Nations {
			for _, o := range n.Deliveries {
				want := pipeline.StateSent
				if o.Address == address && step.reason != "" {
					want = pipeline.StateParked
				}
				if o.State != want || want == pipeline.StateParked && !strings.Contains(o.Reason, step.reason) {
					t.Errorf("step %d: %+v", i, o)
				}
			}
		}
	}
	if printed, err := stop(); err != nil {
		t.Errorf("%v\n%s", err, printed)
	}
}
