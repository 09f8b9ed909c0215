package rayjobs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/goray/goray/runtime/internal/core"
)

// Filter selects rows of the state API: Key, "=" or "!=", Value.
type Filter struct{ Key, Predicate, Value string }

// Query says which rows are wanted.
type Query struct {
	Filters []Filter
	Limit   int  // default 100; Ray allows 10,000 at most
	Detail  bool // all columns
}

// Rows are rows of the state API, with the columns that Ray gives them.
type Rows struct {
	Rows  []map[string]any
	Total int // how many there are; Rows may hold fewer
}

// State reads the state of the cluster. kind is Ray's: nodes, actors, tasks, objects, workers, jobs,
// placement_groups, runtime_envs.
func (c *Client) State(ctx context.Context, kind string, q Query) (Rows, error) {
	v := url.Values{}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Detail {
		v.Set("detail", "1")
	}
	for _, f := range q.Filters {
		v.Add("filter_keys", f.Key)
		v.Add("filter_predicates", f.Predicate)
		v.Add("filter_values", f.Value)
	}
	var answer struct {
		Result bool
		Msg    string
		Data   struct {
			Result struct {
				Total  int
				Result []map[string]any
			}
		}
	}
	if err := c.call(ctx, http.MethodGet, "/api/v0/"+url.PathEscape(kind)+"?"+v.Encode(), nil, &answer); err != nil {
		return Rows{}, err
	}
	if !answer.Result {
		return Rows{}, fmt.Errorf("state of %s: %s", kind, answer.Msg)
	}
	return Rows{answer.Data.Result.Result, answer.Data.Result.Total}, nil
}

// Nodes are the cluster's nodes, dead ones too.
func (c *Client) Nodes(ctx context.Context) ([]core.NodeInfo, error) {
	rows, err := c.State(ctx, "nodes", Query{Limit: 10000, Detail: true})
	if err != nil {
		return nil, err
	}
	// The rows are read by their columns' names, which Ray documents.
	raw, err := json.Marshal(rows.Rows)
	if err != nil {
		return nil, err
	}
	var nodes []struct {
		ID        string             `json:"node_id"`
		IP        string             `json:"node_ip"`
		State     string             `json:"state"`
		Resources map[string]float64 `json:"resources_total"`
		Labels    map[string]string  `json:"labels"`
	}
	if err := json.Unmarshal(raw, &nodes); err != nil {
		return nil, fmt.Errorf("state of nodes: %w", err)
	}
	out := make([]core.NodeInfo, len(nodes))
	for i, n := range nodes {
		out[i] = core.NodeInfo{ID: n.ID, IP: n.IP, Alive: n.State == "ALIVE", Resources: n.Resources, Labels: n.Labels}
	}
	return out, nil
}

// Applications describes Serve's applications as Ray does, by name. A cluster without Serve refuses.
func (c *Client) Applications(ctx context.Context) (map[string]any, error) {
	var answer struct{ Applications map[string]any }
	err := c.call(ctx, http.MethodGet, "/api/serve/applications/", nil, &answer)
	return answer.Applications, err
}
