package draft

import (
	"regexp"
	"strings"
	"testing"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
)

// head is front matter of five keys; a body behind it begins on line 8.
func head(scheme string) string {
	return "---\ntitle: t\nscheme: " + scheme + "\ntlp: TLP:AMBER\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\nkind: training\n---\n"
}

func usa(body string) string { return head("usa") + body }
func tlp(body string) string { return head("tlp") + body }

func parseText(text string, more ...string) (*Document, Problems) {
	src := Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(text)}}
	for i := 0; i+1 < len(more); i += 2 {
		src.Files[more[i]] = []byte(more[i+1])
	}
	return Parse(src, Options{})
}

// judged is what package marking says of a mark: its business, and tested there.
var judged = regexp.MustCompile(`does not parse: .*`)

// errorsOf parses and returns the errors alone, "line:col: message | hint".
func errorsOf(text string, more ...string) []string {
	_, problems := parseText(text, more...)
	var out []string
	for _, p := range problems {
		if p.Severity == Error {
			s := strings.TrimPrefix(p.String(), "d.md:")
			s = judged.ReplaceAllString(s, "does not parse: X")
			out = append(out, strings.Replace(s, "\nhint: ", " | ", 1))
		}
	}
	return out
}

func checkErrors(t *testing.T, got, want []string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

type errorCase struct {
	name string
	text string
	want []string
}

func TestFrontMatterErrors(t *testing.T) {
	const none = "a draft begins with a line ---, then title, scheme, tlp and releasable_to, then a line ---"
	for _, c := range []errorCase{
		{"empty", "", []string{"1:1: the draft has no front matter | " + none}},
		{"no front matter", "# Title\n", []string{"1:1: the draft has no front matter | " + none}},
		{"not closed", "---\ntitle: x\n", []string{"1:1: the front matter that begins here has no closing --- | end it with a line of three hyphens"}},
		{"nothing in it", "---\n---\ntext\n", []string{
			"1:1: front matter has no scheme | write scheme: tlp, or the national scheme of the author",
			"1:1: front matter has no tlp | write tlp: TLP:AMBER, or another label of TLP 2.0",
			"1:1: front matter has no releasable_to | write releasable_to: [AUS, CAN, GBR, NZL, USA], or those of them that get an edition",
			"1:1: front matter has no title | write title: and one line of text",
		}},
		{"a list", "---\n- a\n---\ntext\n", []string{"2:1: front matter must be a map of keys and values, not a list | write lines of the form key: value"}},
		{"colon in value", "---\ntitle: a: b\n---\ntext\n", []string{
			`2:8: front matter is not valid YAML: mapping value is not allowed in this context | put a value that holds ": " in quotes`}},
		{"open list", "---\ntitle: x\nactions: [a\n---\ntext\n", []string{
			"3:10: front matter is not valid YAML: sequence end token ']' not found | check the indentation and the quotes"}},
		{"unknown key", strings.Replace(tlp("x\n"), "kind:", "kimd:", 1), []string{`6:1: unknown key "kimd" in front matter | did you mean "kind"?`}},
		{"unknown key, hyphen", strings.Replace(tlp("x\n"), "releasable_to:", "releasable-to:", 1), []string{
			"1:1: front matter has no releasable_to | write releasable_to: [AUS, CAN, GBR, NZL, USA], or those of them that get an edition",
			`5:1: unknown key "releasable-to" in front matter | did you mean "releasable_to"?`}},
		{"unknown key, far", strings.Replace(tlp("x\n"), "kind:", "flavour:", 1), []string{
			`6:1: unknown key "flavour" in front matter | known are scheme, tlp, releasable_to, marking, title, correction, kind, precedence, language, embargo, authority, glance, actions, attack, indicators, attachments, contacts, references`}},
		{"duplicate key", strings.Replace(tlp("x\n"), "kind: training", "title: u", 1), []string{`6:1: key "title" stands twice; its first value is at d.md:2:8 | keep one`}},
		{"wrong types", "---\ntitle: 12\nscheme: tlp\ntlp: [a]\nreleasable_to: AUS\nactions: {a: b}\nglance: x\nattack: 3\ncontacts: []\n---\nx\n", []string{
			"2:8: title must be text, not a number | put it in quotes",
			"4:6: tlp must be text, not a list | write the text behind the colon",
			"5:16: releasable_to must be a list, not text | write [a, b], or a line with a hyphen for each",
			"6:10: actions must be a list, not a map | write [a, b], or a line with a hyphen for each",
			"7:9: glance must be a map, not text | write who:, what:, since: and confidence: under it",
			"8:9: attack must be a list, not a number | write [a, b], or a line with a hyphen for each",
			"9:11: contacts is an empty list | name at least one, or delete the line",
		}},
		{"no value", strings.Replace(tlp("x\n"), "title: t", "title:", 1), []string{"2:7: title has no value | write title: and one line of text"}},
		{"no values", "---\ntitle: t\nscheme:\ntlp:\nreleasable_to:\nkind:\n---\nx\n", []string{
			"3:8: scheme has no value | write scheme: tlp, or the national scheme of the author",
			"4:5: tlp has no value | write tlp: TLP:AMBER, or another label of TLP 2.0",
			"5:15: releasable_to has no value | write releasable_to: [AUS, CAN, GBR, NZL, USA], or those of them that get an edition",
			"6:7: kind has no value | give it a value, or delete the line",
		}},
		{"anchor and alias", strings.Replace(tlp("x\n"), "kind: training", "actions: [&a x, *a ]\nkind: training", 1), []string{
			"6:11: an action must be text, not a YAML anchor, alias or tag, which drafts do not use | write the value itself",
			"6:17: an action must be text, not a YAML anchor, alias or tag, which drafts do not use | write the value itself"}},
		{"nested deeply", "---\ntitle: [[[[[[[[a]]]]]]]]\n---\nx\n", []string{
			"2:12: lists and maps stand more than 4 deep in each other | front matter is flat: keys, and lists of lines"}},
		{"unknown nations", strings.Replace(tlp("x\n"), "[AUS, CAN, GBR, NZL, USA]", "[AUS, FRA, usa, AUS]", 1), []string{
			`5:22: releasable_to: unknown nation "FRA": must be one of AUS, CAN, GBR, NZL, USA | known are AUS, CAN, GBR, NZL, USA`,
			`5:27: releasable_to: unknown nation "usa": write USA in capitals | known are AUS, CAN, GBR, NZL, USA`,
			"5:32: releasable_to names AUS twice | keep one"}},
		{"no nations", strings.Replace(tlp("x\n"), "[AUS, CAN, GBR, NZL, USA]", "[]", 1), []string{"5:16: releasable_to is an empty list | name at least one, or delete the line"}},
		{"scheme", strings.Replace(tlp("x\n"), "scheme: tlp", "scheme: nato", 1), []string{`3:9: unknown scheme "nato": must be one of ` + schemeNames()}},
		{"tlp 1.0", strings.Replace(tlp("x\n"), "TLP:AMBER", "TLP:WHITE", 1), []string{
			`4:10: tlp: "TLP:WHITE" does not parse: X | did you mean TLP:CLEAR?`}},
		{"kind, precedence, embargo", strings.Replace(tlp("x\n"), "kind: training", "kind: memo\nprecedence: high\nembargo: 2026-03-18", 1), []string{
			`6:7: unknown kind "memo": must be one of bulletin, flash, overview, training, exchange, notice`,
			`7:13: unknown precedence "high": must be one of routine, priority, immediate, flash`,
			`8:10: embargo "2026-03-18" is not a time of RFC 3339 | write it like 2026-03-18T09:00:00Z, with Z or an offset`}},
		{"language", strings.Replace(tlp("x\n"), "kind: training", "language: french", 1), []string{`6:11: language "french" is not a tag of BCP 47 | write it like fr or fr-CA`}},
		{"language that nobody knows", strings.Replace(tlp("x\n"), "kind: training", "language: xq", 1), []string{`6:11: language "xq" is not a tag of BCP 47 | write it like fr or fr-CA`}},
		{"title", strings.Replace(tlp("x\n"), "title: t", "title: "+strings.Repeat("é", 151), 1), []string{"2:8: title has 151 characters; at most 150 fit | say the rest in the summary"}},
		{"title of two lines", strings.Replace(tlp("x\n"), "title: t", `title: "a\nb"`, 1), []string{"2:9: title must be one line without tabs | write it on one line"}},
		{"title with a mark inside", strings.Replace(tlp("x\n"), "title: t", "title: Red (TLP:RED) hats", 1), []string{"2:8: title holds a mark inside its text | a title's mark stands before it; take this one out"}},
		{"bidi escape", strings.Replace(tlp("x\n"), "title: t", `title: "a\u202eb"`, 1), []string{"2:9: title holds the character U+202E (bidirectional control) | delete it"}},
		{"attack", strings.Replace(tlp("x\n"), "kind: training", "attack: [T10480, {use: x}, {id: T1048, used: y}, {id: T1020, use: (TLP:RED) z}]", 1), []string{
			`6:10: attack: "T10480" is not the id of an ATT&CK tactic or technique | write TA0010, T1048 or T1048.003`,
			"6:18: attack: a map without an id | write {id: T1048, use: how it was used}",
			`6:40: unknown key "used" in attack | did you mean "use"?`,
			"6:67: attack: use holds a mark | put the mark before the id: {id: (…) T1048, use: …}"}},
		{"mark in front matter does not parse", strings.Replace(usa("(U) x\n"), "title: t", `title: "(U//REL TO USA, GBRX) t"`, 1), []string{
			`2:25: mark "U//REL TO USA, GBRX" does not parse: X | a mark of scheme usa reads like (U) or (U//REL TO USA, GBR)`}},
		{"mark alone", strings.Replace(usa("(U) x\n"), "title: t", "title: (U)", 1), []string{"2:8: title is a mark without text | write the text behind the mark"}},
		{"mark hidden", strings.Replace(usa("(U) x\n"), "title: t", `title: "**(U//NF)** t"`, 1), []string{"2:9: title hides a mark behind other characters | " + plainly}},
		{"banner", strings.Replace(usa("(U//NF) x\n"), "kind: training", "marking: UNCLASSIFIED", 1), []string{
			"6:10: marking: says UNCLASSIFIED, but the portions roll up to UNCLASSIFIED//NOFORN | correct the one that is wrong"}},
		{"path out", strings.Replace(tlp("x\n"), "kind: training", "indicators: ../x.csv", 1), []string{
			`6:13: indicators: "../x.csv" leads out of the draft's folder | put the file beside the draft and give its name alone`}},
		{"indicators missing", strings.Replace(tlp("x\n"), "kind: training", "indicators: x.csv", 1), []string{
			"6:13: indicator file x.csv is missing | put it beside the draft; what the text names, check --indicators writes for it"}},
		{"no body", tlp("\n"), []string{"8:1: the draft has no text | write at least a paragraph below the front matter"}},
	} {
		t.Run(c.name, func(t *testing.T) { checkErrors(t, errorsOf(c.text), c.want) })
	}
}

func TestBodyErrors(t *testing.T) {
	const (
		unmarked = ": in scheme usa every portion begins with one | begin it with a mark, for example (U) or (U//REL TO USA, GBR)"
		hidden   = "formatting or an escape hides a mark | " + plainly
		late     = "a line inside a portion begins with a mark | put a blank line before it; if it is no mark, move it into the line"
	)
	for _, c := range []errorCase{
		{"all kinds unmarked", usa("# h\n\ntext\n\n- item\n\n| a |\n|---|\n| b |\n\n```\ncode\n```\n\n![x](y.png)\n\n> quote\n"), []string{
			"8:3: heading without its mark" + unmarked,
			"10:1: paragraph without its mark" + unmarked,
			"12:3: list item without its mark" + unmarked,
			"14:3: table without its mark" + unmarked,
			"18:1: code block without its mark" + unmarked,
			"22:1: figure without its mark" + unmarked,
			"24:3: paragraph without its mark" + unmarked}},
		{"words in parentheses are no mark", usa("(see below) text\n"), []string{"8:1: paragraph without its mark" + unmarked}},
		{"mark that does not parse", usa("(U) ok\n\nté (x)\n\n> (U//REL TO USA, GBRX) text\n"), []string{
			"10:1: paragraph without its mark" + unmarked,
			`12:19: mark "U//REL TO USA, GBRX" does not parse: X | a mark of scheme usa reads like (U) or (U//REL TO USA, GBR)`}},
		{"lower case", usa("(u//nf) text\n"), []string{
			`8:2: mark "u//nf" does not parse: X | did you mean (U//NF)?`}},
		{"look-alike slash", usa("(U∕∕NF) text\n"), []string{`8:3: mark "U∕∕NF" does not parse: X | did you mean (U//NF)?`}},
		{"a level with a wrong separator, where a mark may be left out", strings.Replace(usa("(U) text\n"), "title: t", "title: (U-NF) t", 1), []string{
			`2:9: mark "U-NF" does not parse: X | a mark of scheme usa reads like (U) or (U//REL TO USA, GBR)`}},
		{"control alone", usa("(NF) text\n"), []string{`8:2: mark "NF" does not parse: X | a mark of scheme usa reads like (U) or (U//REL TO USA, GBR)`}},
		{"not closed", usa("(U//REL TO USA,\nGBR) text\n"), []string{"8:1: the mark is not closed on its line | write the whole mark on one line, with its closing parenthesis"}},
		{"no space", usa("(U)text\n"), []string{"8:4: no space between the mark and the text | put a space between them"}},
		{"two marks", usa("(U) (U//NF) text\n\n(U)(TLP:RED) text\n\n(U)\n(U//NF) text\n"), []string{
			"8:5: a second mark follows the first | keep one",
			"10:4: a second mark follows the first | TLP stands first: (TLP:RED)(U)",
			"13:1: a second mark follows the first | keep one"}},
		{"TLP alone in scheme usa", usa("(TLP:GREEN) text\n"), []string{"8:1: only TLP is marked; scheme usa asks for its own mark too | write both, TLP first: (TLP:RED)(U)"}},
		{"TLP misspelt", tlp("(tlp:red) a\n\n(TLP RED) a\n\n[TLP:RED] a\n\n（TLP:RED） a\n"), []string{
			`8:2: mark "tlp:red" does not parse: X | did you mean (TLP:RED)?`,
			`10:5: mark "TLP RED" does not parse: X | did you mean (TLP:RED)?`,
			"12:1: a mark stands in round parentheses, written plainly | for example (TLP:GREEN) or (TLP:AMBER//REL TO CAN, NZL)",
			"14:1: a mark stands in round parentheses, written plainly | for example (TLP:GREEN) or (TLP:AMBER//REL TO CAN, NZL)"}},
		{"TLP above the document's", tlp("(TLP:RED) a\n"), []string{"4:6: tlp: TLP:AMBER is below what stands at d.md:8:1, which is TLP:RED | write tlp: TLP:RED"}},
		{"mark without text", tlp("(TLP:GREEN)\n\ntext\n"), []string{"8:1: a mark without text behind it | write both in one paragraph"}},
		{"hidden by formatting", tlp("**(TLP:RED)** a\n\n\\(TLP:RED) a\n\n`(TLP:RED)` a\n\n&#40;TLP:RED) a\n\n[(TLP:RED) a](http://b.c)\n\n\u200b(TLP:RED) a\n\n<!-- c -->(TLP:RED) a\n\na <!-- d -->\n"), []string{
			"8:1: " + hidden, "10:1: " + hidden, "12:1: " + hidden, "14:1: " + hidden, "16:1: " + hidden, "18:1: " + hidden, "20:1: " + hidden}},
		{"forgotten blank line", tlp("text\n(TLP:RED) a\n**(TLP:RED)** b\n\n> q\n(TLP:RED) c\n"), []string{"9:1: " + late, "10:1: " + late, "13:1: " + late}},
		{"list item mixed", usa("- (U) a\n\n  (U//NF) b\n\n  c\n"), []string{
			"12:3: paragraph without its mark: the part of this list item before it has a mark of its own | mark it too, so that nobody has to guess"}},
		{"mark in the wrong cell", usa("| (U) a | b |\n|---|---|\n| c | (U//NF) d |\n| e | f | g |\n"), []string{
			"10:7: a mark stands in cell 2 of a row | put it in the first cell of the row"}},
		{"mark in a cell beyond the head", usa("| (U) a | b |\n|---|---|\n| e | f | (U//NF) g |\n"), []string{
			"10:11: a mark stands in cell 3 of a row | put it in the first cell of the row"}},
		{"code", usa("```(U) sh\n(U//NF) x\n```\n\n```\n(U) x\n```\n\n```(U)\nx\n"), []string{
			"9:1: a mark stands at the start of a line of code | close the code block before it, or indent the line if it is code",
			"13:1: the mark of a code block shares its line with code | put the mark on a line by itself, or behind the opening fence",
			"16:1: the code block is not closed, and takes in all that follows | end it with a line of its own, as it began"}},
		{"empty code", usa("```(U)\n```\n"), []string{"8:1: the draft has no text | write at least a paragraph below the front matter",
			"8:4: the code block is empty, and is left out | delete it, or write the code"}},
		{"picture marks", usa("(U) text ![(U//NF) a](p.png)\n\n(U) ![(U//NF) a](p.png)\n"), []string{
			"8:10: a mark stands in the alternative text of a picture inside a portion | mark the paragraph, or make the picture a paragraph of its own",
			"10:5: a mark stands in the alternative text of a picture inside a portion | mark the paragraph, or make the picture a paragraph of its own"}},
		{"html", tlp("<div>x</div>\n\na <b>c</b> <script>d\n\n<!-- open\n"), []string{
			"10:12: the <script> is not closed, and would hide all that follows | end it with </script>",
			"12:1: the comment is not closed, and would hide all that follows | end it with -->"}},
		{"notes", usa("(U) a[^1] b\n\n[^1]: c\n\n    - (U//NF) d\n[^1]: again\n[^2]: (U) nobody refers to it\n  [^3]: (U) in\n[^4]:\n\n(U) [^3] [^4]\n"), []string{
			"12:7: a mark stands inside footnote [^1] | write two notes",
			"13:1: footnote [^1] is defined twice, and printed as a paragraph here | give it another name",
			"13:7: footnote without its mark" + unmarked,
			"14:1: nothing refers to footnote [^2]: it is printed as a paragraph | refer to it with [^2], or delete it",
			"15:3: footnote [^3] is defined inside a list or a quotation | define it at the start of a line of its own, outside lists and quotations",
			"16:1: footnote [^4] is empty | write its text"}},
		{"what reaches over portions", strings.Replace(tlp("# \n\n- a\n\n  [r]: http://x.y\n\n```\n```\n\n[r]\n"), "title: t", "title: (TLP:GREEN) t", 1), []string{
			"8:1: the heading is empty, and is left out | delete it, or write its text",
			"12:3: a link is defined inside a list, a quotation or a note | define it at the start of a line of its own, outside lists and quotations",
			"14:1: the code block is empty, and is left out | delete it, or write the code"}},
		{"nesting", usa("(U) x\n\n(U) " + "x\n\n" + strings.Repeat("> ", 17) + "x\n"), []string{
			"12:1: more than 16 lists and quotations stand in each other | nest less deeply",
			"12:33: paragraph without its mark" + unmarked}},
		{"brackets", tlp(strings.Repeat("[", 5001) + "\n"), []string{"8:1: more than 5000 of the signs [ stand in one paragraph | hand in several drafts, or put what is data into the indicator file"}},
		{"emphasis", tlp(strings.Repeat("*_\n", 10001)), []string{"10008:1: more than 20000 of the signs *_~ stand in one paragraph | hand in several drafts, or put what is data into the indicator file"}},
		{"bytes", tlp("a\xffb\n\xc3\n"), []string{
			"8:2: byte 0xFF is not valid UTF-8 | save the file as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW",
			"9:1: byte 0xC3 is not valid UTF-8 | save the file as UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"}},
		{"no text", tlp("a\x00b\n"), []string{"8:2: character U+0000 (NUL) is not allowed | it is no text: delete it"}},
		{"long line", tlp("x" + strings.Repeat("y", maxLine) + "\n"), []string{"8:1: the line is 65537 bytes long; at most 65536 are read | break it"}},
	} {
		t.Run(c.name, func(t *testing.T) { checkErrors(t, errorsOf(c.text), c.want) })
	}
}

func TestIndicatorErrors(t *testing.T) {
	draft := strings.Replace(usa("(U) x\n"), "kind: training", "indicators: i.csv", 1)
	const hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	const columns = "type,value,first_seen,last_seen,confidence,note"
	for _, c := range []errorCase{
		{"empty", "", []string{"i.csv:1:1: the indicator file is empty | its first line is " + columns}},
		{"head", "type,value\n", []string{`i.csv:1:1: the indicator file's head is "type,value" | the first line is ` + columns + ", and mark behind it if rows are marked"}},
		{"broken hash", columns + "\nsha256," + hash[:63] + ",,,,\nsha256," + hash[:40] + ",,,,\n\"md5\",\"d41d8cd98f00b204e9800998ecf8427g\",,,,\n", []string{
			"i.csv:2:8: sha256 has 63 hexadecimal digits, must be 64 | copy the hash again",
			"i.csv:3:8: sha256 has 40 hexadecimal digits, must be 64 | it is as long as a sha1",
			"i.csv:4:39: md5 holds 'g', which is no hexadecimal digit | copy the hash again"}},
		{"types", columns + "\nsha265,x,,,,\nipv4,::1,,,,\nipv4,1.2.3,,,,\ncidr,10.0.0.1/8,,,,\ndomain,x,,,,\nurl,/x,,,,\nemail,a,,,,\nasn,ASx,,,,\nregistry-key,x,,,,\nssdeep,x,,,,\nmutex,,,,,\n", []string{
			`i.csv:2:1: unknown indicator type "sha265" | did you mean "sha256"?`,
			`i.csv:3:6: ipv4 "::1" is of the other kind | change its type`,
			`i.csv:4:6: ipv4 "1.2.3" is not an address | write one address; a network is of type cidr`,
			`i.csv:5:6: cidr "10.0.0.1/8" has bits set behind its length | write 10.0.0.0/8`,
			`i.csv:6:8: domain "x" is not the name of a domain | write the name alone, like host.example.org`,
			`i.csv:7:5: url "/x" is not an absolute URL | write it with its scheme, like https://host.example.org/path`,
			`i.csv:8:7: email "a" is not a mail address | write the address alone`,
			`i.csv:9:5: asn "ASx" is not the number of an autonomous system | write it like AS64500`,
			`i.csv:10:14: registry-key "x" is not a registry key | begin it with a hive and a backslash, like HKEY_LOCAL_MACHINE\ or HKLM\`,
			`i.csv:11:8: ssdeep "x" is not an ssdeep hash | write blocksize:hash:hash`,
			"i.csv:12:7: mutex without a value | write the value, or delete the row"}},
		{"almost", columns + "\ndomain,a.example.,,,,\nurl,http://:80/,,,,\nurl,http://a.example:70000/,,,,\nfilename,C:\\x\\,,,,\nyara,rule x,,,,\nregistry-key,HKEY_FOO\\x,,,,\nasn,AS0,,,,\n" +
			"registry-key,hklm\\x,,,,\nurl,ftp://[2001:db8::1]:21/é,,,,\nemail,a+b@bücher.example,,,,\nasn,64500,,,,\n\"yara\",\"rule x {\n condition: true }\",,,,\n", []string{
			`i.csv:2:8: domain "a.example." ends in a dot | write a.example`,
			`i.csv:3:5: url "http://:80/" is not an absolute URL | write it with its scheme, like https://host.example.org/path`,
			`i.csv:4:5: url "http://a.example:70000/" has a port that there is not | a port is a number up to 65535`,
			`i.csv:6:6: yara "rule x" is not a YARA rule | write the whole rule: rule NAME { condition: … }`,
			`i.csv:7:14: registry-key "HKEY_FOO\\x" is not a registry key | begin it with a hive and a backslash, like HKEY_LOCAL_MACHINE\ or HKLM\`,
			`i.csv:8:5: asn "AS0" is not the number of an autonomous system | write it like AS64500`}},
		{"defanged", columns + "\nurl,hxxps://evil[.]example/x,,,,\nemail,a[@]b(.)example,,,,\n", []string{
			`i.csv:2:5: url "hxxps://evil[.]example/x" is defanged: the file holds raw values | write https://evil.example/x`,
			`i.csv:3:7: email "a[@]b(.)example" is defanged: the file holds raw values | write a@b.example`}},
		{"dates and confidence", columns + "\nmutex,é,2026-13-01,yesterday,sure,\nmutex,b,2026-01-02,2026-01-01,101,\n", []string{
			`i.csv:2:9: first_seen "2026-13-01" is not a date or time of RFC 3339 | write 2026-03-18 or 2026-03-18T09:00:00Z`,
			`i.csv:2:20: last_seen "yesterday" is not a date or time of RFC 3339 | write 2026-03-18 or 2026-03-18T09:00:00Z`,
			`i.csv:2:30: confidence "sure" is not known | write high, medium, low or a number from 0 to 100`,
			"i.csv:3:20: last_seen 2026-01-01 is before first_seen 2026-01-02 | exchange them",
			`i.csv:3:31: confidence "101" is not known | write high, medium, low or a number from 0 to 100`}},
		{"shape", columns + "\nmutex, a,,,,\nmutex,b,,,,\"x\ny\"\nmutex,c,,,,(U//NF) d\nmutex,d\n", []string{
			"i.csv:2:7: white space around value | delete it",
			"i.csv:3:13: note holds a line break or a tab | write it on one line",
			"i.csv:5:12: a mark stands in column note | put it in a seventh column, mark",
			"i.csv:6:1: the row has 2 fields, its head 6 | put a field that holds a comma in quotes"}},
		{"quotes", columns + "\nmutex,a\"b,,,,\n", []string{`i.csv:2:8: the indicator file is not valid CSV: bare " in non-quoted-field | put the whole field in quotes, and double each quote in it`}},
		{"marks", columns + ",mark\nmutex,a,,,,,\"(U//REL TO USA, GBRX)\"\nmutex,b,,,,,U//FN\nmutex,c,,,,,secret-ish\n", []string{
			`i.csv:2:30: mark "U//REL TO USA, GBRX" does not parse: X | a mark of scheme usa reads like (U) or (U//REL TO USA, GBR)`,
			`i.csv:3:16: mark "U//FN" does not parse: X | a mark of scheme usa reads like (U) or (U//REL TO USA, GBR)`,
			`i.csv:4:13: "secret-ish" is not a mark of scheme usa | write it like (U) or (U//REL TO USA, GBR)`}},
	} {
		t.Run(c.name, func(t *testing.T) { checkErrors(t, errorsOf(draft, "i.csv", c.text), c.want) })
	}
}

func TestOriginator(t *testing.T) {
	for _, c := range []struct {
		text   string
		author pipeline.Nation
		want   pipeline.Nation
		err    string
	}{
		{tlp("x\n"), "", "", ""},
		{tlp("x\n"), pipeline.NZL, pipeline.NZL, ""},
		{usa("(U) x\n"), "", pipeline.USA, ""},
		{usa("(U) x\n"), pipeline.USA, pipeline.USA, ""},
		{usa("(U) x\n"), pipeline.GBR, "", "d.md:3:9: scheme usa belongs to USA, and the author is of GBR\nhint: use scheme tlp, or the scheme of GBR"},
	} {
		doc, problems := Parse(Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(c.text)}}, Options{Author: c.author})
		if err := problems.Err(); c.err != "" {
			if err == nil || err.Error() != c.err {
				t.Errorf("author %q: got error %v, want %s", c.author, err, c.err)
			}
			continue
		}
		if doc == nil || doc.Originator != c.want {
			t.Errorf("author %q: got %v %v, want %q", c.author, doc, problems, c.want)
		}
	}
}

func schemeNames() string {
	var names []string
	for _, s := range marking.Schemes() {
		names = append(names, s.Name())
	}
	return strings.Join(names, ", ")
}
