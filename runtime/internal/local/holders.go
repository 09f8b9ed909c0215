package local

import (
	"fmt"
	"os"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
)

// holders finds who has the references to each object: processes, tasks that wait for it or run with
// it, and other objects that have it inside.
func (b *Backend) holders() map[core.ID][]string {
	type share struct {
		who   string
		count int
	}
	shares := map[core.ID][]share{}
	add := func(id core.ID, who string, n int) {
		list := shares[id]
		if i := slices.IndexFunc(list, func(s share) bool { return s.who == who }); i >= 0 {
			list[i].count += n
			return
		}
		shares[id] = append(list, share{who, n})
	}
	for _, p := range b.procs {
		who := fmt.Sprintf("%s (pid %d)", p.name(), p.pid)
		if p.joined {
			who = fmt.Sprintf("driver (pid %d)", p.pid)
		}
		for id, n := range p.holds {
			add(id, who, n)
		}
		for id, n := range p.maps {
			add(id, who, n)
		}
	}
	for _, t := range b.pending.all() {
		for i := range t.spec.Args {
			if ref := t.spec.Args[i].Ref; ref != 0 {
				add(ref, "task "+t.spec.Label(), 1)
			}
		}
	}
	for id, o := range b.objects.all() {
		if o.value != nil {
			for _, inner := range o.value.Refs {
				add(inner, "object "+id.String(), 1)
			}
		}
	}
	found := map[core.ID][]string{}
	for id, o := range b.objects.all() {
		left := int(o.refs)
		for _, s := range shares[id] {
			found[id] = append(found[id], s.who)
			left -= s.count
		}
		slices.Sort(found[id])
		if left > 0 && b.joins == 0 { // of a head it is what is under way
			found[id] = append(found[id], fmt.Sprintf("the driver (pid %d)", os.Getpid()))
		}
	}
	return found
}
