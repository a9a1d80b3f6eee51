package mail

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"bulletin/pipeline"
)

const secret = "the portion that must not be seen"

// gateWith returns a gate that knows one sealed edition for NZL and one for GBR.
func gateWith(t *testing.T) (g *Gate, nzl, gbr fakeSealed) {
	t.Helper()
	g = NewGate(testFrom, fakeIDs)
	nzl, gbr = sealedAs("for New Zealand"), sealedAs("for the United Kingdom")
	if err := errors.Join(g.Register(nzl, testRef, pipeline.NZL), g.Register(gbr, testRef, pipeline.GBR)); err != nil {
		t.Fatal(err)
	}
	return g, nzl, gbr
}

func toNZL() Recipient {
	return Recipient{Nation: pipeline.NZL, Address: "officer@police.example.nz", Key: fakeKey(7)}
}

func TestGateLetsTheRightMailPass(t *testing.T) {
	g, nzl, _ := gateWith(t)
	for i, body := range nzl {
		if err := g.Check(testRef, testMessage(t, body), toNZL()); err != nil {
			t.Errorf("variant %d: %v", i, err)
		}
		if err := g.Check(testRef, testMessage(t, bytes.Clone(body)), toNZL()); err != nil {
			t.Errorf("variant %d, read back from elsewhere: %v", i, err)
		}
	}
}

// A sender's name may be long enough to fold, or need encoded words.
func TestGateReadsFoldedSenders(t *testing.T) {
	for _, name := range []string{"", strings.Repeat("Unit ", 19) + "X", strings.Repeat("Ngā Pirihimana ", 6) + "o"} {
		h := testHeader()
		h.From.Name = name
		e, err := NewEnvelope(h)
		if err != nil {
			t.Fatal(err)
		}
		g, sealed := NewGate(h.From, fakeIDs), sealedAs("x")
		if err := g.Register(sealed, testRef, pipeline.NZL); err != nil {
			t.Fatal(err)
		}
		if err := g.Check(testRef, e.Message(armorHead(7), sealed[0], armorFoot), toNZL()); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestGateRefusesAttacks(t *testing.T) {
	edit := func(old, new string) func(*Message) {
		return func(m *Message) {
			if !bytes.Contains(m.Head, []byte(old)) {
				panic("head lacks " + old)
			}
			m.Head = bytes.Replace(m.Head, []byte(old), []byte(new), 1)
		}
	}
	tests := map[string]struct {
		attack func(*Message)
		says   string
	}{
		"one byte of the body": {func(m *Message) { m.Body = bytes.Clone(m.Body); m.Body[9] ^= 1 }, "not sealed for"},
		"body cut short":       {func(m *Message) { m.Body = m.Body[:len(m.Body)-66] }, "not sealed for"},
		"body in clear":        {func(m *Message) { m.Body = []byte(secret + "\r\n") }, "not sealed for"},
		"no body":              {func(m *Message) { m.Body = nil }, "not sealed for"},

		"second key packet": {func(m *Message) { m.Head = bytes.Replace(m.Head, armorHead(7), armorHead(7, 8), 1) }, "2 key packets"},
		"another's key":     {func(m *Message) { m.Head = bytes.Replace(m.Head, armorHead(7), armorHead(8), 1) }, "not for the recipient's pinned key"},
		"no key packet":     {func(m *Message) { m.Head = bytes.Replace(m.Head, armorHead(7), []byte(armorBegin), 1) }, "not armored"},
		"other packets":     {func(m *Message) { m.Head = append(m.Head, "AAAA\r\n"...) }, "cannot be read"},

		"clear text for armor":   {func(m *Message) { m.Head = bytes.Replace(m.Head, armorHead(7), []byte(secret+"\r\n"), 1) }, "does not begin as an armored"},
		"clear text after armor": {func(m *Message) { m.Head = append(m.Head, secret+"\r\n"...) }, "not armored"},
		"comment in the armor":   {edit("MESSAGE-----\r\n\r\n", "MESSAGE-----\r\nComment: "+secret+"\r\n\r\n"), "does not begin as an armored"},
		"plaintext part":         {edit("Version: 1\r\n\r\n", "Version: 1\r\n\r\n--=_x\r\nContent-Type: text/plain\r\n\r\n"+secret+"\r\n"), "two parts"},
		"preamble":               {edit("boundary=\"=_", "boundary=\"=_0"), "Content-Type"},
		"text in the first part": {edit("Version: 1\r\n\r\n", "Version: 1\r\n"+secret+"\r\n\r\n"), "two parts"},
		"plaintext part at end":  {func(m *Message) { m.Foot = append(m.Foot, secret+"\r\n"...) }, "does not end"},
		"part before the end": {func(m *Message) {
			m.Foot = bytes.Replace(m.Foot, []byte("\r\n\r\n--"), []byte("\r\n"+secret+"\r\n--"), 1)
		}, "does not end"},
		"no checksum":             {func(m *Message) { m.Foot = m.Foot[7:] }, "checksum"},
		"checksum that is not":    {func(m *Message) { copy(m.Foot, "=\r\n.\r") }, "checksum"},
		"empty foot":              {func(m *Message) { m.Foot = nil }, "checksum"},
		"multipart/mixed instead": {edit("multipart/encrypted", "multipart/mixed"), "Content-Type"},

		"subject in clear":     {edit("Subject: [...]", "Subject: "+secret), "Subject"},
		"header injected":      {edit("MIME-Version", "X-Note: "+secret+"\r\nMIME-Version"), "seven fields"},
		"Bcc injected":         {edit("Subject: [...]\r\n", "Subject: [...]\r\nBcc: spy@evil.example\r\n"), "seven fields"},
		"folded into a field":  {edit("Subject: [...]\r\n", "Subject: [...]\r\n "+secret+"\r\n"), "Subject"},
		"bare LF in a field":   {edit("Subject: [...]\r\n", "Subject: [...]\nBcc: spy@evil.example\r\n"), "Subject"},
		"tab folding":          {edit("Date: ", "Date:\r\n\t"), "fields"},
		"address in the group": {edit("NZL recipients:;", "NZL recipients: officer@police.example.nz;"), "To"},
		"address for a group":  {edit("NZL recipients:;", "officer@police.example.nz"), "To"},
		"another sender":       {edit("desk@bulletin.example", "desk@evil.example"), "From"},
		"comment in the date":  {edit("+0000", "+0000 (secret)"), "Date"},
		"message-id of others": {edit("Message-ID: <", "Message-ID: <x"), "Message-ID"},
		"no header":            {func(m *Message) { m.Head = armorHead(7) }, "seven fields"},
		"nothing":              {func(m *Message) { m.Head = nil }, "no header block"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			g, nzl, _ := gateWith(t)
			for range 2 { // before a mail of the same list has passed, and after
				m := testMessage(t, nzl[0])
				tt.attack(&m)
				refusedFor(t, g.Check(testRef, m, toNZL()), tt.says)
				if err := g.Check(testRef, testMessage(t, nzl[0]), toNZL()); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func refusedFor(t *testing.T, err error, says string) {
	t.Helper()
	var leak *LeakError
	if !errors.As(err, &leak) || !strings.Contains(leak.Reason, says) {
		t.Fatalf("got %v, want a LeakError that says %q", err, says)
	}
	if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "portion") || strings.Contains(err.Error(), "@") {
		t.Errorf("the error holds content: %v", err)
	}
}

func TestGateKnowsWhomAnEditionIsFor(t *testing.T) {
	g, nzl, gbr := gateWith(t)
	m := testMessage(t, nzl[0])
	refusedFor(t, g.Check(testRef, testMessage(t, gbr[0]), toNZL()), "not sealed for this bulletin and nation")
	refusedFor(t, g.Check(pipeline.Ref{ID: testRef.ID, Revision: 2}, m, toNZL()), "not sealed for")
	refusedFor(t, g.Check(pipeline.Ref{ID: "bzzzzzzzzzzzz", Revision: 1}, m, toNZL()), "not sealed for")
	british := toNZL()
	british.Nation = pipeline.GBR
	refusedFor(t, g.Check(testRef, m, british), "not sealed for")
	keyless := toNZL()
	keyless.Key = nil
	refusedFor(t, g.Check(testRef, m, keyless), "no key is pinned")
	injected := toNZL()
	injected.Address = "a@b.example>\r\nRCPT TO:<c@d.example"
	refusedFor(t, g.Check(testRef, m, injected), "address is not usable")
	refusedFor(t, NewGate(testFrom, fakeIDs).Check(testRef, m, toNZL()), "not sealed for")
	g.Forget(testRef, pipeline.NZL)
	refusedFor(t, g.Check(testRef, m, toNZL()), "not sealed for")
}

func TestGateRegister(t *testing.T) {
	g, nzl, _ := gateWith(t)
	if err := g.Register(nzl, testRef, pipeline.USA); err == nil || !strings.Contains(err.Error(), "same ciphertext") {
		t.Errorf("the same ciphertext for a second nation: %v", err)
	}
	again := sealedAs("sealed again after a restart")
	if err := g.Register(again, testRef, pipeline.NZL); err != nil {
		t.Errorf("sealed again: %v", err)
	}
	for _, s := range []fakeSealed{nzl, again} {
		if err := g.Check(testRef, testMessage(t, s[1]), toNZL()); err != nil {
			t.Errorf("after sealing again: %v", err)
		}
	}
	for name, body := range map[string]string{
		"empty": "", "dot": "AAAA\r\n.\r\nAAAA\r\n", "bare LF": "AAAA\nAAAA\r\n", "no end": "AAAA", "clear": secret + "\r\n",
		"blank line": "AAAA\r\n\r\nAAAA\r\n", "long": strings.Repeat("A", 80) + "\r\n", "boundary": "--=_m\r\n",
	} {
		bad := sealedAs("x")
		bad[2] = []byte(body)
		if err := g.Register(bad, testRef, pipeline.AUS); err == nil {
			t.Errorf("%s: registered what is not armor", name)
		}
	}
	if err := g.Register(sealedAs("y"), testRef, "FRA"); err == nil {
		t.Error("registered for a sixth nation")
	}
}

// Whatever the head, the gate reads it without panic, and passes only what is the shape to the byte.
func FuzzGateHead(f *testing.F) {
	g := NewGate(testFrom, fakeIDs)
	sealed := sealedAs("x")
	if err := g.Register(sealed, testRef, pipeline.NZL); err != nil {
		f.Fatal(err)
	}
	good := testMessage(f, sealed[0])
	f.Add(good.Head, good.Foot)
	f.Add(append(good.Head, "x"...), good.Foot[:10])
	f.Add([]byte("\r\n\r\n"), []byte("=AAAA"))
	f.Fuzz(func(t *testing.T, head, foot []byte) {
		m := Message{Head: head, Body: sealed[0], Foot: foot}
		if g.Check(testRef, m, toNZL()) != nil {
			return
		}
		all := string(head) + string(foot)
		if strings.Count(all, "@") != 2 || !strings.Contains(all, "\r\nSubject: [...]\r\n") || !dotSafe(head) || !dotSafe(foot) {
			t.Errorf("passed: %q", all)
		}
	})
}

func BenchmarkGateCheck(b *testing.B) {
	g := NewGate(testFrom, fakeIDs)
	sealed := sealedAs(strings.Repeat("content ", 200))
	if err := g.Register(sealed, testRef, pipeline.NZL); err != nil {
		b.Fatal(err)
	}
	m, to := testMessage(b, sealed[0]), toNZL()
	b.ReportAllocs()
	for b.Loop() {
		if err := g.Check(testRef, m, to); err != nil {
			b.Fatal(err)
		}
	}
}
