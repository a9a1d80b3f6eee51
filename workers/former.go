package workers

import (
	"errors"
	"fmt"
	"strings"

	"bulletin/pipeline"
)

// Former gives the certificates of people who have left a list, or whose key there is another by now.
type Former interface {
	// Former returns the certificate that was pinned by that fingerprint, or an error that says it is not kept.
	Former(n pipeline.Nation, fingerprint string) ([]byte, error)
}

// onList finds an address on a list, in whatever case it was written.
func onList(list []pipeline.Recipient, address string) (pipeline.Recipient, bool) {
	for _, r := range list {
		if strings.EqualFold(r.Address, address) {
			return r, true
		}
	}
	return pipeline.Recipient{}, false
}

// reachGot is where the word goes that a bulletin is withdrawn: to the address that got it, under the key that the
// list has for it now, else under the one that it was sent with.
func reachGot(list []pipeline.Recipient, former Former, n pipeline.Nation, a pipeline.Addressee) (pipeline.Recipient, error) {
	if r, ok := onList(list, a.Address); ok {
		r.Address = a.Address
		return r, nil
	}
	r := pipeline.Recipient{Nation: n, Address: a.Address, Fingerprint: a.Fingerprint, KeyFile: "the archive of keys"}
	if former == nil {
		return r, errors.New("no longer on the list, and no former keys are kept here")
	}
	key, err := former.Former(n, a.Fingerprint)
	if err != nil {
		return r, fmt.Errorf("no longer on the list, and their former key is not kept: %w", err)
	}
	r.Key = key
	return r, nil
}
