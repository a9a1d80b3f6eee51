package stix

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"bulletin/pipeline/edition"
	"bulletin/pipeline/marking"
)

// schemas compiles the OASIS schemas of the types that a bundle holds.
func schemas(t testing.TB) map[string]*jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	root := os.DirFS(filepath.Join("testdata", "schemas"))
	err := fs.WalkDir(root, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		f, err := root.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			return err
		}
		delete(doc.(map[string]any), "$id") // they lead to each other by path
		return compiler.AddResource("https://schemas.example/"+path, doc)
	})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*jsonschema.Schema{}
	for typ, path := range map[string]string{
		"report": "sdos/report.json", "indicator": "sdos/indicator.json", "identity": "sdos/identity.json",
		"attack-pattern": "sdos/attack-pattern.json", "marking-definition": "common/marking-definition.json",
	} {
		if out[typ], err = compiler.Compile("https://schemas.example/" + path); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// invalid returns what the OASIS schemas have against a bundle.
func invalid(schemas map[string]*jsonschema.Schema, raw []byte) []string {
	var b struct{ Objects []json.RawMessage }
	if err := json.Unmarshal(raw, &b); err != nil {
		return []string{err.Error()}
	}
	var out []string
	for _, o := range b.Objects {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(o)))
		if err != nil {
			out = append(out, err.Error())
			continue
		}
		typ, _ := doc.(map[string]any)["type"].(string)
		if schemas[typ] == nil {
			out = append(out, "no schema for a "+typ)
		} else if err := schemas[typ].Validate(doc); err != nil {
			out = append(out, err.Error())
		}
	}
	return out
}

// Whatever stands in an edition, its bundle is valid against the OASIS schemas, and each of its patterns against the
// grammar of OASIS.
func TestEveryBundleIsValid(t *testing.T) {
	schemas := schemas(t)
	rapid.Check(t, func(t *rapid.T) {
		e := anyEdition().Draw(t, "edition")
		raw, err := Bundle(e, []byte("%PDF"))
		if err != nil {
			t.Fatal(err)
		}
		if wrong := invalid(schemas, raw); len(wrong) > 0 {
			t.Fatalf("%s\nin\n%s", strings.Join(wrong, "\n"), raw)
		}
		objects, err := read(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range ofType(objects, "indicator") {
			if p := o.text("pattern"); o.text("pattern_type") == "stix" && readPattern(p) == nil {
				t.Fatalf("pattern %s is not of the grammar", p)
			}
		}
	})
}

// The schemas are there, and say no.
func TestSchemasRefuse(t *testing.T) {
	_, raw := mustBundle(t, sample(), nil)
	broken := strings.Replace(string(raw), `"pattern_type": "stix"`, `"pattern_typo": "stix"`, 1)
	if wrong := invalid(schemas(t), []byte(broken)); len(wrong) != 1 || !strings.Contains(wrong[0], "pattern_type") {
		t.Errorf("an indicator without a pattern type: %q", wrong)
	}
}

// anyEdition is the sample with other marks, words and rows, hard ones among them.
func anyEdition() *rapid.Generator[edition.Edition] {
	return rapid.Custom(func(t *rapid.T) edition.Edition {
		e := sample()
		words := rapid.StringMatching(`[\p{L}\p{N}'"\\<>&=, ]{1,30}`)
		mark := rapid.SampledFrom([]string{"", "(U)", "(U//LES)", "(U//REL TO USA, NZL)", "(TLP:RED)(U//REL TO USA, NZL)", "(TLP:GREEN)", "(no mark)"})
		e.Title = edition.Line{Mark: mark.Draw(t, "mark"), Text: words.Draw(t, "title")}
		e.Language = rapid.SampledFrom([]string{"", "fr-CA", "mi"}).Draw(t, "language")
		for range rapid.IntRange(0, 3).Draw(t, "glance") {
			e.Glance = append(e.Glance, edition.GlanceLine{Name: "What", Line: edition.Line{Mark: mark.Draw(t, "mark"), Text: words.Draw(t, "text")}})
		}
		for range rapid.IntRange(0, 3).Draw(t, "references") {
			e.References = append(e.References, edition.Line{Mark: mark.Draw(t, "mark"), Text: words.Draw(t, "text")})
		}
		for range rapid.IntRange(0, 3).Draw(t, "attachments") {
			e.Attachments = append(e.Attachments, edition.Attachment{Mark: mark.Draw(t, "mark"), Name: "a.zip", About: words.Draw(t, "text")})
		}
		e.Attack = append(e.Attack, edition.Technique{Mark: mark.Draw(t, "mark"), ID: "T1059.001", Use: words.Draw(t, "text")})
		e.Indicators = rapid.SliceOfN(anyRow(), 0, 6).Draw(t, "rows")
		return e
	})
}

// anyRow is an indicator of any type, as hard to write as its type lets it be.
func anyRow() *rapid.Generator[edition.Indicator] {
	forms := map[string]string{
		"ipv4": `(203\.0\.113\.[1-9]|198\.51\.100\.[1-9])`, "ipv6": `2001:(db8|DB8):[0-9a-f]{1,3}::[1-9]`, "cidr": `(192\.0\.2\.0/24|2001:db8::/32)`,
		"domain": `[a-zA-Zāé_][a-z]{0,8}\.[a-z]{1,5}\.(example|org|рф)`, "email": `[a-z+.']{1,5}x@[a-zé]{1,8}\.example`,
		"url": `(http|HTTPS|ftp)://[a-zé]{1,6}\.example(:8080)?/[a-zé'\\\(\),;=]{0,8}`,
		"md5": `[0-9a-fA-F]{32}`, "sha1": `[0-9a-fA-F]{40}`, "sha256": `[0-9a-fA-F]{64}`, "sha512": `[0-9a-fA-F]{128}`,
		"ssdeep": `(3|6|96):[A-Za-z0-9/+]{6,20}:[A-Za-z0-9/+]{3,20}`, "filename": `([A-Z]:\\|/|%TEMP%\\)?([a-zé' =+@]{1,6}[\\/])?[a-z'\p{Han}=+@-]{1,9}\.exe`,
		"registry-key": `(HKLM|hkcu|HKEY_USERS)\\[A-Za-z \\'.@*-]{0,12}x`, "mutex": `(Global\\)?[A-Za-z0-9{}'"\\=+@ ,;-]{0,12}x`,
		"user-agent": `Mozilla/5\.0 \([A-Za-z0-9;:'"\\ +/.]{0,12}\)`, "asn": `(AS)?[1-9][0-9]{0,8}`,
		"yara": `rule [A-Z][a-z_0-9]{0,8} \{\n  strings: \$a = "[a-z'\\,=]{0,8}"\n  condition: \$a\n\}`,
	}
	return rapid.Custom(func(t *rapid.T) edition.Indicator {
		types := []string{"ipv4", "ipv6", "cidr", "domain", "url", "email", "md5", "sha1", "sha256", "sha512", "ssdeep", "filename", "registry-key", "mutex", "user-agent", "asn", "yara"}
		typ := rapid.SampledFrom(types).Draw(t, "type")
		return edition.Indicator{
			Type: typ, Value: rapid.StringMatching(forms[typ]).Draw(t, "value"), TLP: marking.Amber, Marking: "UNCLASSIFIED//LES",
			Note: rapid.SampledFrom([]string{"", "=1+1", "a, \"b\""}).Draw(t, "note"), Confidence: rapid.SampledFrom([]string{"", "high", "0", "100"}).Draw(t, "confidence"),
		}
	})
}
