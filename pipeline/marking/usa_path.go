package marking

import (
	"iter"
	"slices"
	"strings"
)

// readPath reads the compartments and sub-compartments of a system or program from where it starts in
// the input to stop, and adds it to the paths. The order of systems, programs and compartments is that of
// their abbreviations, which the spelled-out names (SAR-BUTTERED POPCORN/AA, GAMMA) don't show:
// only that of sub-compartments, which have no names, is checked. The canonical form sorts all.
func (p *usaParser) readPath(paths []usaPath, system string, start, stop int, rule string) ([]usaPath, *SyntaxError) {
	for _, q := range paths {
		if q.system == system {
			return nil, p.fail(start, rule, "%s stands twice", system)
		}
	}
	pos := start + strings.IndexByte(p.in[start:stop]+"-", '-')
	if system == "" {
		return nil, p.fail(start, rule, "a name is missing here")
	}
	if pos == stop {
		return append(paths, usaPath{system: system}), nil
	}
	comps := len(paths)
	for pos < stop {
		pos++ // the hyphen
		end := pos + strings.IndexByte(p.in[pos:stop]+"-", '-')
		var comp, last string
		for at, word := range fields(p.in[pos:end]) {
			sub := ""
			if at == 0 {
				comp = word
				if short, ok := sciTitles[usaPath{system: system, comp: word}]; ok {
					comp = short
				}
			} else {
				sub = word
			}
			switch {
			case !isGraph(word, 6) && comp == word:
				return nil, p.fail(pos+at, rule, "%q is no compartment or sub-compartment: one to six capitals and digits, after one hyphen or space", word)
			case sub == "" && slices.ContainsFunc(paths[comps:], func(q usaPath) bool { return q.comp == comp }):
				return nil, p.fail(pos+at, rule, "%s stands twice", word)
			case sub != "" && !isGraph(sub, 6):
				return nil, p.fail(pos+at, rule, "%q is no sub-compartment: one to six capitals and digits, after one space", word)
			case sub != "" && last != "" && compareNames(last, sub) >= 0:
				return nil, p.fail(pos+at, rule, "%s stands too late: sub-compartments ascend, numbers first, each once", word)
			}
			last = sub
			paths = append(paths, usaPath{system, comp, sub})
		}
		pos = end
	}
	return paths, nil
}

// fields splits s at every single space and gives each word with its offset.
func fields(s string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for pos := 0; ; {
			end := pos + strings.IndexByte(s[pos:]+" ", ' ')
			if !yield(pos, s[pos:end]) || end == len(s) {
				return
			}
			pos = end + 1
		}
	}
}
