package workers

import (
	"bulletin/pipeline"
	"bulletin/pipeline/seal"
)

// Keys judges the key of a recipient at this moment. It is a lookup, whatever the size of the list.
type Keys func(r pipeline.Recipient) seal.Fitness

// Signers knows whose signature a reply may bear.
type Signers interface {
	// Signers returns those on a nation's list who have a key with that id, fit or not. Ids collide.
	Signers(n pipeline.Nation, id uint64) ([]pipeline.Recipient, error)
	// Certificates returns all copies of a recipient's certificate that are at hand.
	Certificates(r pipeline.Recipient) [][]byte
}
