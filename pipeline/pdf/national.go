package pdf

import (
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/edition"
)

// markStyle is how a nation's rules want its marks on a page. All are bold, at top and bottom of every
// page (Canada asks for the top alone), in the capitals that their schemes are written in.
type markStyle struct {
	right     bool           // in the upper right corner, else centred
	size      float64        // of the letters, in points, where they have room
	capHeight float64        // of the capitals at least, in millimetres; 0 if the rules do not say
	color     rgb            // of a level that colors does not name
	colors    map[string]rgb // by level
}

// foreignMark is how a mark stands that is not the receiving nation's own: nobody's rules but its originator's
// speak of it, and in none of them does a colour mean anything abroad.
var foreignMark = markStyle{size: 10.5, color: ink}

// markStyles is by scheme.
var markStyles = map[string]markStyle{
	"usa": {size: 10.5, color: ink},            // CAPCO-2016 D.1: centred, top and bottom, conspicuous
	"cui": {size: 11, color: ink},              // 32 CFR 2002.20(b): bold capitals, centred
	"gbr": {size: 11, color: ink},              // GSCP-2024: capitals, centred, top and bottom
	"aus": {size: 12, color: 0xcc0000},         // PSPF-2024: centred, bold, large, red preferred
	"can": {size: 11, color: ink, right: true}, // TBS-2019 J: upper right corner of each page
	"nzl": {size: 11, capHeight: 3.1, color: black, colors: map[string]rgb{ // PSR-2022: bold capitals over 3 mm
		"CONFIDENTIAL": 0x00b050, "SECRET": 0x0000ff, "TOP SECRET": 0xff0000,
	}},
}

// homeSchemes are the schemes in which a nation marks. The first is the one of its equivalents.
var homeSchemes = map[pipeline.Nation][]string{
	pipeline.AUS: {"aus"}, pipeline.CAN: {"can"}, pipeline.GBR: {"gbr"}, pipeline.NZL: {"nzl"}, pipeline.USA: {"usa", "cui"},
}

// styleOfBanner is the nation's own where the edition is marked in its own scheme.
func styleOfBanner(e edition.Edition) markStyle {
	for _, s := range homeSchemes[e.Nation] {
		if s == e.Scheme {
			return markStyles[s]
		}
	}
	return foreignMark
}

func styleOfEquivalent(e edition.Edition) markStyle {
	for _, s := range homeSchemes[e.Nation] {
		return markStyles[s]
	}
	return foreignMark
}

// colorOf a mark: New Zealand's level comes first, and two slashes end it.
func (m markStyle) colorOf(mark string) rgb {
	level, _, _ := strings.Cut(mark, "//")
	if c, ok := m.colors[level]; ok {
		return c
	}
	return m.color
}

// sizeIn is the size at which the capitals of a font are as high as the rules want them.
func (m markStyle) sizeIn(f *face) float64 {
	return max(m.size, m.capHeight*pointsPerMM/f.capHeight)
}

const pointsPerMM = 72 / 25.4
