package advisory_test

import (
	"errors"
	"strings"
	"testing"

	"bulletin/pipeline/advisory"
)

// body is the text of an imported draft without its front matter.
func body(t *testing.T, source string) string {
	t.Helper()
	d := imported(t, []byte(source))
	if errs := errorsOf(filled(d)); errs != nil {
		t.Errorf("%v\n%s", errs, d.Text)
	}
	_, body, _ := strings.Cut(string(d.Text)[4:], "\n---\n")
	return strings.Trim(body, "\n")
}

// Each kind of source becomes Markdown that a draft takes.
func TestBodies(t *testing.T) {
	for _, c := range []struct{ name, source, want string }{
		{"underlined headings", "Title of it\n===========\n\nText of it\nin two lines.\n\nNext\n----\n\nMore of it.\n", "Text of it\\\nin two lines.\n\n## Next\n\nMore of it."},
		{"signs of Markdown", "A title\n\nNo heading, but 2*3*4 and a_b_ and <tag> [x](y) &amp; `c`.\n+ plus\n", "No heading, but 2\\*3\\*4 and a_b\\_ and \\<tag> \\[x](y) \\&amp; \\`c\\`.\n\n-   plus"},
		{"bullets", "A title\n\nDo this:\n  * first of all\n    goes on\n      o deeper\n  * second\n\nThen rest.\n", "Do this:\n\n-   first of all\\\n    goes on\n    -   deeper\n-   second\n\nThen rest."},
		{"numbers", "A title\n\n1) one\n2) two\n\n2026. A year begins no list here.\n", "1.  one\n2.  two\n\n2026\\. A year begins no list here."},
		{"columns", "A title\n\nFile            Size\na.exe           100\nb.dll           7\n\nEnd of it.\n", "```\nFile            Size\na.exe           100\nb.dll           7\n```\n\nEnd of it."},
		{"code", "A title\n\nRun this:\n\n    if (x) {\n      y();\n    }\n\nEnd of it, in words\nof two lines.\n", "Run this:\n\n```\nif (x) {\n  y();\n}\n```\n\nEnd of it, in words\\\nof two lines."},
		{"references", "A title\n\nSeen before [1] [2].\n\nReferences\n\n[1] https://a.example/x_y\n[2] A book,\n    second edition\n", "Seen before [1] [2]."},
		{"references out of order", "A title\n\nSeen before [2].\n\n[2] https://a.example/\n", "Seen before [2].\n\n[2] https://a.example/"},
		{"clearsigned", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nA title\n\n- - - A dash of text.\n- -----BEGIN of it.\n\nText.\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n", "-   \\- A dash of text.\n\n\\-----BEGIN of it.\n\nText."},
		{"mail", "From: Desk <desk@a.example>\nSubject: =?utf-8?q?M=C4=81ori_title?=\nDate: Mon, 2 Mar 2026 10:00:00 +1300\n\nText of it.\n", "Text of it."},

		{"kramdown", "---\nlayout: default\ntitle: A title\n---\n<style>\np { }\n</style>\n\n<div markdown=\"1\">\n1. TOC\n{:toc}\n\n## Part {#part}\n{: .no_toc }\nText {{ site.x }}here.\n{: .a}\n</div>\n", "## Part\nText here."},
		{"pictures", "# A title\n\n![An *alt*](https://a.example/x.png \"t\")\n\n<img src='https://a.example/y.png' alt=\"b [c]\">\n\n![](data:image/png;base64,AAAA)\n\n![local](x.png)\n", "[Picture: An *alt*](<https://a.example/x.png>)\n\n[Picture: b \\[c\\]](<https://a.example/y.png>)\n\nPicture\n\n![local](x.png)"},
		{"code is left alone", "# A title\n\n```\n<style>\n{: .x}\n![a](https://a.example/b.png)\nTLP:RED\n```\n\nUse `<div>` here.\n", "```\n<style>\n{: .x}\n![a](https://a.example/b.png)\nTLP:RED\n```\n\nUse `<div>` here."},
		{"a fence without end", "# A title\n\nText.\n\n```\ncode\n", "Text.\n\n```\ncode\n```"},
		{"a long fence without end", "# A title\n\nText.\n\n~~~~ x\ncode\n```\n", "Text.\n\n~~~~ x\ncode\n```\n~~~~"},
		{"comments", "# A title\n\n<!-- a\nb --> Text.\n\n<!-- never closed\n", " Text.\n\n\\<!-- never closed"},
		{"Markdown references", "# A title\n\nText [1].\n\n## References\n\n1. [A page](https://a.example/x)\n2. <https://b.example/>\n3. A book\n", "Text [1]."},
		{"references with more than text", "# A title\n\nText.\n\n## References\n\n1. A **bold** book\n", "Text.\n\n## References\n\n1. A **bold** book"},

		{"page", `<!doctype html><html><head><title>Site | A title</title><script>x()</script></head><body><nav>Menu</nav><main><h1>A title</h1>
<p>Text with <b>bold</b>, <a href="https://a.example/x?y=1&amp;z=2">a link</a>, <a href="#p">a place</a>, <a href="javascript:alert(1)">a script</a>.</p>
<ul><li>One<ul><li>Two</li></ul></li></ul><pre><code>a  b
c</code></pre><img src="https://a.example/p.png" alt="P"><img src="data:image/png;base64,AA"></main><footer>Foot</footer></body></html>`,
			"Text with **bold**, [a link](https://a.example/x?y=1&z=2), a place, a script.\n\n- One\n\n  - Two\n\n```\na  b\nc\n```\n\n[Picture: P](https://a.example/p.png)Picture"},
		{"relative links", `<html><head><base href="https://a.example/dir/"></head><body><h1>A title</h1><p><a href="b.html">B</a> <a href="/c">C</a></p></body></html>`, "[B](https://a.example/dir/b.html) [C](https://a.example/c)"},
		{"table", `<html><body><h1>A title</h1><table><tr><th>Hash</th><th>File</th></tr><tr><td>a|b</td><td>c_d</td></tr></table></body></html>`, "| Hash | File |\n|---|---|\n| a\\|b | c\\_d |"},
		{"headings over headings", "# A title\n\n## 28 July 2020\n\n## Alert **No** 1\n### Deeper `**`\n## Text\nOf it (U).\n\nUnderlined\n---\n## (TLP:GREEN) Marked\n\n***\n\n## **The** End ##",
			"**28 July 2020**\n\n## Alert **No** 1\n\n__Deeper `**`__\n\n## Text\nOf it (U).\n\n**Underlined**\n\n## (TLP:GREEN) Marked\n\n***\n\n__**The** End__"},
		{"signs in HTML", `<html><body><h1>A title</h1><p># no heading</p><p>1. no list</p><p>*no* _em_ &lt;b&gt; [x](y) ` + "`c`" + ` &amp;amp;</p></body></html>`, ""},
	} {
		got := body(t, c.source)
		if c.want != "" && got != strings.TrimPrefix(c.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// A table that Markdown cannot write stays HTML, with nothing but its structure.
func TestTablesWithSpansStayHTML(t *testing.T) {
	got := body(t, `<html><body><h1>A title</h1><p>Text.</p><table class="x" onclick="y()"><tr><td colspan="2" style="z">Both<br>of them</td></tr>

<tr><td rowspan=1>a &lt; b</td><td><ul><li>c</li></ul></td></tr></table></body></html>`)
	const want = "Text.\n\n<table><tbody><tr><td colspan=\"2\">Both<br>of them</td></tr>\n <tr><td>a &lt; b</td><td><ul><li>c</li></ul></td></tr>\n</tbody></table>"
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

// What cannot become a draft is refused, and not taken for a text: an encrypted mail became a draft with the title "[...]".
func TestNoAdvisories(t *testing.T) {
	for _, c := range []struct{ source, want string }{
		{"\n-----BEGIN PGP MESSAGE-----\n\nwcA=\n-----END PGP MESSAGE-----\n", "it is encrypted"},
		{"From: a@b.example\r\nSubject: [...]\r\nContent-Type: multipart/encrypted;\r\n boundary=b\r\n\r\n--b\r\n", "it is encrypted"},
		{"From: a@b.example\nSubject: x\n\n-----BEGIN PGP MESSAGE-----\n", "it is encrypted"},
		{"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "it is a PGP public key block"},
		{"---\ntitle: T\nscheme: tlp\ntlp: TLP:RED\nreleasable_to: [NZL]\n---\nText\n", "it is a draft already"},
	} {
		_, err := advisory.Import([]byte(c.source), advisory.Options{})
		var refused *advisory.Error
		if !errors.As(err, &refused) || refused.Msg != c.want || refused.Hint == "" {
			t.Errorf("%q: %v", c.source, err)
		}
	}
	imported(t, []byte("A title\n\nText. Our key:\n\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDM=\n-----END PGP PUBLIC KEY BLOCK-----\n"))
}

// What is no UTF-8 is read as what it is, and what nobody sees is taken out; both are said.
func TestEncodings(t *testing.T) {
	d := imported(t, []byte("Un titre\n\nR\xe9sum\xe9 de l'alerte.\n"))
	if !strings.Contains(string(d.Text), "Résumé") || !strings.Contains(strings.Join(d.Notes, " "), "windows-1252") {
		t.Errorf("%s %q", d.Text, d.Notes)
	}
	d = imported(t, []byte("\xff\xfeA\x00 \x00t\x00i\x00t\x00l\x00e\x00\n\x00\n\x00T\x00e\x00x\x00t\x00.\x00"))
	if !strings.Contains(string(d.Text), "\nText.\n") {
		t.Errorf("%s", d.Text)
	}
	d = imported(t, []byte("A title\u202e\r\n\r\nText\x07 of\x0cit.\r\n"))
	if !strings.Contains(string(d.Text), "\nText of\\\nit.\n") || !strings.Contains(strings.Join(d.Notes, " "), "2 characters") {
		t.Errorf("%s %q", d.Text, d.Notes)
	}
}
