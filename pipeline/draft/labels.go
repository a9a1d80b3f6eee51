package draft

// What label each portion gets: its own mark's, that of what it continues, or what the scheme says of the unmarked.

// held is the label of the item or quotation that the scope is, or else of the one that it stands in.
func (s *scope) held() Label {
	if s.holds() {
		return s.label
	}
	return s.around
}

// add appends a portion with the label that its mark, its scope or the scheme gives it.
func (b *body) add(s *scope, block Block, m mark, what string) {
	if s.item != nil {
		item := *s.item
		block.Item = &item
	}
	block.Quote = s.quote
	block.Anchors, b.anchors = append(block.Anchors, b.anchors...), nil
	label := m.label
	switch {
	case m.found && block.Kind == Heading && b.marks.rule.headings == never:
		b.probs.errorf(m.at, "take it out: the heading goes where what stands under it goes", "a heading has a mark: in scheme %s none has one", b.marks.scheme.Name())
	case m.found:
		label = b.marks.implied(label, block.Kind)
		block.Mark = label.Print()
		block.Continues = s.holds() && s.started
		s.own = s.own || block.Continues
		b.complete(m)
	case s.holds() && s.started:
		label, block.Continues = s.label, true
		if s.own {
			b.probs.errorf(m.at, "mark it too, so that nobody has to guess",
				"%s without its mark: the part of this %s before it has a mark of its own", what, s.name)
		}
	default:
		label = b.unmarked(s, &block, m.at, what)
	}
	label.Implied = label.Implied || m.bad // refused, which is on the list
	if !s.started {
		s.started, s.label = true, label
	}
	if block.Kind == Heading && (block.Level <= b.part.level || label.Mark != nil) {
		b.part.label, b.part.level = label, block.Level
	}
	b.doc.Portions = append(b.doc.Portions, Portion{Label: label, Block: block, Pos: m.at})
}

// complete refuses a TLP label alone where the scheme asks for its own mark.
func (b *body) complete(m mark) {
	if m.found && !m.bad && m.label.Mark == nil && b.marks.rule.portions == must {
		b.probs.errorf(m.at, "write both, TLP first: "+b.marks.both(), "only TLP is marked; scheme %s asks for its own mark too", b.marks.scheme.Name())
	}
}

// unmarked returns the label of a portion that has no mark and continues none.
func (b *body) unmarked(s *scope, block *Block, at Pos, what string) Label {
	r := b.marks.rule
	if r.wants(block.Kind) == must {
		b.probs.errorf(at, "begin it with a mark, for example "+r.example,
			"%s without its mark: in scheme %s every portion begins with one", what, b.marks.scheme.Name())
		return Label{}
	}
	if s.around.Mark != nil && s.inQuote {
		block.Mark = s.around.Print()
		return s.around
	}
	if b.narrows(s.around) {
		b.probs.errorf(at, "begin it with its own mark", "%s without a mark would go to all of releasable_to, though what it stands in is marked %s", what, s.around.Print())
	} else if s.around.Mark != nil && !s.around.Implied {
		b.probs.warnf(at, "begin it with its own mark", "%s without a mark goes to all of releasable_to, though what it stands in is marked %s", what, s.around.Print())
	}
	if block.Kind == Heading {
		return Label{}
	}
	if b.narrows(b.part.label) {
		b.probs.warnf(at, "begin it with its own mark, if it is for as few", "%s without a mark goes to all of releasable_to, though its heading is marked %s", what, b.part.label.Print())
	}
	if r.portions == asDocument {
		return Label{TLP: b.doc.TLP}
	}
	return b.marks.implied(Label{}, block.Kind)
}
