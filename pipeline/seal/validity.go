package seal

import (
	"slices"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// problems says why the certificate as a whole cannot be used at now; empty if it can.
func (c *certificate) problems(now time.Time) []string {
	if c.primary.CreationTime.After(now) {
		return []string{"is not yet valid: made on " + day(c.primary.CreationTime)}
	}
	var problems []string
	if r := revocation(c.revocations, now); r != nil {
		problems = append(problems, "was revoked on "+day(r.CreationTime)+why(r))
	} else if c.unreadRevocation {
		problems = append(problems, "carries a revocation that cannot be read, and counts as revoked")
	}
	if end := c.expires(now); !end.IsZero() && !now.Before(end) {
		problems = append(problems, "expired on "+day(end))
	}
	if len(problems) == 0 {
		if p := c.userProblem(now); p != "" {
			problems = append(problems, p)
		}
	}
	return problems
}

// expires returns when the primary key ends, or zero: the newest direct-key signature or
// self-certification counts. Of two made in the same second the earlier end counts.
func (c *certificate) expires(now time.Time) time.Time {
	var newest *packet.Signature
	var end time.Time
	for _, sig := range c.properties(now) {
		e := endOf(c.primary, sig)
		switch {
		case newest == nil || sig.CreationTime.After(newest.CreationTime):
			newest, end = sig, e
		case sig.CreationTime.Equal(newest.CreationTime) && !e.IsZero() && (end.IsZero() || e.Before(end)):
			newest, end = sig, e
		}
	}
	return end
}

// properties returns the self-signatures that speak for the primary key at now.
func (c *certificate) properties(now time.Time) []*packet.Signature {
	var sigs []*packet.Signature
	if sig := c.direct.newest(now); sig != nil && !lapsed(sig, now) {
		sigs = append(sigs, sig)
	}
	for _, u := range c.users {
		if sig := u.self.newest(now); sig != nil && !u.revoked(sig, now) {
			sigs = append(sigs, sig)
		}
	}
	return sigs
}

// endOf returns when key ends by what sig says, or zero (RFC 9580 §5.2.3.13: seconds after
// the key's creation, 0 for never).
func endOf(key *packet.PublicKey, sig *packet.Signature) time.Time {
	if sig.KeyLifetimeSecs == nil || *sig.KeyLifetimeSecs == 0 {
		return time.Time{}
	}
	return key.CreationTime.Add(time.Duration(*sig.KeyLifetimeSecs) * time.Second)
}

// signatureEnd returns when sig itself ends, or zero (RFC 9580 §5.2.3.18: seconds after the
// signature's creation, 0 for never).
func signatureEnd(sig *packet.Signature) time.Time {
	if sig.SigLifetimeSecs == nil || *sig.SigLifetimeSecs == 0 {
		return time.Time{}
	}
	return sig.CreationTime.Add(time.Duration(*sig.SigLifetimeSecs) * time.Second)
}

// lapsed reports whether sig itself has ended. The library's SigExpired lets it live a second longer.
func lapsed(sig *packet.Signature, now time.Time) bool {
	end := signatureEnd(sig)
	return !end.IsZero() && !now.Before(end)
}

// inForce reports whether sig has been made at now, and has not ended.
func inForce(sig *packet.Signature, now time.Time) bool {
	return !sig.CreationTime.After(now) && !lapsed(sig, now)
}

// revocation returns the revocation that is in force at now, or nil. One because the key was
// compromised, without a reason, or for one unknown here, counts whatever its date (RFC 9580
// §5.2.3.31): only what was superseded, retired or renamed was good until then.
func revocation(revocations []*packet.Signature, now time.Time) *packet.Signature {
	for _, r := range revocations {
		if !soft(r.RevocationReason) || inForce(r, now) {
			return r
		}
	}
	return nil
}

func soft(reason *packet.ReasonForRevocation) bool {
	if reason == nil {
		return false
	}
	return *reason == packet.KeySuperseded || *reason == packet.KeyRetired || *reason == packet.UserIDNotValid
}

// why puts a revocation's reason into words.
func why(r *packet.Signature) string {
	if r.RevocationReason == nil {
		return ""
	}
	switch *r.RevocationReason {
	case packet.KeyCompromised:
		return " (compromised)"
	case packet.KeySuperseded:
		return " (superseded)"
	case packet.KeyRetired:
		return " (retired)"
	}
	return ""
}

// userProblem says why no user id is live, or "" if one is.
func (c *certificate) userProblem(now time.Time) string {
	if len(c.users) == 0 {
		return "has no user id"
	}
	var problems []string
	for _, u := range c.users {
		p := u.problem(now)
		if p == "" {
			return ""
		}
		if !slices.Contains(problems, p) {
			problems = append(problems, p)
		}
	}
	return "has no valid user id: " + strings.Join(problems, "; ")
}

// problem says why a user id is not live at now, or "".
func (u *user) problem(now time.Time) string {
	sig := u.self.newest(now)
	switch {
	case sig == nil:
		return u.self.missing()
	case u.revoked(sig, now):
		return "revoked"
	case lapsed(sig, now):
		return "its self-signature has expired"
	}
	return ""
}

// revoked says whether the user id was revoked and not certified anew since.
func (u *user) revoked(certification *packet.Signature, now time.Time) bool {
	return slices.ContainsFunc(u.revocations, func(r *packet.Signature) bool {
		return inForce(r, now) && !r.CreationTime.Before(certification.CreationTime)
	})
}

// missing says why no signature counts.
func (s selfSignatures) missing() string {
	switch {
	case len(s.sound) > 0:
		return "its self-signature is dated in the future"
	case s.broken:
		return "signed only with a broken hash (SHA-1 or MD5)"
	}
	return "no good self-signature"
}
