package train

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
)

// Metrics are the numbers of one report, by name, such as "valid-logloss".
type Metrics map[string]float64

// Names returns the names, sorted.
func (m Metrics) Names() []string { return slices.Sorted(maps.Keys(m)) }

// MarshalJSON writes numbers that JSON has no form for, NaN and the
// infinities, as text.
func (m Metrics) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(m))
	for name, v := range m {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out[name] = fmt.Sprint(v)
		} else {
			out[name] = v
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (m *Metrics) UnmarshalJSON(b []byte) error {
	var in map[string]any
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*m = make(Metrics, len(in))
	for name, v := range in {
		switch v := v.(type) {
		case float64:
			(*m)[name] = v
		case string:
			var f float64
			if _, err := fmt.Sscan(v, &f); err != nil {
				return fmt.Errorf("metric %s is %q, not a number", name, v)
			}
			(*m)[name] = f
		default:
			return fmt.Errorf("metric %s is %v, not a number", name, v)
		}
	}
	return nil
}

// The metrics that count and measure a training itself.
const (
	iterationMetric = "training_iteration"
	timeMetric      = "time_total_s"
)

// measured are the names without those of the training itself, sorted.
func (m Metrics) measured() []string {
	return slices.DeleteFunc(m.Names(), func(name string) bool { return name == iterationMetric || name == timeMetric })
}

// splitName takes "valid-logloss" apart into the data set and the metric.
func splitName(name string) (set, metric string) {
	set, metric, ok := strings.Cut(name, "-")
	if !ok {
		return "", name
	}
	return set, metric
}

func keys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }
