package configs

import (
	"encoding/gob"
	"errors"
	"maps"
	"slices"
	"time"
)

// compiledKeyFile is a keyFile; to encode an array takes ten times as long as a slice.
type compiledKeyFile struct {
	Name                string
	Stamp               stamp
	Digest, Certificate []byte
}

// storedKeys is what was known of the key files. Each is looked at before it is used, and all of them after a while.
func (l *Lists) storedKeys(at time.Time) *keyFiles {
	k := newKeyFiles(l.dir)
	err := readCompiled(l.compiledFile("keys"), func(dec *gob.Decoder) error {
		var head compiledHead
		if err := dec.Decode(&head); err != nil || head.Program != program() {
			return errors.Join(errForeign, err)
		}
		k.folder, k.scanned = head.Folder, at
		for read := 0; read < head.Lines; {
			var block []compiledKeyFile
			if err := dec.Decode(&block); err != nil || len(block) == 0 {
				return errors.Join(errForeign, err)
			}
			for _, c := range block {
				f := &keyFile{Name: c.Name, Stamp: c.Stamp}
				copy(f.Digest[:], c.Digest)
				copy(f.Certificate[:], c.Certificate)
				k.put(f)
			}
			read += len(block)
		}
		return nil
	})
	if err != nil {
		return newKeyFiles(l.dir)
	}
	return k
}

func (l *Lists) storeKeys() {
	files := slices.Collect(maps.Values(l.keys.files))
	_ = writeCompiled(l.compiledFile("keys"), func(enc *gob.Encoder) error {
		err := enc.Encode(compiledHead{Program: program(), Folder: l.keys.folder, Lines: len(files)})
		for chunk := range slices.Chunk(files, blockLines) {
			if err != nil {
				break
			}
			block := make([]compiledKeyFile, len(chunk))
			for i, f := range chunk {
				block[i] = compiledKeyFile{Name: f.Name, Stamp: f.Stamp, Digest: f.Digest[:], Certificate: f.Certificate[:]}
			}
			err = enc.Encode(block)
		}
		return err
	})
}
