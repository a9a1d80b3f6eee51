package marking

import (
	"iter"
	"slices"
	"strings"
)

// readProgram reads a SAP program, which starts at rest: behind SAR- for the first one (H.5).
func (p *usaParser) readProgram(start, stop, rest int, first bool, before usaCategory) *SyntaxError {
	const rule = "CAPCO-2016 H.5"
	if err := p.enter(start, "SAR", usaSAP, first, before); err != nil {
		return err
	}
	switch {
	case !first && rest > start:
		return p.fail(start, rule, "SAR- stands once, before the first program")
	case p.m.said&(1<<balk|1<<bohemia) != 0:
		return p.fail(start, usaH7, "programs of the United States stand before those of NATO")
	case !classifiedOnly.has(p.m.level):
		return p.fail(start, rule, "special access programs are classified: CONFIDENTIAL, SECRET or TOP SECRET")
	}
	name, _, _ := strings.Cut(p.in[rest:stop], "-")
	for pos, word := range fields(name) {
		if name != "" && !isGraph(word, len(word)) {
			return p.fail(rest+pos, rule, "the identifier of a program is capitals and digits, with one space between two words")
		}
	}
	var err *SyntaxError
	p.m.sap, err = p.readPath(p.m.sap, name, rest, stop, rule)
	return err
}

// sapProgram takes the indicator of the SAP category off a word.
func sapProgram(word string) (program string, ok bool) {
	for _, indicator := range [...]string{"SAR-", "SPECIAL ACCESS REQUIRED-"} {
		if program, ok = strings.CutPrefix(word, indicator); ok {
			return program, true
		}
	}
	return "", false
}

// readSystem reads an SCI control system.
func (p *usaParser) readSystem(start, stop int, first bool, before usaCategory) *SyntaxError {
	const rule = "CAPCO-2016 H.4"
	word := p.in[start:stop]
	name, _, compartmented := strings.Cut(word, "-")
	system, published := sciSystems[name]
	if !published {
		system = name
	}
	switch {
	case !published && !isSystem(name) || !classifiedOnly.has(p.m.level) && !published:
		return p.unknown(start, word)
	case !classifiedOnly.has(p.m.level):
		return p.fail(start, rule, "%s is classified: CONFIDENTIAL, SECRET or TOP SECRET", name)
	case system == "RSV" && !compartmented:
		return p.fail(start, rule, "RSV needs a compartment")
	}
	if err := p.enter(start, name, usaSCI, first, before); err != nil {
		return err
	}
	if first {
		p.sciAt = start
	}
	var err *SyntaxError
	p.m.sci, err = p.readPath(p.m.sci, system, start, stop, rule)
	return err
}

// readPath reads the compartments and sub-compartments of a system or program from where it starts in
// the input to stop, and adds it to the paths. The order of systems, programs and compartments is that of
// their abbreviations, which the spelled-out names (SAR-BUTTERED POPCORN/AA, GAMMA) don't show:
// only that of sub-compartments, which have no names, is checked. A compartment may stand again with
// more of them, as in the example HCS-P JJJ-P DDDD (J). The canonical form sorts all.
func (p *usaParser) readPath(paths []usaPath, system string, start, stop int, rule string) ([]usaPath, *SyntaxError) {
	if p.knows(paths, system) {
		return nil, p.fail(start, rule, "%s stands twice", system)
	}
	pos := start + indexOrEnd(p.in[start:stop], '-')
	if system == "" {
		return nil, p.fail(start, rule, "a name is missing here")
	}
	if pos == stop {
		return append(paths, usaPath{system: system}), nil
	}
	seen := map[usaPath]bool{} // what stands already; true if nothing may be added below it
	for pos < stop {
		pos++ // the hyphen
		end := pos + indexOrEnd(p.in[pos:stop], '-')
		bare := !strings.Contains(p.in[pos:end], " ")
		var comp, last string
		for at, word := range fields(p.in[pos:end]) {
			sub := word
			if at == 0 {
				comp, sub = compartment(system, word), ""
			}
			path := usaPath{system, comp, sub}
			closed, again := seen[path]
			switch {
			case at == 0 && !isGraph(comp, 6):
				return nil, p.fail(pos, rule, "%q is no compartment: one to six capitals and digits, after one hyphen", word)
			case at > 0 && !isGraph(sub, 6):
				return nil, p.fail(pos+at, rule, "%q is no sub-compartment: one to six capitals and digits, after one space", word)
			case at == 0 && comp == "ECI":
				return nil, p.fail(pos, rule, "ECI says of what kind compartments are and is not written: the compartment alone is")
			case again && (closed || bare):
				return nil, p.fail(pos+at, rule, "%s stands twice", word)
			case last != "" && compareNames(last, sub) >= 0:
				return nil, p.fail(pos+at, rule, "%s stands too late: sub-compartments ascend, numbers first, each once", word)
			}
			last, seen[path] = sub, bare || at > 0
			if seen[path] {
				paths = append(paths, path)
			}
		}
		pos = end
	}
	return paths, nil
}

// knows reports whether a system or program stands in its category already. Of many a set tells, so that a line
// of thousands takes no longer for each than one of a few.
func (p *usaParser) knows(paths []usaPath, system string) bool {
	if len(paths) < 32 {
		p.systems = nil
		return slices.ContainsFunc(paths, func(q usaPath) bool { return q.system == system })
	}
	if p.systems == nil {
		p.systems = map[string]bool{}
		for _, q := range paths {
			p.systems[q.system] = true
		}
	}
	known := p.systems[system]
	p.systems[system] = true
	return known
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
			end := pos + indexOrEnd(s[pos:], ' ')
			if !yield(pos, s[pos:end]) || end == len(s) {
				return
			}
			pos = end + 1
		}
	}
}

// indexOrEnd is where c first stands in s, or where s ends.
func indexOrEnd(s string, c byte) int {
	if i := strings.IndexByte(s, c); i >= 0 {
		return i
	}
	return len(s)
}
