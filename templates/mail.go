package templates

import _ "embed" // for the template below

//go:embed mail/message.html
var mailHTML string

// MailHTML is the html/template of the mail's HTML part: its "message", from package mail's page.
func MailHTML() string { return mailHTML }
