package metrics

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Kind is what a metric does with what is recorded.
type Kind string

// The kinds, by their names in the exposition format.
const (
	Counter   Kind = "counter"   // adds up
	Gauge     Kind = "gauge"     // keeps the last value
	Histogram Kind = "histogram" // counts by size
)

// Desc describes a metric.
type Desc struct {
	Kind       Kind
	Name, Help string
	Keys       []string  `json:",omitempty"` // of the tags that every record has
	Bounds     []float64 `json:",omitempty"` // upper ends of a histogram's buckets
}

// isName says whether name may be that of a metric or of a tag.
func isName(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// Check says what is wrong with the description.
func (d *Desc) Check() error {
	if !isName(d.Name) {
		return fmt.Errorf("a metric cannot be called %q; use letters, digits and _, and no digit first", d.Name)
	}
	for i, key := range d.Keys {
		switch {
		case !isName(key) || strings.HasPrefix(key, "__"):
			return fmt.Errorf("metric %s: a tag cannot be called %q; use letters, digits and _, and no digit or __ first", d.Name, key)
		case key == "le" && d.Kind == Histogram || key == processLabel && d.Kind == Gauge:
			return fmt.Errorf("metric %s: the tag %q is the system's; use another name", d.Name, key)
		case slices.Contains(d.Keys[:i], key):
			return fmt.Errorf("metric %s has the tag %q twice; name it once", d.Name, key)
		}
	}
	if d.Kind != Histogram {
		return nil
	}
	if len(d.Bounds) == 0 {
		return fmt.Errorf("histogram %s has no boundaries; give the upper ends of its buckets, as in []float64{0.1, 1, 10}", d.Name)
	}
	for i, b := range d.Bounds {
		if !(b > 0) {
			return fmt.Errorf("histogram %s: the boundary %g is not positive; use positive ones, as Ray does", d.Name, b)
		}
		if math.IsInf(b, 1) {
			return fmt.Errorf("histogram %s: the boundary +Inf is there by itself, for what is larger than the others; leave it out", d.Name)
		}
		if i > 0 && b <= d.Bounds[i-1] {
			return fmt.Errorf("histogram %s: the boundary %g follows %g; give them in ascending order", d.Name, b, d.Bounds[i-1])
		}
	}
	return nil
}

// same says whether both describe one metric; the help is for people.
func (d *Desc) same(other *Desc) bool {
	return d.Kind == other.Kind && slices.Equal(d.Keys, other.Keys) && slices.Equal(d.Bounds, other.Bounds)
}

// Order puts tags in the order of the keys. Later maps count more.
func (d *Desc) Order(tags ...map[string]string) ([]string, error) {
	if len(d.Keys) == 0 && len(tags) == 0 {
		return nil, nil
	}
	values := make([]string, len(d.Keys))
	given := make([]bool, len(d.Keys))
	for _, m := range tags {
		for key, value := range m {
			i := slices.Index(d.Keys, key)
			if i < 0 {
				return nil, fmt.Errorf("metric %s has no tag %q; it has %q", d.Name, key, d.Keys)
			}
			values[i], given[i] = value, true
		}
	}
	if i := slices.Index(given, false); i >= 0 {
		return nil, fmt.Errorf("metric %s: no value for the tag %q; give it with the record or as a default", d.Name, d.Keys[i])
	}
	return values, nil
}
