package marking

import "strings"

// readClass reads the classification and returns where it ends: of the United States, or behind two
// slashes foreign or JOINT (CAPCO-2016 H.1 to H.3).
func (p *usaParser) readClass() (int, *SyntaxError) {
	start := 0
	if strings.HasPrefix(p.in, "//") {
		start = len("//")
	}
	end := len(p.in)
	if i := strings.IndexByte(p.in[start:], '/'); i >= 0 {
		end = start + i
	}
	if start > 0 {
		return end, p.readForeign(start, end)
	}
	level, ok := p.form.levelOf(p.in[:end])
	if !ok || level == usaRestricted {
		return 0, p.noLevel(p.in[:end])
	}
	p.m.level = level
	return end, nil
}

func (p *usaParser) noLevel(word string) *SyntaxError {
	want := "UNCLASSIFIED, CONFIDENTIAL, SECRET or TOP SECRET"
	if p.form == usaPortion {
		want = "U, C, S or TS"
	}
	switch word {
	case "":
		return p.fail(0, "CAPCO-2016 H.1", "the mark is empty; the level comes first: %s", want)
	case "R", "RESTRICTED":
		return p.fail(0, "CAPCO-2016 H.1", "%q is not a level of the United States; a foreign one is written //DEU %s", word, word)
	}
	return p.fail(0, "CAPCO-2016 H.1", "%q is not a level; a %s starts with %s, or with two slashes and a foreign level", word, p.form, want)
}

// readForeign reads a classification behind two slashes.
func (p *usaParser) readForeign(start, end int) *SyntaxError {
	text := p.in[start:end]
	if level, ok := p.form.natoLevelOf(text); ok {
		p.m.level, p.m.source = level, usaSource{origin: usaForeign, owners: nato}
		return nil
	}
	if list, ok := strings.CutPrefix(text, "JOINT "); ok {
		return p.readJoint(end-len(list), list)
	}
	list, ok := p.cutLevel(text)
	if !ok {
		return p.fail(start, "CAPCO-2016 H.2", "%q is no foreign classification: write the sources and their level, as in //DEU S, "+
			"a level of NATO, or JOINT with the owners", text)
	}
	if list == "FGI" {
		p.m.said |= saidConcealed
		p.m.source = usaSource{origin: usaForeign, concealed: true}
		return nil
	}
	owners, err := p.readCodes(start, list, " ", usaH7, false)
	switch {
	case err != nil:
		return err
	case len(owners[0]) != 3:
		return p.fail(start, usaH7, "a foreign classification starts with a country; NATO has levels of its own")
	}
	p.m.source = usaSource{origin: usaForeign, owners: owners}
	return nil
}

var nato = []string{"NATO"}

// cutLevel takes the level off the end of the sources.
func (p *usaParser) cutLevel(text string) (list string, ok bool) {
	for l := usaTopSecret; l >= usaUnclassified; l-- {
		name := usaLevelNames[l].banner
		if p.form == usaPortion {
			name = usaLevelNames[l].portion
		}
		if list, ok = strings.CutSuffix(text, " "+name); ok {
			p.m.level = l
			return list, true
		}
	}
	return "", false
}

// readJoint reads level and owners: USA among them, alphabetical. A portion whose owners are the
// banner's need not repeat them (H.3).
func (p *usaParser) readJoint(start int, text string) *SyntaxError {
	const rule = "CAPCO-2016 H.3"
	p.m.source.origin = usaJoint
	for l := usaTopSecret; l >= usaUnclassified; l-- {
		name := usaLevelNames[l].banner
		if p.form == usaPortion {
			name = usaLevelNames[l].portion
		}
		list, ok := strings.CutPrefix(text, name)
		if !ok || list != "" && list[0] != ' ' || l == usaRestricted {
			continue
		}
		p.m.level = l
		if list == "" && p.form == usaPortion {
			p.m.said |= saidOwnerless
			return nil
		}
		pos := start + len(name)
		if list == "" {
			return p.fail(pos, rule, "JOINT needs its owners, USA among them")
		}
		codes, err := p.readCodes(pos+1, list[1:], " ", rule, true)
		if err != nil {
			return err
		}
		owners := without(codes, unitedStates)
		if len(owners) == len(codes) || len(owners) == 0 {
			return p.fail(pos+1, rule, "USA and at least one other are the owners of what is JOINT")
		}
		p.m.source.owners = owners
		return nil
	}
	return p.fail(start, rule, "after JOINT stand a level of the United States, which has no RESTRICTED, and the owners")
}
