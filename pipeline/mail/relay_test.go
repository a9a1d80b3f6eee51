package mail

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	desk    = "desk@bulletin.example"
	officer = "officer@police.example.nz"
)

func newTestRelay(t testing.TB, c RelayConfig) *Relay {
	t.Helper()
	c.Hello = "desk.bulletin.example"
	r, err := NewRelay(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func send(t *testing.T, r *Relay, m Message) (string, *DeliveryError) {
	t.Helper()
	rep, err := r.Send(t.Context(), desk, officer, m)
	var fault *DeliveryError
	if err != nil && !errors.As(err, &fault) {
		t.Fatalf("not a DeliveryError: %v", err)
	}
	return rep, fault
}

var plainMail = Message{Head: []byte("Subject: [...]\r\n\r\n"), Body: []byte("body\r\n"), Foot: []byte("foot\r\n")}

const noPipelining = "250-peer\r\n250 SIZE 100000"

func TestRelayReportsEachFault(t *testing.T) {
	tests := map[string]struct {
		script map[string]string
		want   DeliveryError
	}{
		"no greeting":         {map[string]string{"greeting": "drop"}, DeliveryError{Stage: StageConnect, Temporary: true}},
		"greeting refused":    {map[string]string{"greeting": "554 5.3.2 not today"}, DeliveryError{Stage: StageConnect, Code: 554, Enhanced: "5.3.2", Temporary: true}},
		"greeting not SMTP":   {map[string]string{"greeting": "SSH-2.0-x"}, DeliveryError{Stage: StageConnect, Temporary: true}},
		"greeting too long":   {map[string]string{"greeting": "220 " + strings.Repeat("x", 9000)}, DeliveryError{Stage: StageConnect, Temporary: true}},
		"too many lines":      {map[string]string{"greeting": strings.Repeat("220-x\r\n", 200)}, DeliveryError{Stage: StageConnect, Temporary: true}},
		"codes change":        {map[string]string{"greeting": "220-x\r\n554 y"}, DeliveryError{Stage: StageConnect, Temporary: true}},
		"EHLO refused":        {map[string]string{"EHLO": "550 5.7.1 go away", "HELO": "550 5.7.1 go away"}, DeliveryError{Stage: StageConnect, Code: 550, Enhanced: "5.7.1", Temporary: true}},
		"sender refused":      {map[string]string{"MAIL": "550 5.7.1 not you"}, DeliveryError{Stage: StageMail, Code: 550, Enhanced: "5.7.1", Temporary: true}},
		"sender deferred":     {map[string]string{"MAIL": "451 4.7.1 slow down"}, DeliveryError{Stage: StageMail, Code: 451, Enhanced: "4.7.1", Temporary: true}},
		"TLS or AUTH wanted":  {map[string]string{"MAIL": "530 5.7.0 authenticate first"}, DeliveryError{Stage: StageMail, Code: 530, Enhanced: "5.7.0", Temporary: true}},
		"out of order":        {map[string]string{"RCPT": "503 5.5.1 need MAIL", "DATA": "503 5.5.1 need RCPT"}, DeliveryError{Stage: StageRcpt, Code: 503, Enhanced: "5.5.1", Temporary: true}},
		"no such mailbox":     {map[string]string{"RCPT": "550 5.1.1 no such officer", "DATA": "554 no valid recipients"}, DeliveryError{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1"}},
		"mailbox full":        {map[string]string{"RCPT": "452 4.2.2 full", "DATA": "554 no valid recipients"}, DeliveryError{Stage: StageRcpt, Code: 452, Enhanced: "4.2.2", Temporary: true}},
		"drop after refusal":  {map[string]string{"RCPT": "550 5.1.1 no", "DATA": "drop"}, DeliveryError{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1"}},
		"354 after refusal":   {map[string]string{"RCPT": "550 5.1.1 no"}, DeliveryError{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1"}},
		"shutting down":       {map[string]string{"RCPT": "421 4.3.2 shutting down"}, DeliveryError{Stage: StageRcpt, Code: 421, Enhanced: "4.3.2", Temporary: true}},
		"drop at MAIL":        {map[string]string{"MAIL": "drop"}, DeliveryError{Stage: StageMail, Temporary: true}},
		"drop at RCPT":        {map[string]string{"RCPT": "drop"}, DeliveryError{Stage: StageRcpt, Temporary: true}},
		"drop at DATA":        {map[string]string{"DATA": "drop"}, DeliveryError{Stage: StageData, Temporary: true}},
		"DATA refused":        {map[string]string{"DATA": "554 5.5.1 no"}, DeliveryError{Stage: StageData, Code: 554, Enhanced: "5.5.1"}},
		"DATA accepted oddly": {map[string]string{"DATA": "250 fine"}, DeliveryError{Stage: StageData, Code: 250, Temporary: true}},
		"deferred at dot":     {map[string]string{".": "451 4.3.0 disk full"}, DeliveryError{Stage: StageDot, Code: 451, Enhanced: "4.3.0", Temporary: true}},
		"refused at dot":      {map[string]string{".": "554 5.7.1 encrypted mail refused"}, DeliveryError{Stage: StageDot, Code: 554, Enhanced: "5.7.1"}},
		"421 at dot":          {map[string]string{".": "421 4.3.2 closing"}, DeliveryError{Stage: StageDot, Code: 421, Enhanced: "4.3.2", Temporary: true}},
		"drop after dot":      {map[string]string{".": "drop"}, DeliveryError{Stage: StageDot, Temporary: true, InDoubt: true}},
		"nonsense after dot":  {map[string]string{".": "hello"}, DeliveryError{Stage: StageDot, Temporary: true, InDoubt: true}},
		"354 after dot":       {map[string]string{".": "354 more"}, DeliveryError{Stage: StageDot, Temporary: true, InDoubt: true}},
	}
	for name, tt := range tests {
		for _, pipelining := range []bool{true, false} {
			t.Run(name, func(t *testing.T) {
				script := map[string]string{}
				for k, v := range tt.script {
					script[k] = v
				}
				if _, ok := script["EHLO"]; !ok && !pipelining {
					script["EHLO"] = noPipelining
				}
				r := newTestRelay(t, RelayConfig{Addr: newPeer(t, script).addr})
				_, fault := send(t, r, plainMail)
				compare(t, fault, tt.want)
			})
		}
	}
}

func compare(t *testing.T, got *DeliveryError, want DeliveryError) {
	t.Helper()
	if got == nil {
		t.Fatal("sent, but should have failed")
	}
	if got.Stage != want.Stage || got.Code != want.Code || got.Enhanced != want.Enhanced || got.Temporary != want.Temporary || got.InDoubt != want.InDoubt {
		t.Errorf("got %+v, want %+v", *got, want)
	}
	if got.Error() == "" || got.Code == 0 && got.Err == nil {
		t.Errorf("an error that does not say why: %+v", *got)
	}
}

// TestRelayHangEndsByDeadline: one dead relay must not hang a worker for ever.
func TestRelayHangEndsByDeadline(t *testing.T) {
	soon := 500 * time.Millisecond // long enough for what comes before, on a busy machine
	tests := map[string]struct {
		deadlines Deadlines
		want      DeliveryError
	}{
		"greeting": {Deadlines{Command: soon}, DeliveryError{Stage: StageConnect, Temporary: true}},
		"EHLO":     {Deadlines{Command: soon}, DeliveryError{Stage: StageConnect, Temporary: true}},
		"MAIL":     {Deadlines{Command: soon}, DeliveryError{Stage: StageMail, Temporary: true}},
		"DATA":     {Deadlines{Command: soon}, DeliveryError{Stage: StageData, Temporary: true}},
		".":        {Deadlines{Dot: soon}, DeliveryError{Stage: StageDot, Temporary: true, InDoubt: true}},
	}
	for key, tt := range tests {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			r := newTestRelay(t, RelayConfig{Addr: newPeer(t, map[string]string{key: "hang"}).addr, Deadlines: tt.deadlines})
			_, fault := send(t, r, plainMail)
			compare(t, fault, tt.want)
			if !errors.Is(fault, os.ErrDeadlineExceeded) {
				t.Errorf("did not end by its deadline: %v", fault)
			}
		})
	}
}

// bigMail is more than the kernel's buffers hold, so that writing it meets a drop or a hang.
func bigMail() Message {
	m := plainMail
	m.Body = bytes.Repeat([]byte(strings.Repeat("A", 62)+"\r\n"), 1<<18)
	return m
}

func TestRelayBreakInContentIsNotInDoubt(t *testing.T) {
	dropping := newPeer(t, map[string]string{"EHLO": "250-peer\r\n250 PIPELINING", "content": "drop"})
	for name, c := range map[string]RelayConfig{
		"drop":          {Addr: dropping.addr},
		"stops reading": {Addr: newStallingPeer(t), Deadlines: Deadlines{Block: 50 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			_, fault := send(t, newTestRelay(t, c), bigMail())
			compare(t, fault, DeliveryError{Stage: StageData, Temporary: true})
		})
	}
	if got := len(dropping.received()); got != 0 {
		t.Errorf("the peer took %d mails", got)
	}
}

// newStallingPeer takes DATA and then reads nothing, without closing.
func newStallingPeer(t *testing.T) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		c.Write([]byte("220 x\r\n"))
		command := bufio.NewReaderSize(c, 64)
		for _, answer := range []string{"250 x", "250 ok", "250 ok", "354 go"} {
			command.ReadString('\n')
			c.Write([]byte(answer + "\r\n"))
		}
		<-done
	}()
	t.Cleanup(func() { close(done); l.Close() })
	return l.Addr().String()
}

// A stale pooled connection after the relay's idle timeout must not lose or park a mail.
func TestStalePooledConnectionIsReplaced(t *testing.T) {
	for name, script := range map[string]map[string]string{
		"closed":               {},
		"closes at MAIL":       {"MAIL 2": "drop"},
		"421 at MAIL":          {"MAIL 2": "421 4.4.2 idle too long"},
		"421, no pipelining":   {"MAIL 2": "421 4.4.2 idle too long", "EHLO": noPipelining},
		"closes at RCPT":       {"RCPT 2": "drop"},
		"closes before DATA":   {"DATA 2": "drop"},
		"421 before the DATA":  {"DATA 2": "421 4.3.2 closing"},
		"closed, no piplining": {"EHLO": noPipelining},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t, script)
			r := newTestRelay(t, RelayConfig{Addr: p.addr})
			for i := range 2 {
				if i == 1 && strings.HasPrefix(name, "closed") {
					p.closeConns()
				}
				if _, fault := send(t, r, plainMail); fault != nil {
					t.Fatalf("mail %d: %v", i+1, fault)
				}
			}
			if got := len(p.received()); got != 2 {
				t.Errorf("the peer got %d mails, want 2", got)
			}
			if got := p.said("EHLO"); got != 2 {
				t.Errorf("%d connections, want 2", got)
			}
		})
	}
}

// A mail in doubt is for the ledger to repeat, never for the relay.
func TestRelayDoesNotRepeatByItself(t *testing.T) {
	p := newPeer(t, map[string]string{". 2": "drop"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	if _, fault := send(t, r, plainMail); fault != nil {
		t.Fatal(fault)
	}
	_, fault := send(t, r, plainMail)
	compare(t, fault, DeliveryError{Stage: StageDot, Temporary: true, InDoubt: true})
	if got := len(p.received()); got != 2 {
		t.Errorf("the peer got %d mails, want 2", got)
	}
}

func TestRelayReusesAndResetsConnections(t *testing.T) {
	p := newPeer(t, map[string]string{"RCPT 2": "550 5.1.1 no", "DATA 2": "554 no recipients", ". 2": "451 4.3.0 later"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	if rep, fault := send(t, r, plainMail); fault != nil || rep != "250 2.0.0 queued as 1" {
		t.Fatalf("%q, %v", rep, fault)
	}
	_, fault := send(t, r, plainMail)
	compare(t, fault, DeliveryError{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1"})
	_, fault = send(t, r, plainMail)
	compare(t, fault, DeliveryError{Stage: StageDot, Code: 451, Enhanced: "4.3.0", Temporary: true})
	if _, fault := send(t, r, plainMail); fault != nil {
		t.Fatal(fault)
	}
	if p.said("EHLO") != 1 || p.said("RSET") != 2 {
		t.Errorf("%d connections and %d RSET, want 1 and 2", p.said("EHLO"), p.said("RSET"))
	}
	for _, c := range p.received() {
		if c != string(wire(t, plainMail)) {
			t.Errorf("the peer got %q", c)
		}
	}
}

func TestRelayRefusesWhatMustNotBeSent(t *testing.T) {
	p := newPeer(t, nil)
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	with := func(change func(*Message)) Message { m := plainMail; change(&m); return m }
	tests := map[string]struct {
		from, to string
		m        Message
		says     string
	}{
		"command in from": {"a@b.example>\r\nRCPT TO:<x@y.example", officer, plainMail, "line break"},
		"command in to":   {desk, "a@b.example>\r\nDATA", plainMail, "line break"},
		"two recipients":  {desk, "a@b.example,c@d.example", plainMail, "not an address"},
		"dot in head":     {desk, officer, with(func(m *Message) { m.Head = []byte(".\r\n") }), "dot"},
		"dot in body":     {desk, officer, with(func(m *Message) { m.Body = []byte("a\r\n.\r\nQUIT\r\n") }), "dot"},
		"dot in foot":     {desk, officer, with(func(m *Message) { m.Foot = []byte("a\n.b\r\n") }), "dot"},
		"half a line":     {desk, officer, with(func(m *Message) { m.Body = []byte("a") }), "whole lines"},
		"no body":         {desk, officer, with(func(m *Message) { m.Body = nil }), "whole lines"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := r.Send(t.Context(), tt.from, tt.to, tt.m); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want it to say %q", err, tt.says)
			}
		})
	}
	if len(p.commands) != 0 {
		t.Errorf("the peer heard %q", p.commands)
	}
}

func TestRelayHeedsTheAnnouncedSize(t *testing.T) {
	p := newPeer(t, nil)
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	m := plainMail
	m.Body = bytes.Repeat([]byte("AAAAAA\r\n"), 20000)
	_, fault := send(t, r, m)
	compare(t, fault, DeliveryError{Stage: StageMail, Code: 552, Enhanced: "5.3.4"})
	if _, fault := send(t, r, plainMail); fault != nil {
		t.Errorf("the next mail: %v", fault)
	}
	if len(p.received()) != 1 || p.said("EHLO") != 1 {
		t.Errorf("%d mails over %d connections, want 1 over 1", len(p.received()), p.said("EHLO"))
	}
}

func TestRelayDialFailureIsTemporary(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, fault := send(t, newTestRelay(t, RelayConfig{Addr: l.Addr().String()}), plainMail)
	compare(t, fault, DeliveryError{Stage: StageConnect, Temporary: true})
}

func TestRelayEndsWithItsContext(t *testing.T) {
	p := newPeer(t, map[string]string{".": "hang"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 1})
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := r.Send(ctx, desk, officer, plainMail)
		failed <- err
	}()
	<-p.took // the content is there, the answer hangs
	expired, stop := context.WithTimeout(t.Context(), 0)
	defer stop()
	if _, err := r.Send(expired, desk, officer, plainMail); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waiting for a connection: %v", err)
	}
	cancel()
	var fault *DeliveryError
	if err := <-failed; !errors.As(err, &fault) || !errors.Is(err, context.Canceled) || !fault.InDoubt {
		t.Errorf("got %v, want a mail in doubt by cancellation", err)
	}
}

func TestNewRelayRefuses(t *testing.T) {
	for says, c := range map[string]RelayConfig{
		"host:port":   {Addr: "relay", Hello: "x"},
		"hello":       {Addr: "relay:25", Hello: "x\r\nMAIL"},
		"connections": {Addr: "relay:25", Hello: "x", MaxConns: -1},
		"deadlines":   {Addr: "relay:25", Hello: "x", Deadlines: Deadlines{Dot: -1}},
	} {
		if _, err := NewRelay(c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, want it to say %q", err, says)
		}
	}
}

func TestRelayIsSafeForManyAtOnce(t *testing.T) {
	p := newPeer(t, nil)
	r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 3})
	var wg sync.WaitGroup
	for range 30 {
		wg.Go(func() {
			if _, err := r.Send(t.Context(), desk, officer, plainMail); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got := len(p.received()); got != 30 {
		t.Errorf("the peer got %d mails, want 30", got)
	}
	if got := p.said("EHLO"); got > 3 {
		t.Errorf("%d connections, want at most 3", got)
	}
}

func TestReplyIsOneSafeLine(t *testing.T) {
	rep := reply{250, []string{"2.0.0 \x1b[31mok\x00", "é" + strings.Repeat("x", 500)}}
	if s := rep.String(); len(s) > 300 || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("%q", s)
	}
}

func TestCutKeepsEveryByte(t *testing.T) {
	pieces := net.Buffers{[]byte("abc"), []byte("defgh"), []byte("i")}
	var got []string
	for len(pieces) > 0 {
		now, rest := cut(pieces, 4)
		got = append(got, string(bytes.Join(now, nil)))
		pieces = rest
	}
	if strings.Join(got, "|") != "abcd|efgh|i" {
		t.Errorf("cut into %q", got)
	}
}

// A relay that refuses RSET says nothing of the mail behind it: that goes over another connection, and is not given up.
func TestRefusedRSETIsNoRefusalOfTheNextMail(t *testing.T) {
	for name, offers := range map[string]string{"pipelining": "250-peer\r\n250 PIPELINING", "none": noPipelining} {
		t.Run(name, func(t *testing.T) {
			script := map[string]string{"EHLO": offers, "RSET": "502 5.5.1 not implemented", "RCPT 1": "550 5.1.1 no"}
			if name == "pipelining" {
				script["DATA 1"] = "554 5.5.1 nobody"
			}
			p := newPeer(t, script)
			r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 1})
			if _, fault := send(t, r, plainMail); fault == nil || fault.Code != 550 {
				t.Fatalf("the first: %v", fault)
			}
			if _, fault := send(t, r, plainMail); fault != nil {
				t.Errorf("the second: %v", fault)
			}
			if got := len(p.received()); got != 1 {
				t.Errorf("%d mails came, want the second alone", got)
			}
		})
	}
}

// A reply that comes before its question is not the verdict on a mail: the content is not sent on its word.
func TestReplyBeforeTheContentIsNoVerdict(t *testing.T) {
	p := newPeer(t, map[string]string{"DATA": "354 go on\r\n250 2.0.0 queued already"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr})
	_, fault := send(t, r, plainMail)
	compare(t, fault, DeliveryError{Stage: StageData, Temporary: true})
	if got := p.received(); len(got) != 0 {
		t.Errorf("content went out: %q", got)
	}
}

// A reply too many does not make the next mail's commands the content of a mail.
func TestReplyTooManyEndsTheConnection(t *testing.T) {
	p := newPeer(t, map[string]string{"RCPT 1": "250 ok\r\n250 ok"})
	r := newTestRelay(t, RelayConfig{Addr: p.addr, MaxConns: 1, Deadlines: Deadlines{Command: 10 * time.Second}})
	_, fault := send(t, r, plainMail)
	compare(t, fault, DeliveryError{Stage: StageData, Code: 250, Temporary: true})
	if _, fault := send(t, r, plainMail); fault != nil {
		t.Errorf("the next: %v", fault)
	}
	if got := p.received(); len(got) != 1 || strings.Contains(got[0], "RCPT") {
		t.Errorf("content: %q", got)
	}
}
