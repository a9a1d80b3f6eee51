package relaytest

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
)

// sasl answers Postfix whether a password is right, in the protocol of Dovecot's authentication server
// (https://doc.dovecot.org/developer_manual/design/auth_protocol/), of which AUTH PLAIN needs this much.
type sasl struct {
	mu           sync.Mutex
	right, wrong int
}

func serveSASL(t testing.TB, socket string) *sasl {
	t.Helper()
	l, err := net.Listen("unix", socket)
	must(t, err)
	t.Cleanup(func() { l.Close() })
	must(t, os.Chmod(socket, 0o666)) // smtpd is another user
	s := &sasl{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	return s
}

func (s *sasl) serve(c net.Conn) {
	defer c.Close()
	fmt.Fprintf(c, "VERSION\t1\t2\nMECH\tPLAIN\tplaintext\nSPID\t%d\nCUID\t1\nCOOKIE\t%032x\nDONE\n", os.Getpid(), 1)
	lines := bufio.NewScanner(c)
	for lines.Scan() {
		words := strings.Split(lines.Text(), "\t")
		if words[0] != "AUTH" || len(words) < 3 {
			continue // VERSION, CPID
		}
		verdict := "FAIL"
		if s.judge(words[3:]) {
			verdict = "OK"
		}
		fmt.Fprintf(c, "%s\t%s\tuser=%s\n", verdict, words[1], User)
	}
}

// judge looks at resp=, which is the last parameter: base64 may end with "=".
func (s *sasl) judge(parameters []string) bool {
	want := "resp=" + base64.StdEncoding.EncodeToString([]byte("\x00"+User+"\x00"+Password))
	ok := len(parameters) > 0 && parameters[len(parameters)-1] == want
	s.mu.Lock()
	defer s.mu.Unlock()
	if ok {
		s.right++
	} else {
		s.wrong++
	}
	return ok
}

func (s *sasl) counts() (right, wrong int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.right, s.wrong
}
