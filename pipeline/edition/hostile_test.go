package edition_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bulletin/pipeline"
	"bulletin/pipeline/draft"
	"bulletin/pipeline/edition"
)

// hostileMarks has for each scheme its author, a mark for everybody, and one that keeps a portion from AUS or NZL.
var hostileMarks = []struct {
	scheme      string
	author      pipeline.Nation
	open, close string
	from        pipeline.Nation // who may not have what is closed
}{
	{"tlp", pipeline.USA, "(TLP:AMBER)", "(TLP:AMBER//REL TO CAN, USA)", pipeline.NZL},
	{"tlp", pipeline.USA, "", "(TLP:RED//REL TO USA)", pipeline.NZL},
	{"usa", pipeline.USA, "(U)", "(U//NF)", pipeline.NZL},
	{"cui", pipeline.USA, "(U)", "(CUI//NF)", pipeline.NZL},
	{"gbr", pipeline.GBR, "(OFFICIAL)", "(OFFICIAL-SENSITIVE)", pipeline.NZL},
	{"gbr", pipeline.GBR, "", "(SECRET - UK EYES ONLY)", pipeline.NZL},
	{"aus", pipeline.AUS, "(O)", "(P//REL AUS/CAN)", pipeline.NZL},
	{"can", pipeline.CAN, "(U)", "(PB)", pipeline.NZL},
	{"nzl", pipeline.NZL, "(U)", "(R//REL TO NZL, GBR)", pipeline.AUS},
}

// hostileBits are tags, signs and pieces of them, to be put anywhere but between a mark and what follows it.
var hostileBits = []string{
	"<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<td rowspan=9>", "<td colspan=3>", "<th>", "<thead>", "<caption>", "</caption>", "<tr><td>", "</td><td>", "</td></tr>",
	"<div>", "</div>", "<p>", "</p>", "<ul>", "</ul>", "<ol>", "<li>", "</li>", "<blockquote>", "</blockquote>", "<details>", "<summary>", "</summary>", "</details>",
	"<pre>", "</pre>", "<pre>\n", "\n</pre>\n", "<figure>", "<figcaption>", "</figcaption>", "</figure>", "<dl>", "<dt>", "<dd>", "<br>", "<hr>", "<h2>", "</h2>",
	"<a id=x>", "<a href='#x'>", "</a>", "<b>", "</b>", "<code>", "</code>", "<img src=x.png alt='", "'>", "<span title='", "<!--", "-->", "<!-- x -->", "<?", "?>", "<![CDATA[", "]]>", "<!X",
	"<style>", "</style>", "<script>", "</script>", "<svg>", "</svg>", "<template>", "</template>", "<textarea>", "</textarea>", "<xmp>", "<plaintext>", "<select><option>", "<input value='", "<object>", "<noscript>", "<head>", "</head>", "<body>", "<html>",
	"```", "```\n", "\n```\n", "~~~\n", "    ", "> ", "- ", "1. ", "\n- ", "\n> ", "# ", "\n---\n", "\n===\n", "---", "|", "\n|---|\n", "| a | b |\n|---|---|\n", "\n\n", "\n", "\n\n\n", "\n\n    ",
	"[^1]", "\n[^1]: ", "\n\n[^1]: ", "[", "]", "](#x)", "](http://e.example/)", "[r]: ", "\n\n[r]: http://e.example/ \"", "\"", "'", "`", "``", "*", "**", "_", "\\", "&lt;", "&#40;", "&#x0;", "\u200b", "\u202e", "\f", "\u2028", "\r", "\u00a0", "\ufeff", "((", ")", "(", "$", "text", "a text ", "https://e.example/?",
}

// newPortion is what begins a portion of its own, as its author sees: what follows it is unmarked.
var newPortion = regexp.MustCompile("\n\n+|\n(?:[-=>#`~|\\[]|1\\. )|<tr>|<li>|<h2>")

// However tags and signs fall around marked portions, what is marked for few is refused or goes to them alone.
func TestHostileDrafts(t *testing.T) {
	accepted, total := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(hostileMarks).Draw(t, "marks")
		bit := rapid.Custom(func(t *rapid.T) string {
			if rapid.Bool().Draw(t, "none") {
				return ""
			}
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(hostileBits), 1, 3).Draw(t, "bits"), "")
		})
		var b strings.Builder
		b.WriteString(bit.Draw(t, "first"))
		for i := range rapid.IntRange(2, 6).Draw(t, "portions") {
			mark, text := m.open, fmt.Sprintf("open%d", i)
			if rapid.Bool().Draw(t, "closed") {
				mark, text = m.close, fmt.Sprintf("secret%d", i)
			}
			marked := strings.TrimSpace(mark + " " + text)
			more := fmt.Sprintf(" %sx %sy", text, text)
			forms := []string{
				"%s%s\n\n", "- %s%s\n", "> %s%s\n\n", "| %s%s | b |\n|---|---|\n| c | d |\n\n", "<p>%s%s</p>\n", "<ul>\n<li>%s%s</li>\n</ul>\n", "<table>\n<tr><th>a</th><th>b</th></tr>\n<tr><td>%s%s</td><td>c</td></tr>\n</table>\n",
				"<tr><td>%s%s</td><td>d</td></tr>\n", "<blockquote>\n%s%s\n</blockquote>\n\n", "<div>\n\n%s%s\n\n</div>\n", "<details><summary>%s%s</summary>\n\n</details>\n", "1. %s%s\n", "  - %s%s\n", "<li>%s%s\n", "<td>%s%s\n",
			}
			at := rapid.IntRange(0, len(more)).Draw(t, "at")
			more = more[:at] + newPortion.ReplaceAllString(bit.Draw(t, "in"), "") + more[at:]
			fmt.Fprintf(&b, rapid.SampledFrom(forms).Draw(t, "form"), marked, more)
			b.WriteString(bit.Draw(t, "between"))
		}
		front := fmt.Sprintf("---\ntitle: T\nscheme: %s\ntlp: TLP:RED\nreleasable_to: [AUS, CAN, GBR, NZL, USA]\n---\n\n", m.scheme)
		doc, problems := draft.Parse(draft.Source{Name: "d.md", Files: map[string][]byte{"d.md": []byte(front + b.String())}}, draft.Options{Author: m.author})
		total++
		if problems.Err() != nil {
			return
		}
		accepted++
		e, err := edition.Project(doc, m.from, nil)
		if err != nil {
			return
		}
		for i := range e.Blocks {
			withoutMentions(&e.Blocks[i], m.close)
		}
		if whole := string(e.JSON()); strings.Contains(whole, "secret") {
			i := strings.Index(whole, "secret")
			t.Fatalf("%s: %s has %q of\n%s", m.scheme, m.from, whole[max(0, i-200):min(len(whole), i+100)], b.String())
		}
	})
	t.Logf("%d of %d drafts were accepted", accepted, total)
}

// withoutMentions takes code out that holds the mark itself: there it is only mentioned.
func withoutMentions(b *draft.Block, mark string) {
	if b.Code != nil && strings.Contains(strings.Join(b.Code.Lines, "\n"), mark) {
		b.Code = nil
	}
	b.EachInline(func(i *draft.Inline) {
		if i.Kind == draft.CodeSpan && strings.Contains(i.Text, mark) {
			i.Text = ""
		}
	})
}
