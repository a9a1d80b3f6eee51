package pdf

import (
	"strings"
	"testing"
)

// A defanged address is broken behind its separators, and never within the brackets that defang it.
func TestBracketsOfADefangedAddressStayTogether(t *testing.T) {
	address := []rune("hxxps[:]//status[.]tgate-update[.]example[.]net/api/ping?id={x}&(y)#z")
	for n := 1; n < len(address); n++ {
		at := niceBreak(address, n)
		if at < 1 || at > n {
			t.Fatalf("a break at %d went to %d", n, at)
		}
		if before, after := string(address[:at]), string(address[at:]); at < n && (strings.HasSuffix(before, "[.") || strings.HasSuffix(before, "[:") || strings.HasPrefix(after, "]")) {
			t.Errorf("a break at %d went between %q and %q", n, before, after)
		}
	}
	if got := niceBreak(address, 42); string(address[:got]) != "hxxps[:]//status[.]tgate-update[.]" {
		t.Errorf("broken behind %q", string(address[:got]))
	}
}
