package local

import (
	"iter"
	"maps"
	"slices"

	"github.com/goray/goray/runtime/internal/core"
)

// index finds what belongs to an id. Ids of a process follow each other, so it has pages for ranges
// of them: a table of hashes would take several times as long, most of it waiting for memory.
type index[V any] struct {
	pages map[core.ID]*page[V]
	last  *page[V] // that was used last
	n     int
}

const (
	pageBits = 6
	pageSize = 1 << pageBits
)

type page[V any] struct {
	first core.ID
	n     int
	at    [pageSize]*V
}

func (x *index[V]) page(id core.ID) *page[V] {
	first := id &^ (pageSize - 1)
	if p := x.last; p != nil && p.first == first {
		return p
	}
	p := x.pages[first]
	if p != nil {
		x.last = p
	}
	return p
}

// at returns what belongs to id; nil if nothing does.
func (x *index[V]) at(id core.ID) *V {
	if p := x.page(id); p != nil {
		return p.at[id%pageSize]
	}
	return nil
}

// set makes v, which is not nil, belong to id.
func (x *index[V]) set(id core.ID, v *V) {
	p := x.page(id)
	if p == nil {
		if x.pages == nil {
			x.pages = map[core.ID]*page[V]{}
		}
		p = &page[V]{first: id &^ (pageSize - 1)}
		x.pages[p.first], x.last = p, p
	}
	if p.at[id%pageSize] == nil {
		p.n++
		x.n++
	}
	p.at[id%pageSize] = v
}

// drop forgets what belongs to id.
func (x *index[V]) drop(id core.ID) {
	p := x.page(id)
	if p == nil || p.at[id%pageSize] == nil {
		return
	}
	p.at[id%pageSize] = nil
	x.n--
	if p.n--; p.n == 0 {
		delete(x.pages, p.first)
		x.last = nil
	}
}

func (x *index[V]) len() int { return x.n }

// all yields what there is, by id. It may be changed meanwhile; what is added may be yielded or not.
func (x *index[V]) all() iter.Seq2[core.ID, *V] {
	return func(yield func(core.ID, *V) bool) {
		for _, first := range slices.Sorted(maps.Keys(x.pages)) {
			p := x.pages[first]
			if p == nil {
				continue // it has become empty
			}
			for i := range p.at {
				if v := p.at[i]; v != nil && !yield(first+core.ID(i), v) {
					return
				}
			}
		}
	}
}
