package marking

import (
	"math/bits"
	"strconv"
	"strings"
)

// usaSigma is a set of SIGMA numbers, 1 to 99 (CAPCO-2016 H.6).
type usaSigma [2]uint64

func (s usaSigma) union(t usaSigma) usaSigma { return usaSigma{s[0] | t[0], s[1] | t[1]} }

// printWeapons writes what follows RD or FRD. Beside RD all SIGMA numbers are its own (H.6).
func (m *usaMark) printWeapons(b *strings.Builder, form usaForm) {
	if m.said&saidCNWDI != 0 {
		b.WriteString("-CNWDI")
	}
	if m.sigma == (usaSigma{}) {
		return
	}
	b.WriteByte('-')
	b.WriteString(form.sigma())
	for half, set := range m.sigma {
		for ; set != 0; set &= set - 1 {
			b.WriteByte(' ')
			b.WriteString(strconv.Itoa(half*64 + bits.TrailingZeros64(set)))
		}
	}
}

func (f usaForm) sigma() string {
	if f == usaPortion {
		return "SG"
	}
	return "SIGMA"
}

// readWeapons reads what follows RD or FRD, hyphens included: -CNWDI, then -SIGMA with numbers.
func (p *usaParser) readWeapons(c usaControl, pos, end int) *SyntaxError {
	for _, cnwdi := range [...]string{"-CNWDI", "-CRITICAL NUCLEAR WEAPON DESIGN INFORMATION"} {
		rest, ok := strings.CutPrefix(p.in[pos:end], cnwdi)
		if !ok || rest != "" && rest[0] != '-' {
			continue
		}
		if c != rd || !secretOrAbove.has(p.m.level) {
			return p.fail(pos, usaH6, "CNWDI stands with RD only, at SECRET or TOP SECRET")
		}
		p.m.said |= saidCNWDI
		pos += len(cnwdi)
		break
	}
	numbers, ok := strings.CutPrefix(p.in[pos:end], "-"+p.form.sigma()+" ")
	switch {
	case pos == end:
		return nil
	case !ok:
		return p.fail(pos, usaH6, "after %s only -CNWDI (with RD), then -%s and numbers may stand", p.form.name(c), p.form.sigma())
	}
	pos = end - len(numbers)
	for last, more := 0, true; more; {
		var number string
		number, numbers, more = strings.Cut(numbers, " ")
		n, err := strconv.Atoi(number)
		switch {
		case err != nil || n < 1 || n > 99 || strconv.Itoa(n) != number:
			return p.fail(pos, usaH6, "%q is not the number of a SIGMA: 1 to 99, with one space between two", number)
		case n <= last:
			return p.fail(pos, usaH6, "%d stands too late: the numbers ascend, each once", n)
		}
		p.m.sigma[n/64] |= 1 << (n % 64)
		last, pos = n, pos+len(number)+1
	}
	return nil
}
