package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// The import directions of the system: cmd → workers → pipeline/* → pipeline, and within pipeline only
// along the flow. What is not here is not allowed.
var allowedImports = map[string][]string{
	"pipeline":                 {},
	"pipeline/marking":         {},
	"pipeline/attack":          {},
	"pipeline/audit":           {"pipeline"},
	"pipeline/draft":           {"pipeline", "pipeline/marking", "pipeline/attack"},
	"pipeline/draft/drafttest": {}, // real bulletins for tests: nothing else may import it
	"pipeline/edition":         {"pipeline", "pipeline/marking", "pipeline/draft", "pipeline/attack"},
	"pipeline/pdf":             {"pipeline", "pipeline/marking", "pipeline/draft", "pipeline/edition", "pipeline/attack"},
	"pipeline/stix":            {"pipeline", "pipeline/marking", "pipeline/draft", "pipeline/edition", "pipeline/attack"},
	"pipeline/seal":            {"pipeline"},
	"pipeline/mail":            {"pipeline", "pipeline/marking", "pipeline/draft", "pipeline/edition", "pipeline/attack", "pipeline/seal", "templates"},
	"pipeline/mail/relaytest":  {}, // real Postfix servers for tests: nothing else may import it
	"pipeline/queue":           {"pipeline"},
	"pipeline/queue/natstest":  {}, // servers for tests: nothing else may import it
	"pipeline/review":          {"pipeline", "pipeline/marking", "pipeline/draft", "pipeline/edition"},
	"pipeline/delivery":        {"pipeline"},
	"pipeline/advisory":        {"pipeline", "pipeline/marking", "pipeline/draft", "pipeline/attack"},
	"pipeline/overview":        {"pipeline", "pipeline/marking", "pipeline/draft", "pipeline/edition", "pipeline/attack"},
	"templates":                {"pipeline"},
	"configs":                  {"pipeline", "pipeline/marking", "pipeline/mail", "pipeline/review", "pipeline/seal"},
	"workers":                  {"pipeline", "pipeline/*"},
	"workers/desk":             {"pipeline", "pipeline/*"},
	"workers/metrics":          {"pipeline", "pipeline/delivery", "pipeline/queue"},
	"cmd/bulletin":             {"pipeline", "pipeline/*", "workers", "workers/*", "configs", "templates"},
}

// Each vendor library has one owner, which exports what others need. YAML is read by both that own a file format.
var owners = map[string][]string{
	"github.com/nats-io/":            {"pipeline/queue", "pipeline/queue/natstest"},
	"github.com/go-pdf/fpdf":         {"pipeline/pdf"},
	"github.com/go-fonts/":           {"pipeline/pdf"},
	"github.com/jordan-wright/email": {"pipeline/mail"},
	"github.com/emersion/go-smtp":    {"pipeline/mail"},
	"github.com/ProtonMail/":         {"pipeline/seal"},
	"github.com/yuin/goldmark":       {"pipeline/draft", "pipeline/draft/drafttest"},
	"golang.org/x/net/html":          {"pipeline/draft", "pipeline/draft/drafttest", "pipeline/advisory"},
	"github.com/JohannesKaufmann/":   {"pipeline/advisory"},
	"github.com/goccy/go-yaml":       {"pipeline/draft", "pipeline/advisory", "configs"},
	"golang.org/x/net/publicsuffix":  {"pipeline/draft"},
	"golang.org/x/net/idna":          {"pipeline/draft", "pipeline/stix"},
	"github.com/google/uuid":         {"pipeline/stix"},
	"github.com/spf13/cobra":         {"cmd/bulletin"},
	"golang.org/x/term":              {"cmd/bulletin"},
	"github.com/sergi/go-diff":       {"cmd/bulletin"},
	"github.com/prometheus/":         {"workers/metrics"},
}

func TestImportsRunOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "bulletin/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	seen := 0
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen++
		name := strings.TrimPrefix(p.ImportPath, "bulletin/")
		allowed, known := allowedImports[name]
		if !known {
			t.Errorf("package %s is not in the plan of imports: add it, and what it may import", name)
			continue
		}
		for _, i := range p.Imports {
			checkImport(t, name, i, allowed)
		}
	}
	if seen < 10 {
		t.Fatalf("only %d packages seen", seen)
	}
}

func checkImport(t *testing.T, name, imported string, allowed []string) {
	t.Helper()
	if inside, ok := strings.CutPrefix(imported, "bulletin/"); ok {
		if !slices.ContainsFunc(allowed, func(a string) bool { m, _ := path.Match(a, inside); return m }) {
			t.Errorf("%s must not import %s", name, inside)
		}
		return
	}
	for prefix, owner := range owners {
		if strings.HasPrefix(imported, prefix) && !slices.Contains(owner, name) {
			t.Errorf("%s must not import %s: its owner is %s", name, imported, strings.Join(owner, " and "))
		}
	}
	standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
	if (name == "pipeline" || name == "pipeline/marking" || name == "pipeline/audit") && !standard {
		t.Errorf("%s must use the standard library only, not %s", name, imported)
	}
}
