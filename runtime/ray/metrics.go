package ray

import (
	"errors"
	"maps"

	"github.com/goray/goray/runtime/internal/metrics"
)

// Tags are the tag values of a record, by tag key.
type Tags = map[string]string

// Counter is a metric that only grows. It can be a variable of a cell, captured by tasks and held by
// actors: what is counted anywhere in the session is summed. Prometheus reads it at /metrics of the
// dashboard as ray_NAME_total; [ListMetrics] and the dashboard show it, too. What a process counts
// arrives within half a second; of one that is killed, that much may be lost.
type Counter struct{ metric }

// Gauge is a metric that keeps the last value. Each process that sets it has a value of its own, with
// the tag WorkerId, which goes when the process ends.
type Gauge struct{ metric }

// Histogram is a metric that counts what it observes by size, for quantiles.
type Histogram struct{ metric }

// metric is plain data, so that it travels.
type metric struct {
	desc     metrics.Desc
	defaults Tags
}

func newMetric(kind metrics.Kind, name, description string, bounds []float64, tagKeys []string) (metric, error) {
	m := metric{desc: metrics.Desc{Kind: kind, Name: name, Help: description, Keys: tagKeys, Bounds: bounds}}
	if err := metrics.Register(&m.desc); err != nil {
		return m, invalidCall("%v", err)
	}
	return m, nil
}

// NewCounter makes a counter. The name has letters, digits and underscores; each record has to give a
// value for each of tagKeys, as far as WithDefaultTags does not. A second call with the same name and
// tags is the same counter; with others it is an error.
func NewCounter(name, description string, tagKeys ...string) (*Counter, error) {
	m, err := newMetric(metrics.Counter, name, description, nil, tagKeys)
	if err != nil {
		return nil, err
	}
	return &Counter{m}, nil
}

// NewGauge makes a gauge, as NewCounter makes a counter.
func NewGauge(name, description string, tagKeys ...string) (*Gauge, error) {
	m, err := newMetric(metrics.Gauge, name, description, nil, tagKeys)
	if err != nil {
		return nil, err
	}
	return &Gauge{m}, nil
}

// NewHistogram makes a histogram, as NewCounter makes a counter. boundaries are the upper ends of its
// buckets, positive and ascending; one bucket more takes what is larger.
func NewHistogram(name, description string, boundaries []float64, tagKeys ...string) (*Histogram, error) {
	m, err := newMetric(metrics.Histogram, name, description, boundaries, tagKeys)
	if err != nil {
		return nil, err
	}
	return &Histogram{m}, nil
}

// record hands v to the registry of this process.
func (m *metric) record(v float64, tags []Tags) error {
	var values []string
	if len(m.desc.Keys) > 0 || len(tags) > 0 {
		var err error
		if values, err = m.desc.Order(append([]Tags{m.defaults}, tags...)...); err != nil {
			return invalidCall("%v", err)
		}
	}
	if err := metrics.Record(&m.desc, values, v); err != nil {
		return invalidCall("%v", err)
	}
	return nil
}

// with is the metric with other defaults.
func (m *metric) with(tags Tags) metric {
	out := *m
	if out.defaults = maps.Clone(m.defaults); out.defaults == nil {
		out.defaults = Tags{}
	}
	maps.Copy(out.defaults, tags)
	return out
}

// Inc adds value, which must be positive, under the tags. It takes about 100 ns and fails for a
// wrong value, a tag that the counter does not have, or one that is missing.
func (c *Counter) Inc(value float64, tags ...Tags) error {
	if !(value > 0) {
		return invalidCall("Counter %s: Inc(%g); a counter only grows, give a positive number", c.desc.Name, value)
	}
	return c.record(value, tags)
}

// WithDefaultTags returns the counter with values for tags that records then need not give.
func (c *Counter) WithDefaultTags(tags Tags) *Counter { return &Counter{c.with(tags)} }

// Set replaces the gauge's value under the tags. It fails for what is no finite number, and for wrong
// tags.
func (g *Gauge) Set(value float64, tags ...Tags) error { return g.record(value, tags) }

// WithDefaultTags returns the gauge with values for tags that records then need not give.
func (g *Gauge) WithDefaultTags(tags Tags) *Gauge { return &Gauge{g.with(tags)} }

// Observe counts value in its bucket under the tags. It fails as Gauge.Set does.
func (h *Histogram) Observe(value float64, tags ...Tags) error { return h.record(value, tags) }

// WithDefaultTags returns the histogram with values for tags that records then need not give.
func (h *Histogram) WithDefaultTags(tags Tags) *Histogram { return &Histogram{h.with(tags)} }

// errNoMetrics is for workers.
var errNoMetrics = errors.New("ray: ListMetrics: what workers record is summed in the driver; ask there")
