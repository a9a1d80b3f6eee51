package configs

import (
	"fmt"
	"path/filepath"
	"regexp"

	"bulletin/pipeline"
)

// fingerprintForm keeps what comes from the record of delivery from naming another file.
var fingerprintForm = regexp.MustCompile(`^[0-9A-F]{40}([0-9A-F]{24})?$`)

// Former returns the certificate that was pinned by that fingerprint, for somebody who has left the list or whose key
// there is another by now: the key file that was kept when they were added.
func (l *Lists) Former(n pipeline.Nation, fingerprint string) ([]byte, error) {
	if !fingerprintForm.MatchString(fingerprint) {
		return nil, fmt.Errorf("%q is not a whole fingerprint", fingerprint)
	}
	return read(filepath.Join(l.dir, "configs", "recipients", "keys", string(n)+"-"+fingerprint+".asc"))
}
