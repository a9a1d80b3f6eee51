package seal

// CRC-24 as RFC 9580 §6.1.1 has it. GnuPG reports some messages without it as manipulated, so
// it is kept; and since the data packet is the same for everyone, it is passed over once.
const (
	crcInit = 0xB704CE
	crcPoly = 0x864CFB // without the leading x^24
	crcMask = 0xFFFFFF
)

// crcTable[b] is what the byte b, shifted out at the top, adds. Never written after start.
var crcTable = makeCRCTable()

func makeCRCTable() (table [256]uint32) {
	for b := range table {
		crc := uint32(b) << 16
		for range 8 {
			crc <<= 1
			if crc&(crcMask+1) != 0 {
				crc ^= crcMask + 1 | crcPoly
			}
		}
		table[b] = crc
	}
	return table
}

// crcUpdate continues a CRC-24 over data.
func crcUpdate(crc uint32, data []byte) uint32 {
	for _, b := range data {
		crc = crc<<8&crcMask ^ crcTable[byte(crc>>16)^b]
	}
	return crc
}

// crcOperator is a linear map of CRC registers: what each of the 24 bits becomes.
type crcOperator [24]uint32

func (op *crcOperator) apply(crc uint32) (out uint32) {
	for i := 0; crc != 0; i, crc = i+1, crc>>1 {
		if crc&1 != 0 {
			out ^= op[i]
		}
	}
	return out
}

// then returns the map that does op first and next after it.
func (op *crcOperator) then(next *crcOperator) (both crcOperator) {
	for i, bit := range op {
		both[i] = next.apply(bit)
	}
	return both
}

// crcZeros is the map of appending n zero bytes, by repeated squaring.
func crcZeros(n int) crcOperator {
	var result, power crcOperator
	for i := range result {
		result[i] = 1 << i
		power[i] = crcUpdate(1<<i, []byte{0})
	}
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			result = result.then(&power)
		}
		power = power.then(&power)
	}
	return result
}

// crcTail is what is known of the CRC-24 of bytes that stay the same behind changing ones. The
// CRC is linear: crc(head+tail) is crc(head) carried over len(tail) zeros, plus crc(tail) begun
// at zero.
type crcTail struct {
	over crcOperator
	own  uint32
}

func newCRCTail(tail []byte) crcTail {
	return crcTail{over: crcZeros(len(tail)), own: crcUpdate(0, tail)}
}

// after returns the CRC-24 of head and tail together, reading head alone.
func (t *crcTail) after(head []byte) uint32 {
	return t.over.apply(crcUpdate(crcInit, head)) ^ t.own
}
