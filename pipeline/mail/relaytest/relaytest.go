// Package relaytest starts real Postfix servers for tests: on loopback, in a directory of their own, with TLS by a
// certificate authority of the test and AUTH PLAIN after it. It touches no service of the machine.
package relaytest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Domain is whose mail the server takes, that of its subdomains included. Local parts that begin with reject, full, defer or size are answered with 550,
// 452, 451 and 552.
const Domain = "postfix.example"

// What AUTH PLAIN takes.
const (
	User     = "desk"
	Password = "correct horse battery staple"
)

// Door is one of the addresses at which a server listens. All lead to the same mailbox.
type Door string

// The doors of a server: at each but Clear STARTTLS is mandatory, and AUTH is offered after it.
const (
	Good        Door = "good"
	NoChunking  Door = "no-chunking"  // knows no BDAT: mail comes by DATA
	NoPipelines Door = "no-pipelines" // nor PIPELINING
	Implicit    Door = "implicit"     // port 465: TLS from the first byte
	Clear       Door = "clear"        // no STARTTLS, no AUTH
	Stranger    Door = "stranger"     // its certificate is by another authority
	Misnamed    Door = "misnamed"     // its certificate is for another host
	Expired     Door = "expired"      // its certificate has ended
)

// doors are the smtpd options of each door, beside its certificate.
var doors = map[Door][]string{
	Good:        nil,
	NoChunking:  {"smtpd_discard_ehlo_keywords=chunking,silent-discard"},
	NoPipelines: {"smtpd_discard_ehlo_keywords=chunking,pipelining,silent-discard"},
	Implicit:    {"smtpd_tls_wrappermode=yes"},
	Clear:       {"smtpd_tls_security_level=none", "smtpd_sasl_auth_enable=no"},
	Stranger:    nil,
	Misnamed:    nil,
	Expired:     nil,
}

// Server is a running Postfix.
type Server struct {
	CA string // PEM file of the authority that its certificates are by

	dir      string
	addr     map[Door]string
	sasl     *sasl
	mailbox  string
	received map[string]bool // names of mails that Wait has returned
}

// Start starts a server that the test's end stops. Postfix needs root, and a machine that has it.
func Start(t testing.TB) *Server {
	t.Helper()
	for _, tool := range []string{"postfix", "postconf"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is missing: make test installs it (package postfix)", tool)
		}
	}
	dir, err := os.MkdirTemp("", "pf") // short: sockets lie in it
	must(t, err)
	t.Cleanup(func() { asRoot(t, "rm", "-rf", dir) })
	must(t, os.Chmod(dir, 0o755)) // Postfix's own users pass through
	s := &Server{dir: dir, CA: filepath.Join(dir, "etc", "ca.pem"), mailbox: filepath.Join(dir, "mail", "inbox", "new"), received: map[string]bool{}}
	for _, d := range []string{"etc", "spool", "data", "mail"} {
		must(t, os.Mkdir(filepath.Join(dir, d), 0o755))
	}
	s.sasl = serveSASL(t, filepath.Join(dir, "sasl"))
	s.addr = addresses(t)
	s.writeCertificates(t)
	s.writeConfig(t)
	asRoot(t, "chown", "postfix", filepath.Join(dir, "data"))
	asRoot(t, "postfix", "-c", filepath.Join(dir, "etc"), "start") // returns when it listens (master -w)
	t.Cleanup(func() {
		asRoot(t, "postfix", "-c", filepath.Join(dir, "etc"), "stop")
		if t.Failed() {
			said := s.Log(t)
			t.Logf("Postfix said last:\n%s", said[max(0, len(said)-4000):])
		}
	})
	return s
}

// Addr is where a door is, as host:port.
func (s *Server) Addr(d Door) string { return s.addr[d] }

// Logins counts the passwords that were right, and those that were not.
func (s *Server) Logins() (right, wrong int) { return s.sasl.counts() }

// Log is what Postfix has said.
func (s *Server) Log(t testing.TB) string {
	t.Helper()
	return string(asRoot(t, "cat", filepath.Join(s.dir, "log")))
}

// addresses takes free ports of loopback. Port 465, which alone means TLS from the first byte, is free at some address of
// its own.
func addresses(t testing.TB) map[Door]string {
	t.Helper()
	out := map[Door]string{}
	for d := range doors {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		defer l.Close() // when all are taken: no two are the same
		out[d] = l.Addr().String()
	}
	pid := os.Getpid()
	out[Implicit] = fmt.Sprintf("127.%d.%d.%d:465", 1+pid>>14&63, pid>>7&127, 1+pid&127)
	return out
}

func (s *Server) writeConfig(t testing.TB) {
	t.Helper()
	daemons := "/usr/lib/postfix/sbin"
	if found, err := exec.Command("postconf", "-h", "daemon_directory").Output(); err == nil && len(found) > 1 {
		daemons = strings.TrimSpace(string(found))
	}
	uid := os.Getuid()
	if uid == 0 {
		uid = 65534 // Postfix delivers to nobody as root
		asRoot(t, "chown", strconv.Itoa(uid), filepath.Join(s.dir, "mail"))
	}
	s.write(t, "main.cf", fmt.Sprintf(`compatibility_level = 3.6
maillog_file = %[1]s/log
maillog_file_prefixes = %[1]s
queue_directory = %[1]s/spool
data_directory = %[1]s/data
daemon_directory = %[2]s
myhostname = localhost.localdomain
inet_interfaces = all
inet_protocols = ipv4
mydestination =
mynetworks =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = regexp:%[1]s/etc/domains
virtual_mailbox_base = %[1]s/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:%[3]d
virtual_gid_maps = static:%[3]d
virtual_minimum_uid = 100
virtual_mailbox_limit = 0
smtpd_recipient_restrictions = check_recipient_access regexp:%[1]s/etc/rcpt, reject_unauth_destination
smtpd_relay_restrictions = reject_unauth_destination
smtpd_tls_security_level = encrypt
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = unix:%[1]s/sasl
smtpd_sasl_security_options = noanonymous
smtpd_delay_reject = no
`, s.dir, daemons, uid))
	s.write(t, "domains", "/^(.+\\.)?"+regexp.QuoteMeta(Domain)+"$/ ok\n")
	s.write(t, "rcpt", "/^reject/ 550 5.1.1 no such officer\n/^defer/ 451 4.7.1 try again later\n/^full/ 452 4.2.2 mailbox full\n/^size/ 552 5.3.4 message too big\n")
	var services strings.Builder
	for d, options := range doors {
		cert := filepath.Join(s.dir, "etc", string(d)+".pem")
		fmt.Fprintf(&services, "%s inet n - n - - smtpd\n", s.addr[d])
		for _, o := range append(slices.Clone(options), "smtpd_tls_chain_files="+cert) {
			fmt.Fprintf(&services, "  -o %s\n", o)
		}
	}
	s.write(t, "master.cf", services.String()+`qmgr unix n - n 300 1 qmgr
cleanup unix n - n - 0 cleanup
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
postlog unix-dgram n - n - 1 postlogd
`)
}

func (s *Server) write(t testing.TB, name, text string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(s.dir, "etc", name), []byte(text), 0o644))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// asRoot runs a command as root, by sudo where the test is not.
func asRoot(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	args = append([]string{name}, args...)
	if os.Geteuid() != 0 {
		args = append([]string{"sudo", "-n"}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v (Postfix runs as root alone: so must this test, or sudo be there)\n%s", strings.Join(args, " "), err, complaint.String())
	}
	return out
}
