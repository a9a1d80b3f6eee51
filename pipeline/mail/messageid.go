package mail

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"

	"bulletin/pipeline"
)

// MessageID returns the Message-ID, with its angle brackets, of one revision for one nation. It is
// the same for a whole list and for a repeat, so that a repeat is recognisable, and being keyed
// (HMAC-SHA-256) it tells nobody without the key which bulletin or nation it stands for.
func MessageID(key []byte, ref pipeline.Ref, n pipeline.Nation, domain string) string {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "bulletin-message-id-v1\x00%s\x00%d\x00%s", ref.ID, ref.Revision, n)
	local := base32.StdEncoding.EncodeToString(h.Sum(nil)[:20]) // 160 bits: 32 characters, no padding
	return "<" + strings.ToLower(local) + "@" + domain + ">"
}
