package draft

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// citation is how a text cites its references: [1], [1, 3] or [2-4], with the space before it.
var citation = regexp.MustCompile(`[ \x{a0}]?\[(\d{1,3}(?:\s*[,–-]\s*\d{1,3})*)\]`)

// Citations returns the numbers that a text cites, ranges spelled out, in order.
func Citations(text string) []int {
	var out []int
	for _, m := range citation.FindAllStringSubmatch(text, -1) {
		out = append(out, cited(m[1])...)
	}
	return out
}

// cited returns the numbers between the brackets.
func cited(list string) []int {
	var out []int
	for part := range strings.SplitSeq(list, ",") {
		from, to, isRange := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		first, _ := strconv.Atoi(strings.TrimSpace(from)) // digits, by the pattern
		last := first
		if isRange {
			last, _ = strconv.Atoi(strings.TrimSpace(to))
		}
		for n := first; n <= last; n++ {
			out = append(out, n)
		}
	}
	return out
}

// Recite gives the citations in a text new numbers: number[i] is that of reference i+1, 0 where it is gone. A
// citation of nothing but what is gone falls away whole. What cites no reference is no citation, and stays.
func Recite(text string, number []int) string {
	return citation.ReplaceAllStringFunc(text, func(c string) string {
		var left []string
		for _, n := range cited(citation.FindStringSubmatch(c)[1]) {
			if n < 1 || n > len(number) {
				return c
			}
			if number[n-1] > 0 {
				left = append(left, strconv.Itoa(number[n-1]))
			}
		}
		if len(left) == 0 {
			return ""
		}
		return fmt.Sprintf("%s[%s]", c[:strings.IndexByte(c, '[')], strings.Join(left, ", "))
	})
}
