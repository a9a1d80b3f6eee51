package edition

import (
	"strings"

	"bulletin/pipeline/marking"
)

// A MarkLook is how a nation's rules want its own mark to stand, on pages and in mail. All marks are bold, at top
// and bottom (of every page; Canada asks for the top alone), in the capitals that their schemes are written in.
type MarkLook struct {
	Right     bool    // in the upper right corner, else centred
	Points    float64 // size of the letters where they have room
	CapHeight float64 // of the capitals at least, in millimetres; 0 if the rules do not say
	Color     int     // 0xRRGGBB
	colors    map[string]int
}

// foreignLook is how a mark stands that is not the receiving nation's own: that nation's rules do not speak of it,
// and a colour of the originator's rules would mean something else abroad.
var foreignLook = MarkLook{Points: 10.5}

// markLooks is by scheme.
var markLooks = map[string]MarkLook{
	"usa": {Points: 10.5},                // CAPCO-2016 D.1: centred, top and bottom, conspicuous
	"cui": {Points: 11},                  // 32 CFR 2002.20(b): bold capitals, centred
	"gbr": {Points: 11},                  // GSCP-2024: capitals, centred, top and bottom
	"aus": {Points: 12, Color: 0xcc0000}, // PSPF-2024: centred, bold, large, red preferred
	"can": {Points: 11, Right: true},     // TBS-2019 J: upper right corner of each page
	"nzl": {Points: 11, CapHeight: 3.1, colors: map[string]int{ // PSR-2022: bold capitals over 3 mm, others black
		"CONFIDENTIAL": 0x00b050, "SECRET": 0x0000ff, "TOP SECRET": 0xff0000,
	}},
}

// atHome reports whether the edition is marked in a scheme of the nation that it is for.
func (e Edition) atHome() bool {
	scheme, err := marking.ByName(e.Scheme)
	return err == nil && scheme.Owner() == string(e.Nation)
}

// OwnMark is the mark of the receiving nation's own scheme: the equivalent, or the banner where that nation marked
// it. Under the scheme tlp there is none: TLP is no classification.
func (e Edition) OwnMark() string {
	if e.Equivalent == "" && e.atHome() {
		return e.Banner
	}
	return e.Equivalent
}

// HandleIn is HandledAs without the mark, which has a look of its own.
func (e Edition) HandleIn() string { return strings.TrimSuffix(e.HandledAs(), e.Equivalent) }

// BannerLook is how the banner stands.
func (e Edition) BannerLook() MarkLook {
	if e.atHome() {
		return markLooks[e.Scheme].of(e.Banner)
	}
	return foreignLook
}

// EquivalentLook is how the equivalent stands: as marks of the nation's scheme do, the first where it has two.
func (e Edition) EquivalentLook() MarkLook {
	for _, scheme := range marking.Schemes() {
		if scheme.Owner() == string(e.Nation) {
			return markLooks[scheme.Name()].of(e.Equivalent)
		}
	}
	return foreignLook
}

// of gives the look the colour of the mark's level: New Zealand's level comes first, and two slashes end it.
func (l MarkLook) of(mark string) MarkLook {
	level, _, _ := strings.Cut(mark, "//")
	if c, ok := l.colors[level]; ok {
		l.Color = c
	}
	return l
}
