package local_test

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// longer returns its argument with a byte more.
func longer(b []byte) []byte { return append(b[:len(b):len(b)], 1) }

// chain submits n tasks, each with the result of the one before, and lets go all but the last.
func chain(t *testing.T, b core.Backend, n int, node string) core.ID {
	t.Helper()
	f, _, err := marshal.Function(longer)
	if err != nil {
		t.Fatal(err)
	}
	last, err := put(t, b, make([]byte, 200<<10))
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		spec := &core.TaskSpec{ID: b.NewID(), Func: &f, Args: []core.Arg{{Ref: last}}, Options: new(core.DefaultTask())}
		spec.Resources[node] = 0.1
		next := spec.ID
		if err := b.Submit(spec); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Wait(t.Context(), []core.ID{next}, 1, -1); err != nil {
			t.Fatal(err)
		}
		b.Release(last)
		last = next
	}
	return last
}

// TestLineageIsBounded forgets the oldest recipes: what needs them cannot be made again.
func TestLineageIsBounded(t *testing.T) {
	nodes := []core.NodeConfig{virtualNode("a", 64<<20), virtualNode("b", 64<<20)}
	for _, c := range []struct {
		bytes string
		lost  bool
	}{{"", false}, {"30000", true}} {
		t.Setenv("RAY_max_lineage_bytes", c.bytes)
		b := open(t, core.Config{Nodes: nodes})
		last := chain(t, b, 60, "b")
		if err := b.(core.NodeKeeper).RemoveNode("b", false); err != nil {
			t.Fatal(err)
		}
		again := virtualNode("b", 64<<20)
		again.Name = "b2"
		if _, err := b.(core.NodeKeeper).AddNode(again); err != nil {
			t.Fatal(err)
		}
		values, err := b.Get(t.Context(), []core.ID{last})
		if err != nil {
			t.Fatal(err)
		}
		f := values[0].Failure
		if c.lost && (f == nil || f.Kind != core.ObjectLost || !strings.Contains(f.Text, "lineage")) {
			t.Errorf("%+v", f)
		}
		if !c.lost {
			if v, err := marshal.Decode(values[0], reflect.TypeFor[[]byte]()); f != nil || err != nil || v.Len() != 200<<10+60 {
				t.Error(f, err)
			}
		}
		values = nil
		b.Release(last)
		eventually(t, "the return of everything", func() bool {
			runtime.GC()
			s := b.(core.Inspector).Inspect().Cluster
			return s.Objects == 0 && s.StoreUsed == 0
		})
	}
}
