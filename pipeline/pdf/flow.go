package pdf

// The body of an edition is a column of boxes. Each is drawn whole on one page; what may be
// broken (a paragraph, a table) is several boxes.

// box is a piece of the column.
type box struct {
	gap    float64 // above it; nothing at the top of a page
	height float64
	keep   bool                             // it may not be the last of a page: the next box follows it there
	draw   func(s *sheet, top, gap float64) // gap is the room above it that is really there
	head   *box                             // drawn again above it where it opens a page: a table's header row

	// cut divides a box that may be broken where a page ends, so that its first part fits into the room; least is what
	// that part needs. Nil: the box is never broken.
	cut   func(room float64) (first, rest box, ok bool)
	least float64
}

// with draws something more at the top of the box.
func (b box) with(more func(s *sheet, top float64)) box {
	inner, cut := b.draw, b.cut
	b.draw = func(s *sheet, top, gap float64) {
		more(s, top)
		inner(s, top, gap)
	}
	if cut != nil {
		b.cut = func(room float64) (box, box, bool) {
			first, rest, ok := cut(room)
			if ok {
				first = first.with(more)
			}
			return first, rest, ok
		}
	}
	return b
}

func space(height float64) box {
	return box{height: height, draw: func(*sheet, float64, float64) {}}
}

// frame is where on each page the column stands; foot is what is kept free of it at the foot of the first.
type frame struct{ top, bottom, foot float64 }

// paginate puts boxes on sheets. A chain of boxes that belong together moves to the next page as
// one; only a chain longer than a page is broken.
func paginate(boxes []box, f frame) []*sheet {
	p := pager{frame: f}
	p.turn()
	for i := 0; i < len(boxes); {
		chain := chainFrom(boxes[i:])
		if p.used && p.y+beginning(chain) > p.bottom()+fuzz {
			p.turn()
		}
		for _, b := range chain {
			p.put(b)
		}
		i += len(chain)
	}
	return p.sheets
}

func chainFrom(boxes []box) []box {
	n := 1
	for n < len(boxes) && boxes[n-1].keep {
		n++
	}
	return boxes[:n]
}

func height(boxes []box) float64 {
	h := 0.0
	for _, b := range boxes {
		h += b.gap + b.height
	}
	return h
}

// beginning is the height that a page must have left for a chain to begin there.
func beginning(chain []box) float64 {
	last := chain[len(chain)-1]
	if last.cut == nil {
		return height(chain)
	}
	return height(chain) - last.height + min(last.height, last.least)
}

type pager struct {
	frame  frame
	sheets []*sheet
	y      float64
	used   bool // something stands on the page
}

func (p *pager) bottom() float64 {
	if len(p.sheets) == 1 {
		return p.frame.bottom - p.frame.foot
	}
	return p.frame.bottom
}

func (p *pager) turn() {
	p.sheets = append(p.sheets, &sheet{})
	p.y, p.used = p.frame.top, false
}

func (p *pager) put(b box) {
	gap := b.gap
	if p.used && p.y+gap+b.height > p.bottom()+fuzz {
		if p.putPart(b, gap) {
			return
		}
		p.turn()
	}
	if !p.used {
		gap = 0
		if b.head != nil {
			p.place(*b.head, 0)
		}
		if p.y+b.height > p.bottom()+fuzz && p.putPart(b, 0) {
			return
		}
	}
	p.place(b, gap)
}

// putPart puts what fits of a box on the page and the rest on the next ones, if the box may be broken.
func (p *pager) putPart(b box, gap float64) bool {
	if b.cut == nil {
		return false
	}
	first, rest, ok := b.cut(p.bottom() - p.y - gap)
	if !ok {
		return false
	}
	rest.head = b.head
	p.place(first, gap)
	p.turn()
	p.put(rest)
	return true
}

func (p *pager) place(b box, gap float64) {
	p.y += gap
	b.draw(p.sheets[len(p.sheets)-1], p.y, gap)
	p.y += b.height
	p.used = true
}

// bounds is where a box stands from side to side.
type bounds struct{ x, w float64 }

func (b bounds) in(left float64) bounds { return bounds{x: b.x + left, w: b.w - left} }

// paragraph turns lines into boxes that leave no single line behind: neither the first at the
// foot of a page nor the last at the head of one.
func paragraph(lines []line, b bounds, size, gap float64) []box {
	boxes := make([]box, len(lines))
	for i, l := range lines {
		boxes[i] = box{
			height: size * bodyLead,
			keep:   i < len(lines)-1 && (i == 0 || i == len(lines)-2),
			draw: func(s *sheet, top, _ float64) {
				s.drawLine(l, b.x, baseline(top, size))
			},
		}
	}
	keepWords(boxes, lines)
	return spaceFirst(boxes, gap)
}

// longestKept is how many lines a word may have that is not broken where a page ends.
const longestKept = 12

// keepWords keeps the lines of a long word (a hash, a URL) on one page: who copies it would copy the foot of the page too.
func keepWords(boxes []box, lines []line) {
	for i := 0; i < len(lines); i++ {
		from := i
		for i < len(lines)-1 && lines[i].open {
			i++
		}
		if i-from < longestKept {
			keepAll(boxes[from:i])
		}
	}
}

// baseline of a line of text whose box starts at top.
func baseline(top, size float64) float64 { return top + size*(bodyLead/2+0.33) }

// under draws something beneath each box, over its whole height and the gap above it, so that it
// is one piece where the boxes stand on one page. The gap above the first box counts only where
// that continues the same thing.
func under(boxes []box, continues bool, back func(s *sheet, top, height float64)) []box {
	for i, b := range boxes {
		boxes[i] = b.on(back, i == 0 && !continues)
	}
	return boxes
}

// on is the box with something beneath it; bare leaves the gap above it free.
func (b box) on(back func(s *sheet, top, height float64), bare bool) box {
	inner, cut, h := b.draw, b.cut, b.height
	b.draw = func(s *sheet, top, gap float64) {
		if bare {
			gap = 0
		}
		back(s, top-gap, h+gap)
		inner(s, top, gap)
	}
	if cut != nil {
		b.cut = func(room float64) (box, box, bool) {
			first, rest, ok := cut(room)
			if !ok {
				return first, rest, false
			}
			return first.on(back, bare), rest.on(back, true), true
		}
	}
	if b.head != nil {
		head := b.head.on(back, false)
		b.head = &head
	}
	return b
}

// panel sets boxes on a ground with a bar at the left.
func panel(boxes []box, b bounds, ground, bar rgb) []box {
	if len(boxes) == 0 {
		return nil
	}
	gap := boxes[0].gap
	boxes[0].gap = 0
	pad := space(panelPad * 0.7)
	top, end := pad, pad
	top.gap, top.keep = gap, true
	boxes[len(boxes)-1].keep = true
	boxes = append(append([]box{top}, boxes...), end)
	return under(boxes, false, func(s *sheet, top, height float64) {
		s.ground(rectOp{x: b.x, y: top, w: b.w, h: height, fill: ground})
		s.ground(rectOp{x: b.x, y: top, w: 2.5, h: height, fill: bar})
	})
}

// spaceFirst sets the gap above the first of some boxes.
func spaceFirst(boxes []box, gap float64) []box {
	if len(boxes) > 0 {
		boxes[0].gap = gap
	}
	return boxes
}
