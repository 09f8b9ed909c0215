package local

import (
	"cmp"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/placement"
)

// Demands implements core.Warden.
func (b *Backend) Demands() []core.Demand {
	b.mu.Lock()
	defer b.unlock()
	return b.demands()
}

func (b *Backend) demands() (list []core.Demand) {
	type key struct{ kind, asks, strategy string }
	found := map[key]*core.Demand{}
	add := func(k key, resources []core.Resources) *core.Demand {
		d := found[k]
		if d == nil {
			d = &core.Demand{Kind: k.kind, Asks: k.asks, Strategy: k.strategy, Resources: resources}
			found[k] = d
		}
		d.Count++
		return d
	}
	b.act() // what has been decided is not waiting any more
	for _, t := range b.pending.all() {
		if t.state != waitingForResources {
			continue
		}
		k := key{kind: "task"}
		if t.spec.Kind == core.ActorStart {
			k.kind = "actor"
		}
		var x core.Explanation
		placement.Asks(&x, t.spec.Options)
		k.asks = x.Asks
		add(k, []core.Resources{t.spec.Options.Resources})
	}
	for _, g := range b.groups.List() {
		if g.State == "PENDING" || g.State == "RESCHEDULING" {
			text := ""
			for _, r := range g.Bundles {
				text += "{" + r.String() + "}"
			}
			add(key{"placement group", text, g.Placement.String()}, g.Bundles)
		}
	}
	for _, d := range found {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(x, y core.Demand) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Asks, y.Asks))
	})
	return list
}
