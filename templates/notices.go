package templates

import (
	"embed"
	"io/fs"
)

//go:embed notices
var notices embed.FS

// Notices returns the text/templates of the notices to the desk's people: a file for each matter, which defines a
// template of that name, and the foot of all. The first line of a notice is its subject.
func Notices() fs.FS { return notices }
