package pdf

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// firstFont is the first font of a collection (OpenType, "Font Collections") as a file of its own: the tables that its
// directory names, one after the other. A collection is what many Debian packages of Chinese and Japanese fonts hold,
// the regular face first. What is no collection, or none that can be read, is returned as a copy.
func firstFont(b []byte) []byte {
	if !bytes.HasPrefix(b, []byte("ttcf")) || len(b) < 16 {
		return bytes.Clone(b)
	}
	at := be32(b, 12)
	if at > len(b)-12 {
		return bytes.Clone(b)
	}
	n := be16(b, at+4)
	if len(b)-at < 12+16*n {
		return bytes.Clone(b)
	}
	out := slices.Clone(b[at : at+12+16*n])
	for rec := 12; rec < 12+16*n; rec += 16 {
		from, size := be32(b, at+rec+8), be32(b, at+rec+12)
		if from > len(b) || size > len(b)-from {
			return bytes.Clone(b)
		}
		for len(out)%4 != 0 {
			out = append(out, 0)
		}
		binary.BigEndian.PutUint32(out[rec+8:], uint32(len(out)))
		out = append(out, b[from:from+size]...)
	}
	return out
}
