package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"bulletin/configs"
	"bulletin/pipeline"
	"bulletin/pipeline/edition"
	"bulletin/workers/desk"
)

// seen is what a person was last shown of a bulletin: they decide on that, and later revisions are compared with
// it. It is kept where they work, beside their credentials: what somebody has read is theirs to say.
type seen struct {
	Revision int             `json:"revision"`
	Edition  pipeline.Digest `json:"edition,omitempty"` // of what was shown
	Before   int             `json:"before,omitempty"`  // the revision that they saw before it
}

func (s *session) seenFile() string { return filepath.Join(s.home, s.person+".seen.json") }

func (s *session) seen() (map[pipeline.ID]seen, error) {
	all := map[pipeline.ID]seen{}
	data, err := os.ReadFile(s.seenFile())
	if errors.Is(err, os.ErrNotExist) {
		return all, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil {
		return nil, hint(fmt.Errorf("what you have seen can't be read from %s: %w", s.seenFile(), err), "remove the file, and show the bulletin again")
	}
	return all, nil
}

// remember notes that the person was shown this.
func (s *session) remember(shown desk.Shown) error {
	e, err := edition.Parse(shown.Edition)
	if err != nil {
		return err
	}
	return s.note(shown.Ref, e.ContentDigest())
}

// note keeps what the person has seen; who hands a revision in has seen it, though not as an edition.
func (s *session) note(ref pipeline.Ref, shown pipeline.Digest) error {
	all, err := s.seen()
	if err != nil {
		return err
	}
	before := all[ref.ID]
	now := seen{Revision: ref.Revision, Edition: shown, Before: before.Before}
	if before.Revision < ref.Revision {
		now.Before = before.Revision
	}
	if now == before {
		return nil
	}
	all[ref.ID] = now
	data, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return configs.WriteFile(s.seenFile(), append(data, '\n'), 0o600)
}

// compareWith is the revision that the newest is compared with: the one that the person saw last before it, or
// the one before it; 0 if there is none.
func (s seen) compareWith(newest int) int {
	switch {
	case s.Revision > 0 && s.Revision < newest:
		return s.Revision
	case s.Revision == newest && s.Before > 0:
		return s.Before
	}
	return newest - 1
}

// decidesOn refuses a decision on what the person has not read: an older revision was shown to them, or the same
// one with another text. Whoever was never shown the bulletin has read it in another place. A revision that they
// name is the one that they have read.
func (s *session) decidesOn(shown desk.Shown, named int) error {
	id, newest := shown.Ref.ID, shown.Ref.Revision
	if named > 0 {
		if named != newest {
			return hint(fmt.Errorf("revision %d of %s is not the newest: that is revision %d", named, id, newest), "bulletin show %s --diff --from %d shows what has changed", id, named)
		}
		return nil
	}
	all, err := s.seen()
	if err != nil {
		return err
	}
	last, shownBefore := all[id]
	if !shownBefore {
		return nil
	}
	if last.Revision != newest {
		return hint(fmt.Errorf("you have seen revision %d of %s, and the newest is revision %d", last.Revision, id, newest), "bulletin show %s --diff shows what has changed; then decide", id)
	}
	e, err := edition.Parse(shown.Edition)
	if err != nil {
		return err
	}
	if last.Edition != "" && e.ContentDigest() != last.Edition {
		return hint(fmt.Errorf("revision %d of %s does not read as it did when you were shown it", newest, id), "show it again, and tell whoever runs the desk: a revision never changes")
	}
	return nil
}
