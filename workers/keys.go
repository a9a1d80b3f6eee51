package workers

import (
	"fmt"
	"time"

	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// Keys judges the key of a recipient at this moment.
type Keys func(r pipeline.Recipient) seal.Fitness

// KeyOf judges a recipient's key at a time: fit to be sealed to, and the one that the list pins. The reasons
// are whole sentences.
func KeyOf(r pipeline.Recipient, now time.Time) seal.Fitness {
	if len(r.Key) == 0 {
		return seal.Fitness{State: seal.Unfit, Reasons: []string{fmt.Sprintf("no key: %s can't be read", r.KeyFile)}}
	}
	f := seal.Examine(r.Key, r.Address, now)
	for i := range f.Reasons {
		f.Reasons[i] = "the key " + f.Reasons[i]
	}
	if f.Key != nil && f.Key.Fingerprint != r.Fingerprint {
		return seal.Fitness{State: seal.Unfit, Reasons: []string{"the key file holds another key than the list pins"}}
	}
	return f
}
