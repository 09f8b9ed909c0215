package rayjobs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/goray/goray/runtime/internal/core"
)

// Load is what a cluster's autoscaler knows: what is used and what is asked for.
type Load struct {
	Usage   map[string][2]float64 // used and total, by resource
	Demands []Demand              // of tasks and actors
	Groups  []Demand              // placement groups
}

// Demand is something that waits for resources.
type Demand struct {
	Strategy string // of a placement group
	Bundles  []core.Resources
	Count    int
}

// Load reads what the autoscaler's last report says; it is some seconds old. The second generation of the
// autoscaler has none but the text for people.
func (c *Client) Load(ctx context.Context) (Load, error) {
	var answer struct {
		Data struct {
			Status *struct {
				Report struct {
					Usage    map[string][2]float64
					Demand   [][2]json.RawMessage `json:"resourceDemand"`
					PGDemand [][2]json.RawMessage `json:"pgDemand"`
				} `json:"loadMetricsReport"`
			} `json:"clusterStatus"`
		}
	}
	if err := c.call(ctx, http.MethodGet, "/api/cluster_status", nil, &answer); err != nil {
		return Load{}, err
	}
	if answer.Data.Status == nil {
		return c.loadText(ctx)
	}
	report := answer.Data.Status.Report
	l := Load{Usage: report.Usage}
	read := func(pair [2]json.RawMessage, what any) (n int, err error) {
		if err = json.Unmarshal(pair[0], what); err == nil {
			err = json.Unmarshal(pair[1], &n)
		}
		if err != nil {
			return 0, fmt.Errorf("the cluster's demands: %w", err)
		}
		return n, nil
	}
	for _, pair := range report.Demand {
		var r core.Resources
		n, err := read(pair, &r)
		if err != nil {
			return l, err
		}
		l.Demands = append(l.Demands, Demand{Bundles: []core.Resources{r}, Count: n})
	}
	for _, pair := range report.PGDemand {
		var g struct {
			Strategy string
			Bundles  [][2]json.RawMessage
		}
		n, err := read(pair, &g)
		if err != nil {
			return l, err
		}
		d := Demand{Strategy: g.Strategy, Count: n}
		for _, b := range g.Bundles {
			var r core.Resources
			times, err := read(b, &r)
			if err != nil {
				return l, err
			}
			for range times {
				d.Bundles = append(d.Bundles, r)
			}
		}
		l.Groups = append(l.Groups, d)
	}
	return l, nil
}
