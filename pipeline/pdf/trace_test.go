package pdf

import (
	"fmt"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// drawn is a run of letters of one size and colour, as it stands on the paper.
type drawn struct {
	text, font string
	x, y       float64 // where it begins, from the top left
	size       float64
	width      float64
	color      rgb
}

func (d drawn) right() float64 { return d.x + d.width }

type tracedPage struct {
	w, h float64
	runs []drawn
}

var (
	tracePage = regexp.MustCompile(`<page number="\d+" mediabox="0 0 ([\d.]+) ([\d.]+)"`)
	traceText = regexp.MustCompile(`<fill_text .*?color="([\d. ]+)"`)
	traceSpan = regexp.MustCompile(`<span font="(.*?)".*?trm="([-\d.e]+) `)
	traceChar = regexp.MustCompile(`<g unicode="(.*?)" glyph=".*?" x="([-\d.e]+)" y="([-\d.e]+)" adv="([-\d.e]+)"`)
)

func float(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(fmt.Sprintf("mutool printed %q: %v", s, err))
	}
	return v
}

// traced says what is painted on each page: a trace shows what the text layer does not, colours and sizes.
func traced(t testing.TB, pdf []byte) []tracedPage {
	t.Helper()
	var pages []tracedPage
	var page *tracedPage
	var color rgb
	for l := range strings.SplitSeq(tool(t, pdf, "mutool", "trace", "FILE"), "\n") {
		if m := tracePage.FindStringSubmatch(l); m != nil {
			pages = append(pages, tracedPage{w: float(m[1]), h: float(m[2])})
			page = &pages[len(pages)-1]
		}
		if m := traceText.FindStringSubmatch(l); m != nil {
			color = colorNamed(m[1])
		}
		if m := traceSpan.FindStringSubmatch(l); m != nil {
			page.runs = append(page.runs, drawn{font: m[1], size: float(m[2]), color: color})
		}
		if m := traceChar.FindStringSubmatch(l); m != nil {
			d := &page.runs[len(page.runs)-1]
			if d.text == "" {
				d.x, d.y = float(m[2]), page.h-float(m[3])
			}
			d.text += html.UnescapeString(m[1])
			d.width += float(m[4]) * d.size
		}
	}
	return pages
}

// colorNamed reads "0 .69 .314", or one number for a grey.
func colorNamed(s string) rgb {
	f := strings.Fields(s)
	if len(f) == 1 {
		f = []string{f[0], f[0], f[0]}
	}
	var c rgb
	for _, v := range f {
		c = c<<8 | rgb(math.Round(float(v)*255))
	}
	return c
}

// find returns the runs of a page's top and bottom whose text is the given one.
func (p tracedPage) find(text string) (top, bottom []drawn) {
	for _, d := range p.runs {
		switch {
		case d.text != text:
		case d.y <= p.h*markZone:
			top = append(top, d)
		case d.y >= p.h*(1-markZone):
			bottom = append(bottom, d)
		}
	}
	return top, bottom
}
