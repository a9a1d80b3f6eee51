package draft

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A topic is what a heading, the head of a column or the words before a colon say of the values that follow.
type topic struct {
	name string
	form *regexp.Regexp
}

// The topics, the first that fits wins. Where nothing may be proposed comes first; "any" is a place for
// indicators of whatever type.
const (
	quiet   = "quiet" // references, contacts, versions, certificates: addresses and hashes that are no indicators
	anyType = "any"
)

var topics = []topic{
	{quiet, regexp.MustCompile(`(?i)thumb ?print|finger ?print|serial|certificat|version|\bsubjects?\b|detection name|\breferences?\b|références|\bsources?\b|further reading|\bcontacts?\b|report(ing|s)? (to|an?|incident|notice)|mitigation|recommend|remediation|disclaimer|acknowledg|legitimate`)},
	{"md5", regexp.MustCompile(`(?i)\bmd-?5\b`)},
	{"sha1", regexp.MustCompile(`(?i)\bsha[- ]?1\b`)},
	{"sha256", regexp.MustCompile(`(?i)\bsha[- ]?256\b`)},
	{"sha512", regexp.MustCompile(`(?i)\bsha[- ]?512\b`)},
	{"ssdeep", regexp.MustCompile(`(?i)\bssdeep\b|fuzzy hash`)},
	{"hash", regexp.MustCompile(`(?i)\bhash(es)?\b|empreintes?\b`)},
	{"filename", regexp.MustCompile(`(?i)\bfile ?-?(name|path)s?\b|malicious files|noms? de fichiers?|dateinamen?|文件名|ファイル名`)},
	{"mutex", regexp.MustCompile(`(?i)\bmutex(es)?\b|\bmutants?\b`)},
	{"user-agent", regexp.MustCompile(`(?i)\buser[- ]agents?\b`)},
	{"registry-key", regexp.MustCompile(`(?i)\bregistry\b|\breg(istry)? keys?\b|registre`)},
	{"asn", regexp.MustCompile(`(?i)\basns?\b|autonomous system`)},
	{"network", regexp.MustCompile(`(?i)\b(urls?|uris?|domains?|domaines?|fqdns?|host ?names?|ips?|ipv[46]|cidrs?|e-?mails?|courriels?|senders?|c2s?|c&c|command[- ]and[- ]control|infrastructure|network)\b`)},
	{anyType, regexp.MustCompile(`(?i)\bindicat(or|eur)s?\b|\bioc'?s?\b|\bobservables?\b|\bsamples?\b|インジケータ`)},
}

// topicOf returns the name of the topic of s, empty if it has none.
func topicOf(s string) string {
	for _, t := range topics {
		if t.form.MatchString(s) {
			return t.name
		}
	}
	return ""
}

// columnTopic is topicOf for the head of a column, which may be as short as "File" or "Value".
func columnTopic(s string) string {
	switch s = strings.ToLower(strings.Trim(s, " :*\n")); s {
	case "file", "files":
		return "filename"
	case "value", "values":
		return anyType
	}
	if utf8.RuneCountInString(s) > 60 {
		return ""
	}
	return topicOf(s)
}

// sections follows the headings of a document and knows what the text under them is about.
type sections struct {
	under [7]string // by level
	level int
	lead  string // the topic of a short line above a list, a table or a code block
}

func (s *sections) heading(level int, text string) {
	own := topicOf(text)
	if own == "" {
		own = s.above(level)
	}
	s.under[level], s.level, s.lead = own, level, ""
}

func (s *sections) above(level int) string {
	for l := level - 1; l > 0; l-- {
		if s.under[l] != "" {
			return s.under[l]
		}
	}
	return ""
}

// title notes what may be the title of what follows: "**Domains**", "Email addresses:", "Domains (1)".
func (s *sections) title(text string) bool {
	text = strings.TrimRight(strings.TrimSpace(text), ": ")
	if utf8.RuneCountInString(text) > 80 || strings.HasSuffix(text, ".") || strings.Contains(text, ": ") || holdsValue(text) {
		return false
	}
	lead := topicOf(text)
	if lead != "" {
		s.lead = lead
	}
	return lead != ""
}

// topic is what the text here is about.
func (s *sections) topic() string {
	if s.lead != "" {
		return s.lead
	}
	return s.under[s.level]
}
