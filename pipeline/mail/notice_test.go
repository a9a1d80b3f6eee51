package mail

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

func testNotice(m NoticeMatter) Notice {
	h := testHeader()
	h.List, h.Person, h.MessageID = "", "aroha@police.example.nz", NoticeID([]byte("key"), "notice.x", "bulletin.example")
	return Notice{Header: h, Matter: m, Facts: NoticeFacts{
		Name: "aroha", ID: testRef.ID, Revision: 2, Precedence: pipeline.Flash, Waited: 12 * time.Minute, Stage: "plan", Nation: pipeline.NZL, Unreached: 2,
		Ending: []Ending{{Within: "7 days", Who: []EndingKey{{"duty@police.example.nz", testDate.Add(72 * time.Hour)}}}}, Unfit: 3, Desk: testDate.Add(200 * time.Hour),
	}}
}

// TestNoticesAreReadByPeople opens every notice as its reader's mail program does.
func TestNoticesAreReadByPeople(t *testing.T) {
	now := time.Now()
	deskSecret, deskCert, err := seal.GenerateKey("Bulletin desk", testFrom.Address, now.Add(-time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := seal.LoadSigner(deskSecret, nil)
	if err != nil {
		t.Fatal(err)
	}
	secret, public, err := seal.GenerateKey("aroha", "aroha@police.example.nz", now.Add(-time.Hour), 0)
	if err != nil {
		t.Fatal(err)
	}
	for matter, want := range map[NoticeMatter][2]string{
		Waiting:   {"FLASH: a bulletin waits for your review", "bulletin claim " + string(testRef.ID)},
		Unclaimed: {"FLASH: nobody has taken a bulletin for 12 minutes", "bulletin show " + string(testRef.ID)},
		Returned:  {"Your bulletin was returned", "bulletin revise " + string(testRef.ID)},
		Parked:    {"A bulletin stands still", "plan, edition of NZL"},
		Unreached: {"2 recipients of NZL did not get a bulletin", "bulletin status " + string(testRef.ID) + " --recipients"},
		Keys:      {"Keys of NZL are about to expire", "duty@police.example.nz  ends 2026-11-25"},
	} {
		n := testNotice(matter)
		inner, err := ComposeNotice(n)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := signer.Seal(inner, now)
		if err != nil {
			t.Fatal(err)
		}
		key := seal.Examine(public, "", now).Key
		a, err := sealed.For(key)
		if err != nil {
			t.Fatal(err)
		}
		e, err := NewEnvelope(n.Header)
		if err != nil {
			t.Fatal(err)
		}
		message := e.Message(a.Head, a.Body, a.Foot)
		g := NewGate(testFrom, seal.KeyPacketIDs)
		if err := g.RegisterNotice(sealed, n.MessageID, n.Person); err != nil {
			t.Fatal(err)
		}
		if err := g.CheckNotice(n.MessageID, message, Recipient{Address: n.Person, Key: key}); err != nil {
			t.Errorf("%s: %v", matter, err)
		}
		if outside := string(wire(t, message)); strings.Contains(outside, "review") || !strings.Contains(outside, "Subject: [...]") {
			t.Errorf("%s: outside stands\n%.500s", matter, outside)
		}
		r := newMailReader(t, signer.Fingerprint(), secret, deskCert)
		s := r.open(t, wire(t, message))
		if s.subject != want[0] || s.decrypted != "full" || len(s.signatures) != 1 || !strings.HasPrefix(s.signatures[0], "good") || !strings.Contains(s.text, want[1]) {
			t.Errorf("%s is read as %q (%s, %v)\n%s", matter, s.subject, s.decrypted, s.signatures, s.text)
		}
		for line := range strings.SplitSeq(s.text, "\n") {
			if len(line) > 80 {
				t.Errorf("%s: a long line: %s", matter, line)
			}
		}
		if testing.Verbose() {
			t.Logf("Subject: %s\n\n%s", s.subject, s.text)
		}
	}
}

func TestNoticesAreRefused(t *testing.T) {
	for name, change := range map[string]func(*Notice){
		"to nobody":       func(n *Notice) { n.Person = "" },
		"to a list too":   func(n *Notice) { n.List = "NZL recipients" },
		"another header":  func(n *Notice) { n.Person = "a@b.example\r\nBcc: c@d.example" },
		"unknown matter":  func(n *Notice) { n.Matter = "rumour" },
		"no date":         func(n *Notice) { n.Date = time.Time{} },
		"message-id":      func(n *Notice) { n.MessageID = "<x@y>" },
		"the mail's foot": func(n *Notice) { n.Matter = "foot" },
	} {
		n := testNotice(Waiting)
		change(&n)
		if b, err := ComposeNotice(n); err == nil {
			t.Errorf("%s: composed\n%s", name, b)
		}
	}
}

// TestGateKnowsWhomANoticeIsFor: a notice passes to one person, and is no edition; an edition is no notice.
func TestGateKnowsWhomANoticeIsFor(t *testing.T) {
	g, nzl, _ := gateWith(t)
	n, sealed := testNotice(Waiting), sealedAs("a notice")
	if err := g.RegisterNotice(sealed, n.MessageID, n.Person); err != nil {
		t.Fatal(err)
	}
	e, err := NewEnvelope(n.Header)
	if err != nil {
		t.Fatal(err)
	}
	m := e.Message(armorHead(7), sealed[0], armorFoot)
	to := Recipient{Nation: pipeline.NZL, Address: n.Person, Key: fakeKey(7)}
	if err := g.CheckNotice(n.MessageID, m, to); err != nil {
		t.Fatal(err)
	}
	other := to
	other.Address = "tom@police.example.uk"
	refusedFor(t, g.CheckNotice(n.MessageID, m, other), "not sealed for")
	refusedFor(t, g.CheckNotice("<x>", m, to), "not sealed for")
	refusedFor(t, g.Check(testRef, m, to), "not sealed for")
	refusedFor(t, g.CheckNotice(n.MessageID, testMessage(t, nzl[0]), to), "not sealed for")
	edition := Message{Head: testMessage(t, sealed[0]).Head, Body: m.Body, Foot: m.Foot} // to the list
	refusedFor(t, g.CheckNotice(n.MessageID, edition, to), "field To")
	wrong := to
	wrong.Key = fakeKey(8)
	refusedFor(t, g.CheckNotice(n.MessageID, m, wrong), "not for the recipient's pinned key")
	if err := g.RegisterNotice(fakeSealed{bytes.Clone(nzl[0]), nzl[1], nzl[2]}, n.MessageID, n.Person); err == nil {
		t.Error("an edition's ciphertext was registered as a notice")
	}
	g.ForgetNotice(n.MessageID, n.Person)
	refusedFor(t, g.CheckNotice(n.MessageID, m, to), "not sealed for")
}
