package rayhead

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/backendtest"
	"github.com/goray/goray/runtime/internal/core"
)

// Suite runs the scenarios of package backendtest on real Ray.
type Suite struct {
	// Open opens a session at an address.
	Open core.Opener
	// Address is that of a head, as Open wants it.
	Address func(h *Head) string
}

// envQuick leaves out the scenarios that take minutes, where it is set.
const envQuick = "GORAY_RAY_QUICK"

// Version is the version of Ray in an environment.
func Version(root string) string {
	found, _ := filepath.Glob(filepath.Join(root, "lib", "python*", "site-packages", "ray-*.dist-info"))
	if len(found) == 0 {
		return ""
	}
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), "ray-"), ".dist-info")
}

func options(root string) backendtest.Options {
	o := backendtest.Options{Processes: true, Share: true, Foreign: true, Patience: 2 * Patience, Quick: os.Getenv(envQuick) != "", Without: map[string]string{}}
	for prefix, list := range without {
		if strings.HasPrefix(Version(root), prefix) {
			maps.Copy(o.Without, list)
		}
	}
	return o
}

// OneNode runs them on a head alone.
func (s *Suite) OneNode(t *testing.T) {
	root := Environment(t)
	t.Log("Ray", Version(root))
	h, err := Shared(root)
	if err != nil {
		t.Fatal(err)
	}
	o := options(root)
	o.Open = func(ctx context.Context, cfg core.Config) (core.Backend, error) {
		if cfg.Resources[core.CPU] == usualCPUs {
			cfg.Address = s.Address(h)
			return s.Open(ctx, cfg)
		}
		own, err := Start(root, nil, fmt.Sprint("--num-cpus=", cfg.Resources[core.CPU]), fmt.Sprint("--num-gpus=", cfg.Resources[core.GPU]))
		if err != nil {
			return nil, err
		}
		cfg.Address = s.Address(own)
		b, err := s.Open(ctx, cfg)
		if err != nil {
			own.Stop()
			return nil, err
		}
		return &alone{b.(Session), own}, nil
	}
	backendtest.Run(t, o)
}

// usualCPUs are those of the head that tests share.
const usualCPUs = 2

// alone is a session with a head of its own, which ends with it.
type alone struct {
	Session
	head *Head
}

func (a *alone) Close() error {
	err := a.Session.Close()
	a.head.Stop()
	return err
}

// ThreeNodes runs them on a head without CPUs and two nodes, on each of which lies a part of what the
// scenarios need; then those with nodes of their own, which come and are killed.
func (s *Suite) ThreeNodes(t *testing.T) { s.threeNodes(t, nil) }

// LostNodes are the core of ThreeNodes: what ran or lay on a node that is killed.
func (s *Suite) LostNodes(t *testing.T) {
	s.threeNodes(t, []string{
		"what ran on a node that is gone runs elsewhere", "lost results are computed again, and only those",
	})
}

func (s *Suite) threeNodes(t *testing.T, only []string) {
	root := Environment(t)
	t.Log("Ray", Version(root))
	h, nodes := Bare(t, root)
	layout := []core.NodeConfig{
		{Name: "cpus", Resources: core.Resources{core.CPU: 2, core.GPU: 1}, ObjectStoreMemory: 400 << 20},
		{Name: "disks", Resources: core.Resources{"disk": 2}, ObjectStoreMemory: 400 << 20},
	}
	o := options(root)
	o.Nodes, o.Losses, o.Only = true, true, only
	o.Open = func(ctx context.Context, cfg core.Config) (core.Backend, error) {
		cfg.Address = s.Address(h)
		switch {
		case len(cfg.Nodes) > 0:
		case cfg.Resources[core.CPU] == usualCPUs:
			cfg.Nodes = layout
		default:
			cfg.Nodes = []core.NodeConfig{{Name: "big", Resources: cfg.Resources}}
		}
		return Keep(ctx, cfg, nodes, s.Open)
	}
	backendtest.Run(t, o)
}

// Bare starts a head on which nothing runs, for nodes that come and go; it notices within seconds
// that one is gone.
func Bare(t testing.TB, root string) (*Head, *Nodes) {
	t.Helper()
	h, err := Start(root, []string{"RAY_health_check_period_ms=1000", "RAY_health_check_initial_delay_ms=1000"},
		"--num-cpus=0", "--num-gpus=0", "--resources={}", "--object-store-memory=400000000")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Stop)
	nodes, err := h.Nodes(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nodes.Stop)
	return h, nodes
}
