package pipeline

import "strings"

// Nearest returns the known word that word most likely stands for: the one with the fewest slips of the
// fingers, at most two. A hyphen counts as an underscore, a capital as its small letter.
func Nearest(word string, known []string) (nearest string, ok bool) {
	word = strings.ToLower(strings.ReplaceAll(word, "-", "_"))
	slips := 3
	for _, k := range known {
		if d := EditDistance(word, k); d < slips {
			nearest, slips = k, d
		}
	}
	return nearest, slips < 3
}

// EditDistance counts the letters to change, add or drop to get from a to b (Levenshtein). An a of more than
// 40 octets is taken as wholly different.
func EditDistance(a, b string) int {
	if len(a) > 40 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal, row[j+1] = row[j+1], min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
