package marking

import (
	"fmt"
	"strings"
)

// TLP is a label of the Traffic Light Protocol 2.0 (FIRST, August 2022). The zero value is no label.
type TLP int

// The five labels, in order of sensitivity.
const (
	NoTLP TLP = iota
	Clear
	Green
	Amber
	AmberStrict
	Red
)

var tlpLabels = [...]string{"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

func (t TLP) String() string { return tlpLabels[t] }

// ParseTLP accepts exactly the five labels of TLP 2.0. The error is a *SyntaxError.
func ParseTLP(s string) (TLP, error) {
	if t := labelOf(s); t != NoTLP {
		return t, nil
	}
	e := checkText("tlp", s, "TLP-2.0 §2")
	if e == nil {
		e = noLabel(s)
	}
	if t := guessTLP(plain(s)); t != NoTLP {
		e.Suggestion = t.String()
	}
	return NoTLP, e
}

// labelOf returns the label that is spelt exactly so, or none.
func labelOf(s string) TLP {
	for i, l := range tlpLabels {
		if i > 0 && s == l {
			return TLP(i)
		}
	}
	return NoTLP
}

// noLabel points at the first character from which on the text is no label.
func noLabel(in string) *SyntaxError {
	offset := 0
	for _, l := range tlpLabels {
		for n := offset + 1; n <= len(l) && strings.HasPrefix(in, l[:n]); n++ {
			offset = n
		}
	}
	return &SyntaxError{Scheme: "tlp", Input: in, Offset: offset, Rule: "TLP-2.0 §2",
		Msg: "must be one of TLP:RED, TLP:AMBER+STRICT, TLP:AMBER, TLP:GREEN, TLP:CLEAR"}
}

// guessTLP reads a label however it is separated, and WHITE, which TLP 1.0 called CLEAR.
func guessTLP(s string) TLP {
	s = strings.ReplaceAll(strings.TrimSpace(s), " ", "")
	s = strings.TrimLeft(strings.TrimPrefix(s, "TLP"), ":-_")
	switch s {
	case "WHITE":
		return Clear
	case "AMBER-STRICT", "AMBERSTRICT", "AMBER_STRICT":
		return AmberStrict
	}
	return labelOf("TLP:" + s)
}

// Meaning is the label's sentence, as TLP 2.0 §3 defines it for readers.
func (t TLP) Meaning() string {
	switch t {
	case Red:
		return "For the eyes and ears of individual recipients only, no further disclosure."
	case AmberStrict:
		return "Limited disclosure, recipients can only spread this on a need-to-know basis within their organization only."
	case Amber:
		return "Limited disclosure, recipients can only spread this on a need-to-know basis within their organization and its clients."
	case Green:
		return "Limited disclosure, recipients can spread this within their community."
	case Clear:
		return "Recipients can spread this to the world, there is no limit on disclosure."
	}
	return ""
}

// Color is the label's colour on a black ground, as 0xRRGGBB (TLP 2.0 §4).
func (t TLP) Color() int {
	switch t {
	case Red:
		return 0xFF2B2B
	case AmberStrict, Amber:
		return 0xFFC000
	case Green:
		return 0x33FF00
	}
	return 0xFFFFFF
}

// MarshalText writes the label.
func (t TLP) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads the label; an empty text is no label.
func (t *TLP) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*t = NoTLP
		return nil
	}
	if *t, err = ParseTLP(string(b)); err != nil {
		return fmt.Errorf("read TLP: %w", err)
	}
	return nil
}
