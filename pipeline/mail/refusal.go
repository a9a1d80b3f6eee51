package mail

import "regexp"

// OfDesk reports whether the relay refuses, with 5xx, not this mail but the desk: whatever is sent next, to whomever, meets
// the same until an operator mends the relay or the configuration. It parks nobody.
//
// Up to MAIL a relay knows nothing but who connects, who sends, and the size that the mail is to have (RFC 1870 §3): what it
// refuses there is the desk, except for that size. A syntax error or a parameter refused at MAIL (RFC 5321 §4.3.2: 501, 553,
// 555; RFC 3463 §3.6: x.5.2, x.5.4) is of the desk too: no octet of that command comes from the recipient or the text. At
// RCPT and after, a refusal is of the recipient or the message, unless it says otherwise.
func (e *DeliveryError) OfDesk() bool {
	switch {
	case e.Code/100 != 5:
		return false
	case e.Stage == StageConnect || e.Stage == StageTLS || e.Stage == StageAuth:
		return true
	case e.Stage == StageMail:
		return !e.tooLarge()
	}
	return e.Code == 530 || e.Code == 535 || // authentication or STARTTLS (RFC 4954 §6, 3207 §4)
		deskCodes.MatchString(e.Enhanced) || e.Stage == StageRcpt && deskWords.MatchString(e.Line)
}

// tooLarge reports whether a refusal at MAIL is of the size (RFC 1870 §6.1): 552, which RFC 5321 §4.2.3 has for storage in
// general, so that an enhanced code that speaks of something else counts more; a quota of the desk's own (x.2.2) is one.
func (e *DeliveryError) tooLarge() bool {
	switch e.Enhanced {
	case "5.3.4", "5.2.3": // for the system, for a mailbox (RFC 3463 §3.4, §3.3)
		return true
	case "", "5.0.0", "5.3.0":
		return e.Code == 552
	}
	return false
}

// deskCodes speak of the sender: its address (x.1.7, x.1.8; RFC 3463 §3.2), its authentication and encryption (x.7.8 to
// x.7.14; RFC 4954 §6, RFC 5248 and its registry), and what vouches for its domain (x.7.20 to x.7.27; RFC 7372, RFC 7505).
// x.7.1 is not among them: it is "per-host or per-recipient filtering" (RFC 3463 §3.8).
var deskCodes = regexp.MustCompile(`^5\.(1\.[78]|7\.([89]|1[0134]|2[0-7]))$`)

// deskWords tell the two meanings of x.7.1 at RCPT apart as far as can be: Postfix puts off to there what it refuses at the
// greeting, EHLO and MAIL (smtpd_delay_reject; "blocked using" a DNS list), Exim what it finds of the sender, and whoever may
// not relay learns it there from every server.
var deskWords = regexp.MustCompile(`(?i)\b(relay access denied|relaying denied|relay not permitted|unable to relay|(client host|sender address|helo command) (rejected|\[[^]]*\] blocked)|sender verify failed)\b`)
