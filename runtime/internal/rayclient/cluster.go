package rayclient

import (
	"context"
	"encoding/json"
	"maps"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// Total implements core.Backend.
func (b *backend) Total() core.Resources { return b.resources(pb.ClusterInfoType_CLUSTER_RESOURCES) }

// Available implements core.Backend. Ray's figures are up to a second old.
func (b *backend) Available() core.Resources {
	return b.resources(pb.ClusterInfoType_AVAILABLE_RESOURCES)
}

func (b *backend) resources(what pb.ClusterInfoType_TypeEnum) core.Resources {
	ctx, cancel := b.patient()
	defer cancel()
	r, err := b.conn.ClusterInfo(ctx, what)
	all := core.Resources{}
	if err == nil {
		maps.Copy(all, r.GetResourceTable().GetTable())
	}
	return wire.Amounts(all)
}

// Nodes implements core.Backend.
func (b *backend) Nodes() []core.NodeInfo {
	ctx, cancel := b.patient()
	defer cancel()
	return b.nodes(ctx)
}

func (b *backend) nodes(ctx context.Context) (out []core.NodeInfo) {
	r, err := b.conn.ClusterInfo(ctx, pb.ClusterInfoType_NODES)
	if err != nil {
		return nil
	}
	var all []struct {
		NodeID, NodeManagerAddress string
		Alive                      bool
		Resources                  core.Resources
		Labels                     map[string]string
	}
	if json.Unmarshal([]byte(r.GetJson()), &all) != nil {
		return nil
	}
	for _, n := range all {
		out = append(out, core.NodeInfo{ID: n.NodeID, IP: n.NodeManagerAddress, Alive: n.Alive, Resources: wire.Amounts(n.Resources), Labels: wire.Labels(n.Labels)})
	}
	return out
}

// dashboardURL reads the head's answer; empty where there is no dashboard.
func dashboardURL(js string) string {
	var v struct {
		URL string `json:"dashboard_url"`
	}
	if json.Unmarshal([]byte(js), &v) != nil || v.URL == "" {
		return ""
	}
	if !strings.Contains(v.URL, "://") {
		v.URL = "http://" + v.URL
	}
	return v.URL
}
