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
			sub := word
			if at == 0 {
				comp, sub = compartment(system, word), ""
			}
			switch {
			case at == 0 && !isGraph(comp, 6):
				return nil, p.fail(pos, rule, "%q is no compartment: one to six capitals and digits, after one hyphen", word)
			case at > 0 && !isGraph(sub, 6):
				return nil, p.fail(pos+at, rule, "%q is no sub-compartment: one to six capitals and digits, after one space", word)
			case at == 0 && slices.ContainsFunc(paths[comps:], func(q usaPath) bool { return q.comp == comp }):
				return nil, p.fail(pos, rule, "%s stands twice", word)
			case last != "" && compareNames(last, sub) >= 0:
				return nil, p.fail(pos+at, rule, "%s stands too late: sub-compartments ascend, numbers first, each once", word)
			}
			last = sub
			paths = append(paths, usaPath{system, comp, sub})
		}
		pos = end
	}
	return paths, nil
}

// compartment is the abbreviation of a compartment that may be written by its title.
func compartment(system, word string) string {
	if short, ok := sciTitles[usaPath{system: system, comp: word}]; ok {
		return short
	}
	return word
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
