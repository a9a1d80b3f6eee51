package metrics

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"
)

// labelsOf returns the labels of every metric that the collector may send.
func labelsOf(t *testing.T) map[string][]string {
	t.Helper()
	descs := make(chan *prometheus.Desc, 100)
	(&Collector{}).Describe(descs)
	close(descs)
	form := regexp.MustCompile(`fqName: "([^"]*)".*variableLabels: \{([^}]*)\}`)
	out := map[string][]string{}
	for d := range descs {
		m := form.FindStringSubmatch(d.String())
		out[m[1]] = strings.Split(m[2], ",")
	}
	return out
}

var (
	metricForm  = regexp.MustCompile(`(bulletin_\w+)(?:\{([^}]*)\})?`)
	matcherForm = regexp.MustCompile(`(\w+)\s*(?:=~|!~|!=|=)\s*"`)
	bracketForm = regexp.MustCompile(`[(){}\[\]]`)
)

// checkExpression wants every metric and label of an expression to be one that there is.
func checkExpression(t *testing.T, where, expr string, labels map[string][]string) (metrics int) {
	t.Helper()
	for _, m := range metricForm.FindAllStringSubmatch(expr, -1) {
		name := m[1]
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			if base := strings.TrimSuffix(name, part); labels[base] != nil {
				name = base
			}
		}
		if labels[name] == nil {
			t.Errorf("%s: there is no metric %s", where, m[1])
		}
		for _, matcher := range matcherForm.FindAllStringSubmatch(m[2], -1) {
			if !slices.Contains(labels[name], matcher[1]) {
				t.Errorf("%s: %s has no label %s", where, name, matcher[1])
			}
		}
		metrics++
	}
	depth := map[string]int{}
	for _, b := range bracketForm.FindAllString(expr, -1) {
		depth[b]++
	}
	if depth["("] != depth[")"] || depth["{"] != depth["}"] || depth["["] != depth["]"] {
		t.Errorf("%s: brackets do not match: %s", where, expr)
	}
	return metrics
}

// TestAlertsAskForWhatThereIs reads the rules and the dashboard that operators are given.
func TestAlertsAskForWhatThereIs(t *testing.T) {
	labels := labelsOf(t)
	data, err := os.ReadFile("../../configs/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var rules struct {
		Groups []struct {
			Name  string `yaml:"name"`
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				For         string            `yaml:"for"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	if err := yaml.UnmarshalWithOptions(data, &rules, yaml.DisallowUnknownField()); err != nil {
		t.Fatal(err)
	}
	template := regexp.MustCompile(`\$labels\.(\w+)`)
	seen := map[string]bool{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			if seen[r.Alert] || r.Annotations["summary"] == "" || r.Annotations["do"] == "" || !slices.Contains([]string{"page", "ticket"}, r.Labels["severity"]) {
				t.Errorf("alert %q is there twice, or lacks what to do or how urgent it is", r.Alert)
			}
			seen[r.Alert] = true
			if checkExpression(t, r.Alert, r.Expr, labels) == 0 && r.Alert != "BulletinDown" {
				t.Errorf("%s asks for nothing of ours", r.Alert)
			}
			for _, l := range template.FindAllStringSubmatch(r.Annotations["summary"], -1) {
				name := metricForm.FindStringSubmatch(r.Expr)[1]
				if !slices.Contains(labels[name], l[1]) {
					t.Errorf("%s: %s has no label %s", r.Alert, name, l[1])
				}
			}
		}
	}
	if len(seen) < 10 {
		t.Errorf("only %d alerts", len(seen))
	}
}

func TestDashboardAsksForWhatThereIs(t *testing.T) {
	labels := labelsOf(t)
	data, err := os.ReadFile("../../configs/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			GridPos struct{ X, Y, W, H int }
			Targets []struct{ RefID, Expr, LegendFormat string }
		}
	}
	if err := json.Unmarshal(data, &board); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || len(p.Targets) == 0 || p.GridPos.X+p.GridPos.W > 24 {
			t.Errorf("panel %q: its id is another's, it shows nothing or stands over the edge", p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			checkExpression(t, p.Title, target.Expr, labels)
			for _, l := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(target.LegendFormat, -1) {
				name := strings.TrimSuffix(metricForm.FindStringSubmatch(target.Expr)[1], "_bucket")
				if !slices.Contains(labels[name], l[1]) {
					t.Errorf("%s: %s has no label %s", p.Title, name, l[1])
				}
			}
		}
	}
	if len(ids) < 10 {
		t.Errorf("only %d panels", len(ids))
	}
}
