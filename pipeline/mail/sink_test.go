package mail

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"bulletin/pipeline"
)

func newTestSink(t testing.TB, c SinkConfig) *Sink {
	t.Helper()
	s, err := NewSink(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A real SMTP conversation: what the sink stores is what was sent, to the byte.
func TestRelayToSink(t *testing.T) {
	dir := t.TempDir()
	sink := newTestSink(t, SinkConfig{Dir: dir})
	r := newTestRelay(t, RelayConfig{Addr: sink.Addr()})
	m := testMessage(t, sealedAs("content")[1])
	for _, to := range []string{officer, "b@police.example.uk", officer} {
		if _, err := r.Send(t.Context(), desk, to, m); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{officer + "/1.eml", officer + "/2.eml", "b@police.example.uk/1.eml"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, wire(t, m)) {
			t.Errorf("%s is not what was sent", name)
		}
	}
	if got := sink.Received(); got[officer] != 2 || got["b@police.example.uk"] != 1 || len(got) != 2 {
		t.Errorf("received %v", got)
	}
}

// The sink offers CHUNKING; many mails at once go over few connections, by BDAT and by DATA, each as it was sent.
func TestManyToSinkByEitherWay(t *testing.T) {
	for name, chunking := range map[string]bool{"BDAT": true, "DATA": false} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			sink := newTestSink(t, SinkConfig{Dir: dir, Faults: map[string]Fault{"u3@police.example.nz": {Permanent: true}, "u5@police.example.nz": {Temporary: 1}}})
			r := newTestRelay(t, RelayConfig{Addr: sink.Addr(), MaxConns: 2})
			if !chunking {
				r.config.Addr = newStripped(t, sink.Addr())
			}
			m := testMessage(t, sealedAs("content")[1])
			faults := make([]error, 40)
			var wg sync.WaitGroup
			for i := range faults {
				wg.Go(func() { _, faults[i] = r.Send(t.Context(), desk, whoever(i), m) })
			}
			wg.Wait()
			for i, err := range faults {
				got, _ := os.ReadFile(filepath.Join(dir, whoever(i), "1.eml"))
				fault := (*DeliveryError)(nil)
				switch failed := errors.As(err, &fault); {
				case failed != (i == 3 || i == 5) || failed && fault.Temporary != (i == 5):
					t.Errorf("%s: %v", whoever(i), err)
				case !failed && !bytes.Equal(got, wire(t, m)) || failed && got != nil:
					t.Errorf("%s: stored %d octets", whoever(i), len(got))
				}
			}
		})
	}
}

// newStripped is a way to a server that takes CHUNKING out of what it offers.
func newStripped(t *testing.T, server string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", server)
			if err != nil {
				near.Close()
				continue
			}
			go func() { io.Copy(far, near); far.Close() }()
			go func() {
				b := make([]byte, 64<<10)
				for {
					n, err := far.Read(b)
					if err != nil {
						near.Close()
						return
					}
					near.Write(bytes.ReplaceAll(b[:n], []byte("CHUNKING"), []byte("CHUMMING")))
				}
			}()
		}
	}()
	t.Cleanup(func() { l.Close() })
	return l.Addr().String()
}

func TestSinkFailsOnPurpose(t *testing.T) {
	dir := t.TempDir()
	sink := newTestSink(t, SinkConfig{Dir: dir, Faults: map[string]Fault{
		"later@police.example.nz": {Temporary: 2},
		"never@police.example.nz": {Permanent: true},
	}})
	r := newTestRelay(t, RelayConfig{Addr: sink.Addr()})
	attempt := func(to string) *DeliveryError {
		_, err := r.Send(t.Context(), desk, to, plainMail)
		var fault *DeliveryError
		if err != nil && !errors.As(err, &fault) {
			t.Fatal(err)
		}
		return fault
	}
	for range 2 {
		compare(t, attempt("later@police.example.nz"), DeliveryError{Stage: StageRcpt, Code: 450, Enhanced: "4.2.1", Temporary: true})
		compare(t, attempt("never@police.example.nz"), DeliveryError{Stage: StageRcpt, Code: 550, Enhanced: "5.1.1"})
	}
	if fault := attempt("later@police.example.nz"); fault != nil {
		t.Errorf("third attempt: %v", fault)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != "later@police.example.nz" {
		t.Errorf("stored %v (%v)", entries, err)
	}
	if got := sink.Refused(); got["later@police.example.nz"] != 2 || got["never@police.example.nz"] != 2 {
		t.Errorf("refused %v", got)
	}
}

func TestSinkThatCannotStoreDoesNotTakeMail(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file, no folder")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sink := newTestSink(t, SinkConfig{Dir: file})
	_, fault := send(t, newTestRelay(t, RelayConfig{Addr: sink.Addr()}), plainMail)
	compare(t, fault, DeliveryError{Stage: StageDot, Code: 451, Enhanced: "4.3.0", Temporary: true})
}

func TestOutboxRepeatReplacesTheFile(t *testing.T) {
	o := Outbox{Dir: filepath.Join(t.TempDir(), "new", "outbox")}
	m := testMessage(t, sealedAs("content")[0])
	h := testHeader()
	h.MessageID = MessageID([]byte("key"), testRef, pipeline.GBR, "bulletin.example")
	e, err := NewEnvelope(h)
	if err != nil {
		t.Fatal(err)
	}
	other := e.Message(armorHead(7), sealedAs("other")[0], armorFoot)
	var names []string
	for _, mail := range []struct {
		to string
		m  Message
	}{{officer, m}, {officer, m}, {officer, other}, {"b@police.example.nz", m}} {
		name, err := o.Send(t.Context(), desk, mail.to, mail.m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(o.Dir, name))
		if err != nil || !bytes.Equal(got, wire(t, mail.m)) {
			t.Errorf("%s is not what was sent (%v)", name, err)
		}
		names = append(names, name)
	}
	if names[0] != names[1] {
		t.Errorf("a repeat made a second file: %s and %s", names[0], names[1])
	}
	slices.Sort(names)
	entries, err := os.ReadDir(o.Dir)
	if err != nil || len(entries) != 3 || len(slices.Compact(names)) != 3 {
		t.Errorf("the outbox holds %v (%v), want three files", entries, err)
	}
}

func TestOutboxRefuses(t *testing.T) {
	o := Outbox{Dir: t.TempDir()}
	good := testMessage(t, sealedAs("content")[0])
	if _, err := o.Send(t.Context(), desk, "../x@y\r\n", good); err == nil {
		t.Error("wrote for a bad address")
	}
	if _, err := o.Send(t.Context(), desk, officer, plainMail); err == nil {
		t.Error("wrote a mail without a message-id")
	}
	if entries, err := os.ReadDir(o.Dir); err != nil || len(entries) != 0 {
		t.Errorf("the outbox holds %v (%v)", entries, err)
	}
	blocked := Outbox{Dir: filepath.Join(o.Dir, "file")}
	if err := os.WriteFile(blocked.Dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := blocked.Send(t.Context(), desk, officer, good)
	var fault *DeliveryError
	if !errors.As(err, &fault) {
		t.Fatalf("got %v", err)
	}
	compare(t, fault, DeliveryError{Stage: StageData, Temporary: true})
}
