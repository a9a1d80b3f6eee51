package draft

import (
	"strings"
	"testing"
)

// What Markdown in the wild is full of: a warning each, and every word is kept.
func TestLenient(t *testing.T) {
	for _, c := range []struct{ name, text, want, warning string }{
		{"relative link", "[a](../b.md)", "paragraph a code{../b.md}", `the link's address "../b.md" leads nowhere from a bulletin`},
		{"link that says its file", "see [b.yara](b.yara)", "paragraph see b.yara", `the link's address "b.yara" leads nowhere`},
		{"link to a place of the site", "[a](/b)", "paragraph a code{/b}", `the link's address "/b" leads nowhere`},
		{"other schemes", "[a](javascript:b) [c](tel:+1) <ftp://d.e>", "paragraph a code{javascript:b} c code{tel:+1} ftp://d.e", "a link to javascript: is not made"},
		{"no address", "[a](http://[::1)", "paragraph a code{http://[::1}", "does not parse"},
		{"no text", "[](../b)", "paragraph code{../b}", "leads nowhere"},
		{"inside the document", "[a](#b%20c) [d](#) [](#e)", "paragraph link{a}(#b c) d", ""},
		{"remote picture", "![a](http://b.c/d.png)", `figure <http://b.c/d.png > a`, "nothing is fetched"},
		{"picture in data", "![a](data:image/png;base64,AAAA)", `figure <data:image/png;base64 > a`, "nothing is fetched"},
		{"picture out of the folder", `![a](../b/c.png) ![](C:\d\e.png)`, "paragraph picture{a}(c.png ) picture{}(e.png )", `"../b/c.png" leads out of the draft's folder`},
		{"picture below", "![a](./b%20c/d.png?raw=true)", "figure <d.png > a", "picture b c/d.png is missing"},
		{"notes hold anything", "a[^1]\n\n[^1]: b\n    1. c\n    2. d\n\n    > e\n\n        f\n        g\n\n    | h | i |\n    |---|---|\n    | j | k |\n\n    ## l\n",
			"paragraph afootnote{b⏎1. c⏎2. d⏎e⏎code{f}⏎code{g}⏎h | i⏎j | k⏎l}", ""},
		{"note in a note", "a[^1]\n\n[^1]: b[^2]\n[^2]: c[^1]", "paragraph afootnote{bfootnote{c[^1]}}", ""},
		{"note of its own", "a[^1]\n\n[^1]: b[^1]", "paragraph afootnote{b[^1]}", ""},
		{"note in a note in a note", "a[^1]\n\n[^1]: b[^2]\n[^2]: c[^3]\n[^3]: d", "paragraph afootnote{bfootnote{c[^3]}}\nparagraph super{3} d", "nothing refers to footnote [^3]"},
		{"note that nothing refers to", "a\n\n[^1]: b[^2]\n[^2]: c\n\nd", "paragraph a\nparagraph super{1} bfootnote{c}\nparagraph d", "nothing refers to footnote [^1]"},
		{"note twice", "a[^1]\n\n[^1]: b\n\n[^1]: c", "paragraph afootnote{b}\nparagraph super{1} c", "footnote [^1] is defined twice"},
		{"note without text", "a[^1]\n\n[^1]:", "paragraph a[^1]", "footnote [^1] is empty"},
		{"note inside a note", "a[^1] b[^2]\n\n[^1]: c\n    [^2]: d", "paragraph afootnote{c [^2]: d} b[^2]", "footnote [^2] is not defined"},
		{"notes by hand", "a[1] 2.\n\n[1]: http://b.c\n\n[2] http://d.e", "paragraph alink{1}(http://b.c) 2.\nparagraph [2] link{http://d.e}(http://d.e)", ""},
		{"wide row", "| a |\n|:-:|\n| b | c | d \\| e |\n| f |", "table [\"center\" \"\" \"\"]\n   row | a |  | \n   row | b | c | d | e\n   row | f |  | ", "the row has more cells than the head"},
		{"rule in a list", "- a\n\n  ***\n\n  b\n> c\n> ***", "paragraph item(depth 1 list 1) a\nparagraph item(depth 1 list 1) continues b\nparagraph quote(1) c", "a rule inside a list item is left out"},
		{"empty heading", "#\n\na\n\n## \n", "paragraph a", "the heading is empty"},
		{"open fence", "a\n\n```sh\nb\n\nc", "paragraph a\ncode sh [\"b\" \"\" \"c\"]", "the code block is not closed"},
		{"empty code", "a\n\n```\n```", "paragraph a", "the code block is empty"},
		{"link defined in a list", "- [a]\n\n  [a]: http://b.c", "paragraph item(depth 1 list 1) link{a}(http://b.c)", "a link is defined inside a list"},
		{"front matter of its own", "\n---\nlayout: a\ntags:\n  - b\n---\nc\n", "code yaml [\"layout: a\" \"tags:\" \"  - b\"]\nparagraph c", "front matter of its own"},
		{"a rule first", "---\nNo key\n\n---\n", "rule \nparagraph No key\nrule ", ""},
		{"deep formatting", strings.Repeat("_a **b ", 10) + "c" + strings.Repeat("**_", 10), "paragraph " + strings.Repeat("emph{a strong{b ", 8) + "emph{a b a b c" + strings.Repeat("}", 17), "more than 16 deep"},
		{"deep nesting", strings.Repeat(">", 40) + " a\n\n" + strings.Repeat("1. ", 18) + "b", "paragraph quote(16) a\nparagraph item(depth 16 list 16 from 1) b", "more than 16 lists and quotations"},
		{"copyright", "(C) 2020 Contoso", "paragraph (C) 2020 Contoso", ""},
		{"a label in a sentence", "Under standard copyright rules,\nTLP:WHITE information may go", "paragraph Under standard copyright rules, TLP:WHITE information may go", ""},
		{"signed", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA1\n\nTitle\n=====\n  a    b\n\n1. c\n-----BEGIN PGP SIGNATURE-----\nVersion: d\n\niQ==\n=aB1c\n-----END PGP SIGNATURE-----",
			"paragraph -----BEGIN PGP SIGNED MESSAGE----- Hash: SHA1\nheading1 Title\nparagraph a    b\nparagraph item(depth 1 list 1 from 1) c -----BEGIN PGP SIGNATURE----- Version: d\nparagraph iQ== =aB1c -----END PGP SIGNATURE-----", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			doc, problems := parseText(tlp(c.text + "\n"))
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range doc.Portions {
				got = append(got, strings.Split(describeBlock(p), " label")[0]+dumpBlock(p.Block))
			}
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), c.want)
			}
			if !strings.Contains(problems.String(), c.warning) {
				t.Errorf("no warning %q in\n%s", c.warning, problems)
			}
		})
	}
}

// Attacks: none of it lets a portion go under a mark, or to readers, that its author did not choose.
func TestLenientKeepsMarks(t *testing.T) {
	const narrow = "(TLP:AMBER//REL TO CAN) "
	for name, body := range map[string]string{
		"a fence takes in a marked portion":         "a\n\n```\nb\n\n" + narrow + "c\n",
		"a fence takes in a misspelt mark":          "a\n\n```\nb\n\n- (TLP:AMBR//REL TO CAN) c\n",
		"a fence takes in a mark in a table":        "a\n\n```\nb\n\n| x | [TLP:RED] c |\n",
		"a fence below a marked portion":            narrow + "a\n\n```\nb\n",
		"a fence in a note takes in a mark":         "a[^1]\n\n[^1]: b\n\n    ```\n    " + narrow + "c\n",
		"a note that nothing refers to":             narrow + "a\n\n[^1]: its source\n",
		"a note twice":                              "(TLP:GREEN) a[^1]\n\n[^1]: " + narrow + "b\n[^1]: c\n",
		"a mark in a list of a note":                "a[^1]\n\n[^1]: b\n    - " + narrow + "c\n",
		"a mark in code of a note":                  "a[^1]\n\n[^1]: b\n\n        " + narrow + "\n        c\n",
		"a mark in a table of a note":               "a[^1]\n\n[^1]: b\n\n    | " + narrow + "c |\n    |---|\n    | d |\n",
		"a mark in a heading of a note":             "a[^1]\n\n[^1]: b\n\n    # " + narrow + "c\n",
		"a mark in the name of a fence in a note":   "a[^1]\n\n[^1]: b\n\n    ```" + narrow + "\n    c\n    ```\n",
		"a mark beyond the head of a table":         "| a |\n|---|\n| b | " + narrow + "c |\n",
		"a mark in a link that is none":             "[" + narrow + "a](../b.md)\n",
		"a mark in bold in a link that is none":     "[**(TLP:RED)** a](tel:1)\n",
		"a mark in the text of an anchor":           "[(TLP:RED) a](#b)\n",
		"a mark in a remote picture in a line":      "a ![" + narrow + "b](http://c.d/e.png)\n",
		"a mark in a picture out of the folder":     "a ![" + narrow + "b](../e.png)\n",
		"an empty heading ends a part":              "# h\n\n" + narrow + "a\n\n#\n\nb\n",
		"front matter of its own with a mark":       "---\nlayout: x\ntitle: (TLP:AMBER//REL TO CAN) y\n---\n",
		"a stricter label in a sentence":            "Under standard copyright rules,\nTLP:RED information may go\n",
		"a label with a list in a sentence":         "and then,\nTLP:AMBER//REL TO CAN the source\n",
		"a label behind the end of a sentence":      "It is so.\nTLP:GREEN the rest\n",
		"a mark in parentheses, wrapped":            "and then\n(TLP:GREEN) the rest\n",
		"a link in a marked list":                   "- " + narrow + "a [b]\n\n  [b]: http://c.d\n\n[b]\n",
		"a mark hides behind a copyright":           "(C) (TLP:RED) 2020 a\n",
		"a reference without its note hides a mark": "[^1](TLP:AMBER//REL TO CAN) a\n",
	} {
		t.Run(name, func(t *testing.T) {
			if doc, problems := parseText(tlp(body)); doc != nil {
				t.Errorf("it parses:\n%s%s", dump(doc), problems)
			}
		})
	}
}

// In a national scheme what is printed needs its mark, and what is odd stays an error.
func TestLenientUnderNationalSchemes(t *testing.T) {
	for scheme, mark := range map[string]string{"usa": "(U)", "aus": "(O)", "can": "(U)", "nzl": "(U)", "gbr": "(OFFICIAL)", "cui": "(U)"} {
		for _, body := range []string{
			"% a\n\n```%\nb\n", "% a\n\n[^1]: % b\n", "% a[^1]\n\n[^1]: b\n[^1]: c\n", "% a\n\n#\n\n% b\n", "- % a\n\n  [r]: http://b.c\n\n% [r]\n",
			"% a[^1]\n\n- % b\n\n  [^1]: % c\n", "% (C) 2020 a\n(C) 2020 b\n", "% a,\nTLP:GREEN b\n",
		} {
			if doc, problems := parseText(head(scheme) + strings.ReplaceAll(body, "%", mark)); doc != nil {
				t.Errorf("scheme %s: %q parses:\n%s%s", scheme, body, dump(doc), problems)
			}
		}
	}
}

// Encoded scripts and configurations stand in one line; only what is no code must be short, since it is parsed.
func TestLongLinesOfCode(t *testing.T) {
	long := strings.Repeat("QUJD", maxLine)
	for name, text := range map[string]string{
		"a fence":         "```\n" + long + "\n```",
		"an indented one": "x\n\n    " + long + "\n\ny",
	} {
		doc, problems := parseText(tlp(text + "\n"))
		if err := problems.Err(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		found := false
		for _, p := range doc.Portions {
			found = found || p.Block.Code != nil && p.Block.Code.Lines[0] == long
		}
		if !found {
			t.Errorf("%s: the line is not there whole", name)
		}
	}
	for name, text := range map[string]string{
		"a paragraph":                 "a " + long,
		"behind a fence":              "```\nx\n```\n" + long,
		"a fence in HTML":             "<pre>\n```\n" + long + "\n```\n</pre>",
		"a paragraph in a note":       "x[^1]\n\n[^1]: y\n\n    " + long,
		"a line that is far too long": "```\n" + strings.Repeat("x", maxCodeLine+1) + "\n```",
	} {
		if _, problems := parseText(tlp(text + "\n")); !strings.Contains(problems.String(), "bytes long") {
			t.Errorf("%s: it is read: %v", name, problems)
		}
	}
}
