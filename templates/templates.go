// Package templates holds what people start from: a skeleton for each kind of bulletin, and the
// sample drafts of the demonstration, whose people, cases and indicators are invented.
package templates

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed skeletons demo
var files embed.FS

// Demo returns the sample drafts, each in a folder of its own:
//
//	p2p       a bulletin of the USA in scheme usa, with portions for fewer nations
//	flash     a flash of NZL in scheme tlp
//	takedown  a notice of GBR in scheme tlp: draft.md is returned with comment.txt, revised.md mends it
//	requests  a bulletin of AUS in scheme aus
//	docks     a flash of GBR in scheme gbr
//	vehicles  an exchange of CAN in scheme can, in two languages
//	hires     a training of NZL in scheme nzl
//
// A folder holds draft.md and, where the draft names it, indicators.csv.
func Demo() fs.FS {
	sub, err := fs.Sub(files, "demo")
	if err != nil {
		panic(fmt.Sprintf("templates: %v", err)) // a bad path: a bug
	}
	return sub
}
