package marking

// check looks at the whole mark: what must stand beside what (CAPCO-2016 H.3 to H.9).
func (p *usaParser) check() *SyntaxError {
	if err := p.checkNeeds(); err != nil {
		return err
	}
	if err := p.checkSystems(); err != nil {
		return err
	}
	switch m := &p.m; {
	case m.source.isNATO() && m.said.has(noforn):
		return p.fail(p.at[noforn], usaH7, "a mark of NATO excludes NOFORN")
	case m.source.origin == usaJoint:
		return p.checkJoint()
	}
	return nil
}

// checkNeeds: EXDIS and NODIS need NOFORN; words of NATO need NATO.
func (p *usaParser) checkNeeds() *SyntaxError {
	for c := range usaControlCount {
		row := &usaControls[c]
		if p.m.said.has(c) && row.needs&^p.m.said != 0 {
			return p.fail(p.at[c], row.rule, "%s needs NOFORN", p.form.name(c))
		}
	}
	for _, c := range [...]usaControl{balk, bohemia, atomal} {
		if p.m.said.has(c) && !p.hasNATO() {
			return p.fail(p.at[c], usaH7, "%s is a control of NATO: it stands with a NATO level, or with FGI that may be of NATO", p.form.name(c))
		}
	}
	return nil
}

// hasNATO reports whether information of NATO is, or may be, in the mark.
func (p *usaParser) hasNATO() bool {
	if p.m.source.isNATO() || p.m.said&saidConcealed != 0 {
		return true
	}
	for _, list := range [...][]string{p.m.fgi, p.m.source.owners} {
		for _, code := range list {
			if code == "NATO" {
				return true
			}
		}
	}
	return false
}

// checkSystems: what published SCI requires of its mark (H.4).
func (p *usaParser) checkSystems() *SyntaxError {
	const rule = "CAPCO-2016 H.4"
	for _, path := range p.m.sci {
		for i := range sciNeeds {
			need := &sciNeeds[i]
			switch {
			case !need.path.covers(path) || need.below && path == need.path:
			case !need.levels.has(p.m.level):
				return p.fail(p.sciAt, rule, "%s stands with %s only", need, need.levels)
			case need.needs&^p.m.said != 0:
				return p.fail(p.sciAt, rule, "%s needs %s", need, p.form.names(need.needs))
			}
		}
	}
	return nil
}

func (n *sciNeed) String() string {
	name := n.path.system
	if n.path.comp != "" {
		name += "-" + n.path.comp
	}
	switch {
	case n.below && n.path.comp == "":
		name += " with a compartment"
	case n.below:
		name += " with a sub-compartment"
	}
	return name
}

// names says the controls of a set.
func (f usaForm) names(s usaSet) string {
	out := ""
	for c := range usaControlCount {
		if s.has(c) {
			if out != "" {
				out += " and "
			}
			out += f.name(c)
		}
	}
	return out
}

// checkJoint: REL TO covers the owners; NOFORN and HCS don't stand (H.3). A portion may leave out
// REL TO and is then not released to anyone, or the owners, where they are the banner's.
func (p *usaParser) checkJoint() *SyntaxError {
	const rule = "CAPCO-2016 H.3"
	m := &p.m
	for _, path := range m.sci {
		if path.system == "HCS" {
			return p.fail(p.sciAt, rule, "a JOINT mark excludes HCS")
		}
	}
	switch {
	case m.said.has(noforn) || m.said&implicitNF != 0:
		return p.fail(0, rule, "a JOINT mark excludes NOFORN: it is released to its owners")
	case !m.said.has(relTo) && (p.form == usaBanner || m.source.owners == nil):
		return p.fail(len(p.in), rule, "a JOINT mark needs REL TO, with all its owners")
	case m.said&saidList != 0 && listOf(m.source.owners).more(m.release):
		return p.fail(p.at[relTo], rule, "REL TO leaves out an owner of what is JOINT")
	}
	return nil
}
