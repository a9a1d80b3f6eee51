package advisory

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"bulletin/pipeline/marking"
)

// Marks in the text of a source. A banner that stands by itself, the same wherever it does (as the head and foot of
// pages do), is taken out of the text and quoted for the author. Everything else stays where it is: draft refuses what
// is no mark of the scheme that the author chooses, line by line, so that none is lost and none becomes plain text.

var (
	bareLabel   = regexp.MustCompile(`(?i)^\(?TLP\s*[:：=_–—-]?\s*(WHITE|CLEAR|GREEN|AMBER\s*[+ _-]\s*STRICT|AMBER|RED)\)?$`)
	bannerLike  = regexp.MustCompile(`^[A-ZÉÈÊ/][A-ZÉÈÊ0-9 /:,+&-]{3,119}$`)
	opensBlock  = regexp.MustCompile(`^\s*(?:(?:[-*+]|\d{1,9}[.)]|#{1,6}|>)\s+)*`)
	portionMark = regexp.MustCompile(`^\(([^()\n]{1,80})\)`)
	tlpPortion  = regexp.MustCompile(`(?i)^TLP\s*[:：]\s*(WHITE|CLEAR|GREEN|AMBER\s*[+ _-]\s*STRICT|AMBER|RED)$`)
	setextLine  = regexp.MustCompile(`^ {0,3}(?:=+|-+)\s*$`)
)

// banner returns the TLP label or the banner of a nation that a line is and nothing else.
func banner(line string) (tlp marking.TLP, national string) {
	line = strings.Trim(strings.ReplaceAll(line, `\`, ""), " \t*_#>")
	if m := bareLabel.FindStringSubmatch(line); m != nil {
		return label(m[1]), ""
	}
	if !bannerLike.MatchString(line) {
		return marking.NoTLP, ""
	}
	for _, s := range marking.Schemes() {
		if _, err := s.ParseBanner(line); err == nil {
			return marking.NoTLP, line
		}
	}
	return marking.NoTLP, ""
}

// settleMarks looks at the marks in the text.
func (p *proposal) settleMarks(body string) string {
	lines := strings.Split(body, "\n")
	code, _ := inCode(lines)
	var labels []marking.TLP
	var nationals []string
	for i, line := range lines {
		if code[i] {
			continue
		}
		if t, n := banner(line); t != marking.NoTLP {
			labels = once(labels, t)
		} else if n != "" {
			nationals = once(nationals, n)
		}
	}
	for _, n := range nationals[:min(len(nationals), maxQuotes)] {
		p.quotes = append(p.quotes, "The source says of itself: "+n)
	}
	drop := func(line string) bool {
		t, n := banner(line)
		return t != marking.NoTLP && len(labels) == 1 && t == p.tlp || n != "" && len(nationals) == 1
	}
	marks := map[string]int{} // how often each mark stands before a portion; 0 of what is none
	out := lines[:0:0]
	for i := 0; i < len(lines); i++ {
		switch line := lines[i]; {
		case code[i]:
			out = append(out, line)
		case drop(line):
			if i+1 < len(lines) && setextLine.MatchString(lines[i+1]) {
				i++ // its underlining would make a heading of what stands before it
			}
			out = append(out, "")
		default:
			out = append(out, p.settleLine(line, i == 0 || strings.TrimSpace(lines[i-1]) == "", marks))
		}
	}
	p.quoteMarks(marks)
	return strings.TrimLeft(strings.Join(out, "\n"), "\n")
}

// settleLine translates a label of TLP 1.0 that marks a portion, takes off the document's own label before a text, and
// counts other marks.
func (p *proposal) settleLine(line string, opens bool, marks map[string]int) string {
	before := opensBlock.FindString(line)
	if strings.TrimSpace(before) == "" && !opens {
		return line
	}
	rest := line[len(before):]
	if m := portionMark.FindStringSubmatch(rest); m != nil {
		if t := tlpPortion.FindStringSubmatch(m[1]); t != nil {
			mark := "(" + label(t[1]).String() + ")"
			marks[mark]++
			return before + mark + rest[len(m[0]):]
		}
		n, known := marks[m[0]]
		if n > 0 || !known && len(schemesOf(m[1])) > 0 {
			marks[m[0]]++
		} else if !known {
			marks[m[0]] = 0
		}
		return line
	}
	if at := leadingLabel.FindString(rest); at != "" && !strings.HasPrefix(strings.TrimLeft(rest, "*_ "), "(") && len(at) < len(rest) {
		found := tlpMention.FindStringSubmatch(at)
		if found != nil && label(found[1]) == p.tlp && strings.Count(at, "*")%2 == 0 && strings.Count(at, "_")%2 == 0 {
			return before + rest[len(at):]
		}
	}
	return line
}

// quoteMarks says which portion marks stand in the text, and in which schemes they would be read as marks.
func (p *proposal) quoteMarks(marks map[string]int) {
	total := 0
	for _, m := range slices.Sorted(maps.Keys(marks)) {
		if marks[m] == 0 {
			continue
		}
		total += marks[m]
		p.quotes = append(p.quotes, fmt.Sprintf("The source begins %d portion(s) with %s, which stays there: a mark in scheme %s, and refused in others.",
			marks[m], m, strings.Join(schemesOf(strings.Trim(m, "()")), ", ")))
	}
	if total > 0 {
		p.note("%d portions begin with a mark of the source, which stays in the text: look at each in the scheme that you choose", total)
	}
}

// inCode tells of each line whether it is one of a fenced or indented code block, fences included; and the fence that
// is still open at the end.
func inCode(lines []string) (out []bool, fence string) {
	out = make([]bool, len(lines))
	list := false
	for i, line := range lines {
		trimmed := strings.TrimLeft(line, " \t>")
		switch {
		case fence != "":
			out[i] = true
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]+" \t") == "" {
				fence = ""
			}
		case strings.HasPrefix(trimmed, "```") && !strings.Contains(strings.TrimLeft(trimmed, "`"), "`") || strings.HasPrefix(trimmed, "~~~"):
			out[i] = true
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, trimmed[:1]))]
		case strings.HasPrefix(line, "    ") || strings.HasPrefix(line, "\t"):
			out[i] = !list && (i == 0 || strings.TrimSpace(lines[i-1]) == "" || out[i-1])
		case trimmed != "":
			list = listItem.MatchString(line) || list && line[0] == ' '
		}
	}
	return out, fence
}

var listItem = regexp.MustCompile(`^\s{0,3}(?:[-*+]|\d{1,9}[.)])\s`)
