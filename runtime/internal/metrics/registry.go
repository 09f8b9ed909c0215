package metrics

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// Series is a metric with one set of tag values, in the form that travels.
type Series struct {
	Desc    Desc
	Values  []string `json:",omitempty"` // of Desc.Keys
	Process int      `json:",omitempty"` // who set a gauge; 0: the process of the session
	Value   float64  // of a counter or a gauge
	Counts  []uint64 `json:",omitempty"` // of a histogram's buckets; the last is without an upper end
	Sum     float64  `json:",omitempty"` // of what a histogram observed
}

const (
	// MaxSeries bounds the sets of tag values of one metric: each takes memory until the session ends.
	MaxSeries = 1000
	// maxMetrics bounds the metrics themselves.
	maxMetrics = 1000
	// sendAfter is how long what was recorded waits for more.
	sendAfter = 250 * time.Millisecond
)

// series is a Series that is recorded to.
type series struct {
	Series
	dirty bool // recorded to since it was sent
}

// metric is all of a name.
type metric struct {
	desc   Desc
	series map[string]*series // by values and process
}

var registry struct {
	sync.Mutex
	metrics map[string]*metric
	sender  func([]Series) error
	timer   *time.Timer // until the sender is called; nil: nothing is to be sent
}

// Register makes d known in this process. Another metric of the same name is an error.
func Register(d *Desc) error {
	if err := d.Check(); err != nil {
		return err
	}
	registry.Lock()
	defer registry.Unlock()
	_, err := find(d)
	return err
}

// find returns the metric of a description; the registry is locked.
func find(d *Desc) (*metric, error) {
	m := registry.metrics[d.Name]
	switch {
	case m == nil && len(registry.metrics) >= maxMetrics:
		return nil, fmt.Errorf("metric %s: there are %d metrics, as many as may be; use tags instead of names", d.Name, maxMetrics)
	case m == nil:
		for _, other := range registry.metrics {
			if other.desc.exposed() == d.exposed() {
				return nil, fmt.Errorf("metric %s would be %s in the dashboard's metrics, which is what the %s %s is called there; choose another name", d.Name, d.exposed(), other.desc.Kind, other.desc.Name)
			}
		}
		m = &metric{desc: *d, series: map[string]*series{}}
		if registry.metrics == nil {
			registry.metrics = map[string]*metric{}
		}
		registry.metrics[d.Name] = m
	case !m.desc.same(d):
		return nil, fmt.Errorf("metric %s is a %s with the tags %q already; choose another name", d.Name, m.desc.Kind, m.desc.Keys)
	}
	return m, nil
}

// at returns one series of the metric.
func (m *metric) at(values []string, process int) (*series, error) {
	var buffer [128]byte
	key := buffer[:0]
	for _, v := range values {
		key = append(append(key, v...), 0)
	}
	if process != 0 {
		key = fmt.Append(append(key, 1), process)
	}
	s := m.series[string(key)]
	if s != nil {
		return s, nil
	}
	if len(m.series) >= MaxSeries {
		return nil, fmt.Errorf("metric %s has %d sets of tag values, as many as may be; use tags with few values", m.desc.Name, MaxSeries)
	}
	s = &series{Series: Series{Desc: m.desc, Values: slices.Clone(values), Process: process}}
	if m.desc.Kind == Histogram {
		s.Counts = make([]uint64, len(m.desc.Bounds)+1)
	}
	m.series[string(key)] = s
	return s, nil
}

// Record adds v to a counter, sets a gauge to it, or has a histogram observe it. values are those of
// d.Keys. It takes about 100 ns.
func Record(d *Desc, values []string, v float64) error {
	// What travels between processes is JSON, which has no word for these.
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return fmt.Errorf("metric %s cannot record %g; record a finite number", d.Name, v)
	}
	if d.Kind == Counter && v < 0 {
		return fmt.Errorf("metric %s cannot record %g: a counter only grows; use a gauge for what also falls", d.Name, v)
	}
	registry.Lock()
	defer registry.Unlock()
	m := registry.metrics[d.Name]
	if m == nil || m.desc.Kind != d.Kind || len(m.desc.Keys) != len(d.Keys) {
		if err := d.Check(); err != nil {
			return err
		}
		var err error
		if m, err = find(d); err != nil {
			return err
		}
	}
	s, err := m.at(values, 0)
	if err != nil {
		return err
	}
	switch d.Kind {
	case Counter:
		s.Value = sum(s.Value, v)
	case Gauge:
		s.Value = v
	case Histogram:
		i, _ := slices.BinarySearch(m.desc.Bounds, v)
		s.Counts[i]++
		s.Sum = sum(s.Sum, v)
	}
	s.dirty = true
	if registry.sender != nil && registry.timer == nil {
		registry.timer = time.AfterFunc(sendAfter, Flush)
	}
	return nil
}

// sum stays finite, as all that is recorded.
func sum(x, y float64) float64 { return max(-math.MaxFloat64, min(math.MaxFloat64, x+y)) }

// SetSender says who takes what is recorded in this process; nil: it stays here.
func SetSender(send func([]Series) error) {
	registry.Lock()
	defer registry.Unlock()
	registry.sender = send
	if registry.timer != nil {
		registry.timer.Stop()
		registry.timer = nil
	}
}

// Flush gives the sender what was recorded. What it cannot take is given again later.
func Flush() {
	registry.Lock()
	registry.timer = nil
	send := registry.sender
	if send == nil {
		registry.Unlock()
		return
	}
	var list []Series
	for _, m := range registry.metrics {
		for _, s := range m.series {
			if !s.dirty {
				continue
			}
			list = append(list, s.Series)
			s.dirty = false
			if m.desc.Kind != Gauge {
				s.Value, s.Sum = 0, 0
				s.Counts = make([]uint64, len(s.Counts))
			}
		}
	}
	registry.Unlock()
	if len(list) > 0 && send(list) != nil {
		Merge(0, list)
	}
}

// Merge adds what a process has recorded. A series that does not fit to what is here is left out:
// its process was told so where it recorded.
func Merge(process int, list []Series) {
	registry.Lock()
	defer registry.Unlock()
	for i := range list {
		from := &list[i]
		if len(from.Values) != len(from.Desc.Keys) || from.Desc.Check() != nil {
			continue
		}
		m, err := find(&from.Desc)
		if err != nil {
			continue
		}
		of := 0
		if from.Desc.Kind == Gauge {
			of = process
		}
		s, err := m.at(from.Values, of)
		if err != nil || len(s.Counts) != len(from.Counts) {
			continue
		}
		s.dirty = true
		switch from.Desc.Kind {
		case Counter:
			s.Value = sum(s.Value, from.Value)
		case Gauge:
			s.Value = from.Value
		case Histogram:
			s.Sum = sum(s.Sum, from.Sum)
			for j, n := range from.Counts {
				s.Counts[j] += n
			}
		}
	}
}

// Forget drops the gauges of a process that has ended.
func Forget(process int) {
	registry.Lock()
	defer registry.Unlock()
	for _, m := range registry.metrics {
		if m.desc.Kind != Gauge {
			continue
		}
		for key, s := range m.series {
			if s.Process == process && process != 0 {
				delete(m.series, key)
			}
		}
	}
}

// Reset forgets all metrics, at the end of a session.
func Reset() {
	registry.Lock()
	defer registry.Unlock()
	registry.metrics = nil
}

// Snapshot returns all series that something was recorded to, by name, values and process.
func Snapshot() []Series {
	registry.Lock()
	var list []Series
	for _, m := range registry.metrics {
		for _, s := range m.series {
			c := s.Series
			c.Counts = slices.Clone(c.Counts)
			list = append(list, c)
		}
	}
	registry.Unlock()
	slices.SortFunc(list, func(x, y Series) int {
		return cmp.Or(cmp.Compare(x.Desc.Name, y.Desc.Name), slices.Compare(x.Values, y.Values), cmp.Compare(x.Process, y.Process))
	})
	return list
}
