package pdf

import "bulletin/pipeline"

// The look of an edition: everything that a designer would change, in points (1/72 inch).

// rgb is a colour as 0xRRGGBB.
type rgb int

func (c rgb) split() (r, g, b int) { return int(c >> 16 & 0xff), int(c >> 8 & 0xff), int(c & 0xff) }

const (
	ink      rgb = 0x1a1c20
	muted    rgb = 0x555b66 // portion marks, captions, small print: 6.8:1 on white
	accent   rgb = 0x0b3a66 // headings, rules
	urgent   rgb = 0x8a2b0e // of immediate and flash bulletins; neither TLP:RED's red nor that of a marking
	linkInk  rgb = 0x0b57a4
	hairline rgb = 0xc4c9d1
	codeBack rgb = 0xf3f4f6
	headBack rgb = 0xe6ebf1
	noteBack rgb = 0xfdf6e3
	noteLine rgb = 0xb4861a
	noteInk  rgb = 0x6b4e08 // 7:1 on noteBack
	actBack  rgb = 0xeef3f9
	black    rgb = 0x000000
	white    rgb = 0xffffff
)

const (
	sideMargin = 56.0
	edgeMargin = 26.0 // from the paper's edge to the marks
	tightEdge  = 14.0 // the same where the marks are very long; printers reach that far
	bodyIndent = 34.0 // of running text, so that a line holds 60 to 75 characters and headings stand out
	bodySize   = 10.5
	bodyLead   = 1.4 // height of a line, in sizes
	tableSize  = 8.5
	codeSize   = 8.5
	smallSize  = 8.0
	// statementSize is of what the marking requires to be said.
	statementSize = 8.5
	tlpSize       = 12.0 // TLP 2.0: 12 pt or greater
	listIndent    = 18.0
	quoteStep     = 14.0
	cellPad       = 4.0
	panelPad      = 9.0
)

// headingSize is by level, from 1.
func headingSize(level int) float64 {
	switch level {
	case 1:
		return 15
	case 2:
		return 12.5
	case 3:
		return 11
	}
	return bodySize
}

const draftNotice = "DRAFT – not released"

func kindName(k pipeline.Kind) string {
	switch k {
	case "bulletin":
		return "Cyber Bulletin"
	case "flash":
		return "Cyber Flash"
	case "overview":
		return "Cyber Overview"
	case "training":
		return "Training"
	case "exchange":
		return "Exchange of Experts"
	case "notice":
		return "Notice"
	}
	return string(k)
}

// reportingNotice says what a report should contain; it stands under the contacts.
const reportingNotice = "Report suspicious or criminal activity to the contact above. Where you can, say: the date, " +
	"time and time zone of what happened and where; what kind of activity it was; the people, systems and data " +
	"affected; which indicators of this bulletin you saw; what you have done so far and what evidence you keep; " +
	"the name of your organisation and a person whom we can call. Quote the number of this bulletin."
