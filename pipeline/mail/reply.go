package mail

import (
	"bufio"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Stage is how far a delivery had come.
type Stage string

// The stages of a delivery, in order.
const (
	StageConnect Stage = "connect" // dial, greeting, EHLO
	StageTLS     Stage = "starttls"
	StageAuth    Stage = "auth"
	StageMail    Stage = "mail"
	StageRcpt    Stage = "rcpt"
	StageData    Stage = "data" // the DATA command and the content
	StageDot     Stage = "dot"  // after the final dot
)

// DeliveryError says why one mail was not handed over.
type DeliveryError struct {
	Stage    Stage
	Code     int    // the relay's reply; 0 if there was none
	Enhanced string // RFC 3463, such as "5.1.1"; empty if the relay gave none
	Line     string // the relay's reply as one printable line; empty if there was none

	// Temporary: trying later may help. So may it where the relay refuses the desk (OfDesk), 5xx
	// included: that is for an operator to mend, and says nothing of this recipient.
	Temporary bool
	// InDoubt: everything was sent and no answer came. The relay may have taken the mail.
	InDoubt bool

	Err error // what broke, where it was not a reply
}

func (e *DeliveryError) Error() string {
	s := "mail not delivered at " + string(e.Stage)
	switch {
	case e.InDoubt:
		s = "mail in doubt at " + string(e.Stage)
	case e.OfDesk():
		s = "the relay refuses the desk, not this mail alone, at " + string(e.Stage)
	}
	if e.Line != "" {
		return s + ": relay says " + e.Line
	}
	return s + ": " + e.Err.Error()
}

func (e *DeliveryError) Unwrap() error { return e.Err }

// broken is the failure of a connection, which says nothing about the recipient.
func broken(at Stage, err error) *DeliveryError {
	return &DeliveryError{Stage: at, Temporary: true, Err: err}
}

// reply is what the relay answered to one command.
type reply struct {
	code  int
	lines []string // without code and CRLF
}

// limits on what a relay may say (RFC 5321 §4.5.3.1.5 allows 512 octets a line).
const (
	maxReplyLine  = 2048
	maxReplyLines = 100
)

var errReply = errors.New("the relay's answer is not SMTP")

// readReply reads a reply of one or many lines (RFC 5321 §4.2.1).
func readReply(r *bufio.Reader) (reply, error) {
	var rep reply
	for range maxReplyLines {
		raw, err := r.ReadSlice('\n')
		if err != nil {
			if errors.Is(err, bufio.ErrBufferFull) {
				return reply{}, errReply
			}
			return reply{}, err
		}
		line := strings.TrimRight(string(raw), "\r\n")
		if len(line) < 3 || len(line) > 3 && line[3] != ' ' && line[3] != '-' {
			return reply{}, errReply
		}
		code, err := strconv.Atoi(line[:3])
		if err != nil || code < 200 || code > 599 || rep.code != 0 && code != rep.code {
			return reply{}, errReply
		}
		rep.code = code
		if len(line) <= 4 {
			rep.lines = append(rep.lines, "")
		} else {
			rep.lines = append(rep.lines, line[4:])
		}
		if len(line) == 3 || line[3] == ' ' {
			return rep, nil
		}
	}
	return reply{}, errReply
}

func (r reply) ok() bool { return r.code/100 == 2 }

// String is the reply as one printable line of at most 300 characters, for the record and for
// people: what a relay says is not to be trusted.
func (r reply) String() string {
	s := fmt.Sprintf("%d %s", r.code, strings.Join(r.lines, " "))
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' {
			return '?'
		}
		return c
	}, s)
	return s[:min(len(s), 300)]
}

// enhanced is the code of RFC 3463 that the reply begins with (RFC 2034 §4), or nothing.
func (r reply) enhanced() string {
	if len(r.lines) == 0 {
		return ""
	}
	return enhancedForm.FindString(r.lines[0])
}

// ofAddress reports whether the reply says of itself that it is a yes to an address (RFC 3463 §3.2).
func (r reply) ofAddress() bool { return strings.HasPrefix(r.enhanced(), "2.1.") }

var enhancedForm = regexp.MustCompile(`^[245]\.\d{1,3}\.\d{1,3}\b`)

// refused turns a reply that is not the wanted one into an error.
func (r reply) refused(at Stage) *DeliveryError {
	e := &DeliveryError{Stage: at, Code: r.code, Enhanced: r.enhanced(), Line: r.String()}
	e.Temporary = r.code/100 != 5 || r.code == 503 || e.OfDesk() // 503: out of order (RFC 5321 §4.3.2), which is ours to mend
	return e
}
