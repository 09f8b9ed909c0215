package ray

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/metrics"
)

// MetricValue is a metric with one set of tag values.
type MetricValue struct {
	Name, Description string
	Type              string // "counter", "gauge", "histogram"
	Tags              Tags
	WorkerPID         int     // who set the gauge; 0: the driver, or the sum of all
	Value             float64 // of a histogram, the sum of what it observed
	Count             uint64  // of what a histogram observed
	Boundaries        []float64
	Counts            []uint64 // of a histogram's buckets; one more than Boundaries
}

// MetricList is what [ListMetrics] has found. Notebooks show it as a table.
type MetricList struct {
	Items []MetricValue
	Total int // that fit the filters, also those beyond the limit
}

var metricKeys = []string{"name", "type", "worker_pid"}

// ListMetrics lists what the program's own counters, gauges and histograms have recorded, by name.
// Without [Limit] it lists 100. [Filter] knows name, type and worker_pid. In a process that has joined
// a head it lists what the head has from all of them.
func ListMetrics(opts ...ListOption) (*MetricList, error) {
	s, err := newSelection(metricKeys, opts)
	if err != nil {
		return nil, err
	}
	session := currentSession()
	switch {
	case session == nil:
		return nil, notInitialized()
	case core.ProcessBackend() != nil:
		return nil, errNoMetrics
	}
	series := metrics.Snapshot()
	if m, ok := session.backend.(core.Measurer); ok {
		if series, err = m.Metrics(); err != nil {
			return nil, fmt.Errorf("ray: ListMetrics: %w", err)
		}
	}
	list := &MetricList{}
	for i := range series {
		v := metricValue(&series[i])
		values := map[string]string{"name": v.Name, "type": v.Type, "worker_pid": strconv.Itoa(v.WorkerPID)}
		if !s.keeps(func(key string) string { return values[key] }) {
			continue
		}
		if list.Total++; !s.full(len(list.Items)) {
			list.Items = append(list.Items, v)
		}
	}
	return list, nil
}

func metricValue(s *metrics.Series) MetricValue {
	v := MetricValue{
		Name: s.Desc.Name, Description: s.Desc.Help, Type: string(s.Desc.Kind), Tags: Tags{}, WorkerPID: s.Process,
		Value: s.Value, Boundaries: s.Desc.Bounds, Counts: s.Counts,
	}
	for i, key := range s.Desc.Keys {
		v.Tags[key] = s.Values[i]
	}
	if s.Desc.Kind == metrics.Histogram {
		v.Value = s.Sum
		for _, n := range s.Counts {
			v.Count += n
		}
	}
	return v
}

func (l *MetricList) grid() *grid {
	g := &grid{head: []string{"NAME", "TYPE", "TAGS", "PID", "VALUE", "COUNT"}, notice: notice(len(l.Items), l.Total)}
	for _, m := range l.Items {
		var tags []string
		for _, key := range slices.Sorted(maps.Keys(m.Tags)) {
			tags = append(tags, key+"="+m.Tags[key])
		}
		g.rows = append(g.rows, []string{m.Name, m.Type, strings.Join(tags, " "), number(m.WorkerPID), fmt.Sprintf("%g", m.Value), number(int(m.Count))})
	}
	return g
}

// String is the list as a table, with a notice when there are more.
func (l *MetricList) String() string { return l.grid().String() }

// MIMEBundle is the list as notebooks show it.
func (l *MetricList) MIMEBundle() map[string]any { return l.grid().bundle() }
