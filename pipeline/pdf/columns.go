package pdf

import (
	"math"
	"slices"
)

// How wide the columns of a table are, and in which size it is set.

// breadth is what a cell needs, its longest word, and what it wants, all on one line. What it needs depends on into how
// many lines a hash may be broken: hashLines.
type breadth struct {
	need [len(hashLines)]float64
	want float64
}

var hashLines = [...]int{1, 2, 4}

// longWord is the width up to which a word is not broken for a column's sake.
const longWord = 84.0

func (c *composer) breadth(text cell) breadth {
	var e breadth
	line, hang := 0.0, 0.0
	for _, w := range c.words(text) {
		if w.hard {
			line, hang = 0, 0
		}
		if line == 0 && w.bullet() != "" {
			hang = w.hanging()
		}
		if w.space != nil && line > 0 {
			line += w.space.width
		}
		line += w.width
		e.want = max(e.want, line)
		for i, lines := range hashLines {
			n := min(w.width, longWord)
			if len(w.pieces) == 1 && w.width > longWord && isHex(w.pieces[0].text) {
				n = hashPart(w.pieces[0], lines)
			}
			e.need[i] = max(e.need[i], hang+n)
		}
	}
	e.want += fuzz
	return e
}

// hashPart is the width of a hash in at most that many lines; a SHA-512 takes twice as many, an MD5 or SHA-1 half.
func hashPart(p piece, lines int) float64 {
	n := len(p.text)
	if n > 64 {
		lines *= 2
	}
	if n <= 40 && lines == 2 { // MD5 and SHA-1 are little longer than half a SHA-256
		lines = 1
	}
	chunk, widest := hashChunk(n, lines), 0.0
	for from := 0; from < n; from += chunk {
		widest = max(widest, p.face.width(p.text[from:min(from+chunk, n)], p.style.size))
	}
	return widest + fuzz
}

// measure returns the breadths of every row that is divided into columns, the head first.
func (c *composer) measure(g grid) [][]breadth {
	out := [][]breadth{c.breadths(g.head)}
	for i, r := range g.rows {
		c.at(g, i+1)
		if len(r) == len(g.head) {
			out = append(out, c.breadths(r))
		}
	}
	return out
}

func (c *composer) breadths(row []cell) []breadth {
	out := make([]breadth, len(row))
	for i, text := range row {
		out[i] = c.breadth(text)
	}
	return out
}

// worthBreaking is how low a table must be to have its hashes broken, as a part of what it else would be.
const worthBreaking = 0.9

// smallestType is of tables: what must be set smaller to keep its words whole has them broken.
const smallestType = 6.0

// fit chooses the size of type and the widths of the columns. A hash on one line is copied in one piece: it is broken,
// or broken more, where that makes the table a tenth lower, or its type larger.
func (c *composer) fit(g grid, width float64) (scale float64, widths []float64) {
	rows := c.measure(g)
	least := math.Inf(1)
	for hash := range hashLines {
		s := largestScale(rows, hash, smallestType/g.size, width)
		w := columnWidths(rows, hash, s, width)
		if h := lineCount(rows, s, w) / (s * s); h < least*worthBreaking {
			least, scale, widths = h, s, w
		}
	}
	if n := len(g.align); n > 0 && n == len(widths) && g.align[n-1] != "" && g.align[n-1] != "left" {
		// Numbers at the right edge of the page would be far from what they count.
		widths[n-1] = min(widths[n-1], wants(rows, scale)[n-1]+mostAir)
	}
	return scale, widths
}

// largestScale is that of the largest type in which no column breaks its words.
func largestScale(rows [][]breadth, hash int, least, width float64) float64 {
	scale := 1.0
	for scale > least && sum(needs(rows, hash, scale)) > width {
		scale = max(scale-0.02, least)
	}
	return scale
}

// lineCount is about how many lines the table has.
func lineCount(rows [][]breadth, scale float64, widths []float64) float64 {
	lines := 0.0
	for _, row := range rows {
		most := 1.0
		for i, e := range row {
			n := max(1, math.Ceil(e.want*scale/(widths[i]-2*cellPad*scale)-fuzz))
			most = max(most, n)
			lines += (n - 1) * 0.02 // of two tables of one height the one whose cells are broken less
		}
		lines += most
	}
	return lines
}

// needs is the least width of every column.
func needs(rows [][]breadth, hash int, scale float64) []float64 {
	out := make([]float64, len(rows[0]))
	for _, row := range rows {
		for i, e := range row {
			out[i] = max(out[i], (e.need[hash]+2*cellPad)*scale)
		}
	}
	return out
}

// wants is the width of every column in which nothing of it is broken.
func wants(rows [][]breadth, scale float64) []float64 {
	out := make([]float64, len(rows[0]))
	for _, row := range rows {
		for i, e := range row {
			out[i] = max(out[i], (e.want+2*cellPad)*scale)
		}
	}
	return out
}

// columnWidths shares the width out: first what every column needs so that no word is broken, the head's words before
// those of the rows; then each further bit to the column that makes the most rows tall.
func columnWidths(rows [][]breadth, hash int, scale, width float64) []float64 {
	need, head := needs(rows, hash, scale), needs(rows[:1], hash, scale)
	switch {
	case sum(head) > width:
		return share(need, width)
	case sum(need) > width:
		return add(head, share(less(need, head), width-sum(head)))
	}
	if want := wants(rows, scale); sum(want) <= width {
		return stretch(want, width)
	}
	return shorten(rows, need, scale, width)
}

// steps is in how many bits the room is given out that columns do not need.
const steps = 64

// shorten gives room, bit by bit, to the column that is the tallest of its row in the most lines of the table.
func shorten(rows [][]breadth, need []float64, scale, width float64) []float64 {
	out := slices.Clone(need)
	bit := (width - sum(need)) / steps
	for range steps {
		tall := make([]float64, len(out))
		for _, row := range rows {
			most, at := 1.0, -1
			for i, e := range row {
				if lines := e.want * scale / (out[i] - 2*cellPad*scale); lines > most {
					most, at = lines, i
				}
			}
			if at >= 0 {
				tall[at] += most - 1
			}
		}
		best := 0
		for i := range tall {
			if tall[i] > tall[best] {
				best = i
			}
		}
		if tall[best] == 0 {
			break
		}
		out[best] += bit
	}
	return stretch(settle(rows, need, out, scale, bit), width)
}

// settle moves bits of room from one column to another for as long as that takes lines off the table: what shorten
// gave to a row that is tall whatever it gets helps several rows elsewhere.
func settle(rows [][]breadth, need, widths []float64, scale, bit float64) []float64 {
	best := lineCount(rows, scale, widths)
	for moved := true; moved; {
		moved = false
		for i := range widths {
			for j := range widths {
				for _, room := range []float64{bit, 4 * bit, 16 * bit} {
					if i == j || widths[i]-room < need[i]-fuzz {
						continue
					}
					try := slices.Clone(widths)
					try[i], try[j] = try[i]-room, try[j]+room
					if n := lineCount(rows, scale, try); n < best {
						best, widths, moved = n, try, true
					}
				}
			}
		}
	}
	return widths
}

// share gives those that ask for less than an equal share what they ask for, and the others equal
// shares of what is left. All ask for more than there is.
func share(asked []float64, total float64) []float64 {
	out := slices.Clone(asked)
	open := make([]int, len(asked))
	for i := range open {
		open[i] = i
	}
	for {
		before := len(open)
		each := total / float64(before)
		open = slices.DeleteFunc(open, func(i int) bool {
			modest := asked[i] <= each
			if modest {
				total -= asked[i]
			}
			return modest
		})
		if len(open) == before || len(open) == 0 {
			for _, i := range open {
				out[i] = each
			}
			return out
		}
	}
}

// mostAir is what a column may be wider than its content, where a table does not fill the width: what belongs together
// must not be far apart. The last column takes the rest.
const mostAir = 36.0

func stretch(want []float64, width float64) []float64 {
	out := slices.Clone(want)
	each := min((width-sum(want))/float64(len(want)), mostAir)
	for i := range out {
		out[i] += each
	}
	out[len(out)-1] += width - sum(out)
	return out
}

func sum(v []float64) float64 {
	s := 0.0
	for _, x := range v {
		s += x
	}
	return s
}

func add(a, b []float64) []float64 {
	out := slices.Clone(a)
	for i := range out {
		out[i] += b[i]
	}
	return out
}

func less(a, b []float64) []float64 {
	out := slices.Clone(a)
	for i := range out {
		out[i] -= b[i]
	}
	return out
}
