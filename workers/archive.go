package workers

import (
	"fmt"

	"bulletin/pipeline"
)

// Archive keeps the certificates that mail was planned for, so that the word of a withdrawal reaches people who have
// left a list, or whose key there is another by now.
type Archive interface {
	// Keep has the recipient's certificate found later. It is cheap where it is kept already.
	Keep(r pipeline.Recipient) error
	// Former returns the file with the certificate that was pinned by that fingerprint, or an error that says it is not kept.
	Former(n pipeline.Nation, fingerprint string) (keyFile string, err error)
}

// reachGot is where the word goes that a bulletin is withdrawn: to the address that got it, under the key that the
// list has for it now, else under the one that it was sent with.
func reachGot(list *pipeline.Roll, archive Archive, n pipeline.Nation, a pipeline.Addressee) (pipeline.Recipient, error) {
	if r, ok := list.Find(a.Address); ok {
		r.Address = a.Address
		return r, nil
	}
	file, err := archive.Former(n, a.Fingerprint)
	if err != nil {
		err = fmt.Errorf("no longer on the list, and their former key is not kept: %w", err)
	}
	return pipeline.Recipient{Nation: n, Address: a.Address, Fingerprint: a.Fingerprint, KeyFile: file}, err
}
