package edition

// HandleAs is the line that stands with the banner where another nation marked this: under which mark
// of its own the receiving nation handles it. It is a sentence, so that nobody takes the equivalent
// for the originator's mark. Empty where there is no equivalent.
func (e Edition) HandleAs() string {
	if e.Equivalent == "" {
		return ""
	}
	return e.HandleIn() + e.Equivalent
}

// HandleIn is HandleAs without the mark, which has a look of its own: "Handle in Australia as ".
func (e Edition) HandleIn() string { return "Handle in " + inText(e.Nation) + " as " }
