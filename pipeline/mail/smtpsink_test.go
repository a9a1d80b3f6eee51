package mail

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// startSMTPSink runs Postfix's test server, which fails as its arguments say.
func startSMTPSink(t testing.TB, args ...string) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr = l.Addr().String()
	l.Close()
	if os.Getuid() == 0 { // it insists
		args = append([]string{"-u", "nobody"}, args...)
	}
	c := exec.Command("smtp-sink", append(args, addr, "100")...)
	if err := c.Start(); err != nil {
		t.Fatalf("%v: Postfix's smtp-sink is needed (apt-get install postfix)", err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	for until := time.Now().Add(10 * time.Second); ; {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			conn.Close()
			return addr
		}
		if time.Now().After(until) {
			t.Fatalf("smtp-sink %v does not listen: %v", args, err)
		}
	}
}

// TestFaultsOfSMTPSink is a server that others wrote, and each way in which it can fail on purpose.
func TestFaultsOfSMTPSink(t *testing.T) {
	soft := func(at Stage) *DeliveryError {
		return &DeliveryError{Stage: at, Code: 450, Enhanced: "4.3.0", Temporary: true}
	}
	hard := func(at Stage) *DeliveryError { return &DeliveryError{Stage: at, Code: 500, Enhanced: "5.3.0"} }
	closing := func(at Stage) *DeliveryError {
		return &DeliveryError{Stage: at, Code: 421, Enhanced: "4.0.0", Temporary: true}
	}
	for name, tt := range map[string]struct {
		args string
		want *DeliveryError
	}{
		"ok":             {"", nil},
		"no ESMTP":       {"-e", nil},
		"no pipelining":  {"-p", nil},
		"no 8BITMIME":    {"-8", nil},
		"slow recipient": {"-p -W rcpt:1", nil},
		"out of order":   {"-W rcpt:1", &DeliveryError{Stage: StageRcpt, Code: 503, Enhanced: "5.5.1", Temporary: true}}, // it answers DATA first
		"slow dot":       {"-w 1", nil},
		"soft sender":    {"-r mail", soft(StageMail)},
		"soft recipient": {"-r rcpt", soft(StageRcpt)},
		"hard recipient": {"-f rcpt", hard(StageRcpt)},
		"soft data":      {"-r data", soft(StageData)},
		"soft dot":       {"-r .", soft(StageDot)},
		"hard dot":       {"-f .", hard(StageDot)},
		"drop greeting":  {"-q connect", &DeliveryError{Stage: StageConnect, Temporary: true}},
		"drop data":      {"-q data", &DeliveryError{Stage: StageData, Temporary: true}},
		"drop dot":       {"-q .", &DeliveryError{Stage: StageDot, Temporary: true, InDoubt: true}},
		"421 greeting":   {"-Q connect", closing(StageConnect)},
		"421 recipient":  {"-Q rcpt", closing(StageRcpt)},
		"421 dot":        {"-Q .", closing(StageDot)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newTestRelay(t, RelayConfig{Addr: startSMTPSink(t, strings.Fields(tt.args)...), MaxConns: 1})
			for range 3 {
				_, fault := send(t, r, plainMail)
				if tt.want == nil && fault != nil {
					t.Fatal(fault)
				}
				if tt.want == nil {
					continue
				}
				compare(t, fault, *tt.want)
				if fault.Code == 0 || fault.Code == 421 {
					return // the next is told of the pause, not of its own fault
				}
			}
		})
	}
}

// BenchmarkRelayToSMTPSink is 16 connections into Postfix's smtp-sink, and Postfix's own smtp-source doing the same.
func BenchmarkRelayToSMTPSink(b *testing.B) {
	m := testMessage(b, armorLines(make([]byte, 108<<10)))
	b.Run("relay", func(b *testing.B) {
		r := newTestRelay(b, RelayConfig{Addr: startSMTPSink(b)})
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				if _, err := r.Send(b.Context(), desk, officer, m); err != nil {
					b.Error(err)
				}
			}
		})
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	})
	b.Run("smtp-source", func(b *testing.B) {
		addr := startSMTPSink(b)
		b.ResetTimer()
		out, err := exec.Command("smtp-source", "-d", "-s", "16", "-l", strconv.Itoa(m.Len()), "-m", strconv.Itoa(b.N), addr).CombinedOutput()
		if err != nil {
			b.Fatalf("%v: %s", err, out)
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
	})
}
