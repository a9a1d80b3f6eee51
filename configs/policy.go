package configs

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"bulletin/pipeline"
	"bulletin/pipeline/marking"
	"bulletin/pipeline/review"
)

type policyYAML struct {
	Quorum      map[string]review.Quorum       `yaml:"quorum"`
	Released    map[string]map[string][]string `yaml:"released"`
	Equivalents *[]equivalenceYAML             `yaml:"equivalents"`
	NotMailed   *map[string][]string           `yaml:"not_mailed"`
	Editorial   bool                           `yaml:"editorial"`
}

// DefaultPolicy is the policy where there is no working directory: nothing is released beyond the marks.
func DefaultPolicy() review.Policy {
	p, err := parsePolicy("example/policy.yaml", Example("policy"))
	if err != nil {
		panic("configs: the example does not load: " + err.Error()) // embedded: a bug
	}
	p.Contacts = Default().Contacts
	return p
}

// LoadPolicy reads the marking and review policy. What the configuration says of contacts is part of it: it
// stands in what is approved.
func LoadPolicy(dir string, c Config) (review.Policy, error) {
	file := filepath.Join(dir, policyFile)
	data, err := read(file)
	if err != nil {
		return review.Policy{}, fmt.Errorf("read the policy: %w", err)
	}
	p, err := parsePolicy(file, data)
	p.Contacts = c.Contacts
	return p, err
}

func parsePolicy(file string, data []byte) (review.Policy, error) {
	var y policyYAML
	if err := decode(file, data, &y); err != nil {
		return review.Policy{}, err
	}
	if err := y.complete(); err != nil {
		return review.Policy{}, err
	}
	p := review.DefaultPolicy()
	p.Released, p.Editorial, p.NotMailed = y.Released, y.Editorial, *y.NotMailed
	r := policyReader{at: placesOf(file, data)}
	r.quorum(y.Quorum, &p)
	r.released(y.Released)
	r.notMailed(*y.NotMailed)
	p.Equivalents = r.equivalents(*y.Equivalents)
	slices.SortStableFunc(r.errs, func(a, b error) int { return lineOf(a) - lineOf(b) })
	return p, errors.Join(r.errs...)
}

// lineOf is where in its file an error is; 0 if it has no place.
func lineOf(err error) int {
	var located *Error
	if errors.As(err, &located) {
		return located.Line
	}
	return 0
}

// complete takes what a file of before there was such a key does not say from the example, as check and render do where
// there is no file: a table that rounds up, rather than a desk that can send nothing to anybody once it is updated.
func (y *policyYAML) complete() error {
	if y.Equivalents != nil && y.NotMailed != nil {
		return nil
	}
	var example policyYAML
	if err := decode("example/policy.yaml", Example("policy"), &example); err != nil {
		return err
	}
	if y.Equivalents == nil {
		y.Equivalents = example.Equivalents
	}
	if y.NotMailed == nil {
		y.NotMailed = example.NotMailed
	}
	return nil
}

// policyReader gathers what is wrong with a policy.
type policyReader struct {
	at   places
	errs []error
}

func (r *policyReader) wrong(path, hint, format string, args ...any) {
	r.errs = append(r.errs, r.at.errorf(path, hint, format, args...))
}

// key is a step of a path to a key that may hold anything.
func key(name string) string { return ".'" + name + "'" }

func (r *policyReader) quorum(quorums map[string]review.Quorum, p *review.Policy) {
	for _, label := range slices.Sorted(maps.Keys(quorums)) {
		q := quorums[label]
		if q.Approvals < 1 || q.Nations < 1 || q.Nations > q.Approvals {
			r.wrong("$.quorum"+key(label), "at least one approval, and no more nations than approvals", "quorum of %s can't be met", label)
		}
		if label == "default" {
			p.Default = q
			continue
		}
		if _, err := marking.ParseTLP(label); err != nil {
			r.wrong("$.quorum"+key(label), "write default, or a label of TLP 2.0 such as TLP:GREEN", "%v", err)
			continue
		}
		p.Quorum[label] = q
	}
}

// released checks to whom which controls are released: a misspelt name would release nothing, and nobody would know.
func (r *policyReader) released(released map[string]map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(released)) {
		scheme := r.scheme("$.released"+key(name), name)
		for _, control := range slices.Sorted(maps.Keys(released[name])) {
			at := "$.released" + key(name) + key(control)
			if scheme != nil {
				r.oneOf(at, control, scheme.Releasable(), "scheme "+name+" has no control that can be released and is named")
			}
			for _, n := range released[name][control] {
				if _, err := pipeline.ParseNation(n); err != nil {
					r.wrong(at, nationsHint, "%v", err)
				}
			}
		}
	}
}

func (r *policyReader) notMailed(levels map[string][]string) {
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		at := "$.not_mailed" + key(name)
		scheme := r.scheme(at, name)
		if scheme == nil {
			continue
		}
		for _, level := range levels[name] {
			r.oneOf(at, level, marking.NationalLevels(scheme.Owner()), "scheme "+name+" has no level")
		}
	}
}

// scheme returns the scheme of a name; nil after a problem.
func (r *policyReader) scheme(at, name string) marking.Scheme {
	scheme, err := marking.ByName(name)
	if err != nil {
		r.wrong(at, "write the name of a marking scheme, such as usa", "%v", err)
	}
	return scheme
}

// oneOf refuses a name that is not among those that are known.
func (r *policyReader) oneOf(at, name string, known []string, what string) {
	if slices.Contains(known, name) {
		return
	}
	r.wrong(at, guess(name, known), "%s %q", what, name)
}

// guess is a hint that names the known word nearest to name, whatever its case, or all of them.
func guess(name string, known []string) string {
	folded := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "-", "_")) }
	lower := make([]string, len(known))
	for i, k := range known {
		lower[i] = folded(k)
	}
	nearest, ok := pipeline.Nearest(name, lower)
	switch {
	case ok:
		return fmt.Sprintf("did you mean %q?", known[slices.Index(lower, nearest)])
	case len(known) == 0:
		return "it has none: take the line out"
	}
	return "known are " + strings.Join(known, ", ")
}
