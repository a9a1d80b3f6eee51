package seal

import (
	"testing"

	"pgregory.net/rapid"
)

// bitwise is CRC-24 as RFC 9580 §6.1.1 writes it down.
func bitwise(data []byte) uint32 {
	crc := uint32(0xB704CE)
	for _, b := range data {
		crc ^= uint32(b) << 16
		for range 8 {
			crc <<= 1
			if crc&0x1000000 != 0 {
				crc ^= 0x1864CFB
			}
		}
	}
	return crc & 0xFFFFFF
}

func TestCRC24(t *testing.T) {
	if got := crcUpdate(crcInit, []byte("123456789")); got != 0x21CF02 { // the catalogued check value
		t.Errorf("check value %06X", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "head")
		tail := rapid.SliceOfN(rapid.Byte(), 0, 5000).Draw(t, "tail")
		kept := newCRCTail(tail)
		if got, want := kept.after(head), bitwise(append(head, tail...)); got != want {
			t.Fatalf("%06X, want %06X", got, want)
		}
	})
}
