package seal

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
)

// The states of a Fitness.
const (
	Fit     = "fit"
	Warning = "warning" // can be sealed to, but someone should look
	Unfit   = "unfit"
)

// expiryWarning is how long before a key's end people are warned.
const expiryWarning = 30 * wholeDay

const wholeDay = 24 * time.Hour

// Fitness says whether a certificate can be sealed to, and why not.
type Fitness struct {
	State   string   // Fit, Warning or Unfit
	Reasons []string // sentences for people, to follow the words "the key"; empty when fit
	Key     *Key     // nil if unfit

	Expires time.Time // when it ceases to be fit; zero if never, or if unfit
}

// Examine judges a key file, armored or binary, for sealing to address at now. Unfit are: what is not
// exactly one certificate of version 4 or 6; private keys; RSA under 2048 or over 8192 bits, DSA, ElGamal,
// post-quantum and unknown algorithms, and curves and key derivations that are not supported; certificates revoked, expired, not yet valid, without a live
// user id, or vouched for with broken hashes alone; and those without an encryption subkey that is
// valid now. An address that is not on the key, and an end within 30 days, are warnings. With an
// empty address that is not looked at.
//
// It takes whatever bytes people put into a key file, in bounded time, and never panics.
func Examine(cert []byte, address string, now time.Time) Fitness {
	return Judge([][]byte{cert}, address, now).Fitness
}

// fitness judges a certificate that could be read.
func (c *certificate) fitness(address string, now time.Time) Fitness {
	if problems := c.problems(now); len(problems) > 0 {
		return unfit(problems...)
	}
	chosen, err := c.encryptionKey(now)
	if err != nil {
		return unfit(err.Error())
	}
	end := earlier(c.expires(now), chosen.expires)
	f := Fitness{State: Fit, Reasons: c.warnings(address, end, now), Key: newKey(c.primary, chosen.key), Expires: end}
	if len(f.Reasons) > 0 {
		f.State = Warning
	}
	return f
}

func unfit(reasons ...string) Fitness { return Fitness{State: Unfit, Reasons: reasons} }

// warnings are what someone should look at though the certificate can be sealed to.
func (c *certificate) warnings(address string, end, now time.Time) []string {
	var w []string
	if address != "" && !c.names(address, now) {
		w = append(w, "does not name the address "+address)
	}
	if ending(end, now) {
		w = append(w, expiresOn(end, now))
	}
	if c.foreignRevocation {
		w = append(w, "carries a revocation by another key, which cannot be checked here: ask its owner")
	}
	return w
}

// ending reports whether an end is near enough to warn of; a zero end is none.
func ending(end, now time.Time) bool { return !end.IsZero() && end.Before(now.Add(expiryWarning)) }

// expiresOn says when a key ends and how much time is left, in whole days.
func expiresOn(end, now time.Time) string {
	switch days := int(end.Sub(now) / wholeDay); days {
	case 0:
		return "expires on " + day(end) + ", in less than a day"
	case 1:
		return "expires on " + day(end) + ", in 1 day"
	default:
		return fmt.Sprintf("expires on %s, in %d days", day(end), days)
	}
}

// earlier of two ends; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// names says whether a live user id is for address. Letter case does not matter: no mail
// provider in use tells mailboxes apart by it.
func (c *certificate) names(address string, now time.Time) bool {
	for _, u := range c.users {
		if u.problem(now) == "" && strings.EqualFold(u.address(), address) {
			return true
		}
	}
	return false
}

// maxUserID is how long a user id may be to be searched for an address, in bytes, as in GnuPG.
const maxUserID = 2048

// address returns the mail address of a user id, whether "Name <address>" or bare.
func (u *user) address() string {
	if len(u.id.Id) > maxUserID {
		return ""
	}
	if u.id.Email != "" {
		return u.id.Email
	}
	if a, err := mail.ParseAddress(u.id.Id); err == nil {
		return a.Address
	}
	return ""
}

// day prints the date of a time as people compare dates: in UTC.
func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
