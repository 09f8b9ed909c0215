package codec

import (
	"reflect"
	"slices"
	"sort"
	"sync"
	"unsafe"
)

// A host is memory that pointers point into: the backing array of a slice, or a struct of which a
// field is pointed at. It is written once, where it is first met, and everything that points into
// it is a distance from its beginning.
//
// Few values have hosts, and to find them means to compare addresses. So an encoder writes values
// as if there were none and notes the memory it has seen. Only when the types say that there may be
// a pointer into something, and the addresses that there is one, it starts again with the hosts.
type host struct {
	base unsafe.Pointer
	t    reflect.Type // of an element
	n    int
	seen int // place in the table of written hosts + 1
}

// reach is memory that a pointer or a slice refers to.
type reach struct {
	base    unsafe.Pointer
	t       reflect.Type // of an element
	n       int
	pointer bool
	spare   bool // a slice that is shorter than its memory
}

func (s *reach) from() uintptr { return uintptr(s.base) }
func (s *reach) to() uintptr   { return uintptr(s.base) + uintptr(s.n)*s.t.Size() }

type pairOfTypes struct{ outer, inner reflect.Type }

var insides sync.Map // pairOfTypes → bool

// inside reports whether a value of type inner can be part of one of type outer.
func inside(outer, inner reflect.Type) bool {
	if outer.Kind() != reflect.Struct && outer.Kind() != reflect.Array {
		return false
	}
	key := pairOfTypes{outer, inner}
	if known, ok := insides.Load(key); ok {
		return known.(bool)
	}
	found := false
	if outer.Kind() == reflect.Array {
		found = outer.Elem() == inner || inside(outer.Elem(), inner)
	} else {
		for i := 0; i < outer.NumField() && !found; i++ {
			f := outer.Field(i).Type
			found = f == inner || inside(f, inner)
		}
	}
	insides.Store(key, found)
	return found
}

// kind is a sort of memory that a value refers to.
type kind struct {
	t       reflect.Type
	pointer bool
}

// kinds returns the sorts of memory among the spans. There are few, however many spans.
func (e *encoder) kinds() []kind {
	var few [8]kind
	all := few[:0]
	for i := range e.spans {
		k := kind{e.spans[i].t, e.spans[i].pointer}
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	return all
}

// findHosts returns what is pointed into, by address; nil in the usual case.
func (e *encoder) findHosts() []host {
	if e.o.Whole {
		containers := make([]*reach, len(e.spans))
		for i := range e.spans {
			containers[i] = &e.spans[i]
		}
		return hostsAmong(e.spans, containers, true)
	}
	if len(e.spans) < 2 {
		return nil
	}
	kinds := e.kinds()
	var possible []kind
	for _, outer := range kinds {
		for _, inner := range kinds {
			if inner.pointer && (!outer.pointer && outer.t == inner.t || inside(outer.t, inner.t)) {
				possible = append(possible, outer)
				break
			}
		}
	}
	if possible == nil {
		return nil
	}
	var containers []*reach
	for i := range e.spans {
		if s := &e.spans[i]; slices.Contains(possible, kind{s.t, s.pointer}) {
			containers = append(containers, s)
		}
	}
	return hostsAmong(e.spans, containers, false)
}

// hostsAmong returns those of the containers that a pointer among spans points into. When the whole
// moves, so do those of which a slice is a part, or that are longer than a slice.
func hostsAmong(spans []reach, containers []*reach, whole bool) []host {
	slices.SortFunc(containers, func(a, b *reach) int {
		if a.from() != b.from() {
			return compare(a.from(), b.from())
		}
		return compare(b.to(), a.to())
	})
	// Containers that overlap become one; the pieces of an array are joined.
	var joined []reach
	for _, c := range containers {
		if n := len(joined); n > 0 && c.from() < joined[n-1].to() {
			last := &joined[n-1]
			if c.to() > last.to() {
				if c.t != last.t || (c.from()-last.from())%c.t.Size() != 0 {
					return nil // memory seen as two things; leave it apart
				}
				last.n = int((c.to() - last.from()) / c.t.Size())
			}
			continue
		}
		joined = append(joined, *c)
	}
	used := make([]bool, len(joined))
	any := false
	for i := range spans {
		s := &spans[i]
		if !s.pointer && !whole {
			continue
		}
		k := sort.Search(len(joined), func(k int) bool { return joined[k].to() > s.from() })
		if k == len(joined) || s.from() < joined[k].from() {
			continue
		}
		j := &joined[k]
		part := j.from() != s.from() || j.t != s.t
		if s.pointer && (part || !j.pointer) || !s.pointer && (part || j.n != s.n || s.spare) {
			used[k], any = true, true
		}
	}
	if !any {
		return nil
	}
	var hosts []host
	for k, j := range joined {
		if used[k] {
			hosts = append(hosts, host{base: j.base, t: j.t, n: j.n})
		}
	}
	return hosts
}

func compare(a, b uintptr) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// hostOf returns the host in which p points at n values of type t; nil when there is none.
func (e *encoder) hostOf(p unsafe.Pointer, t reflect.Type, n int) *host {
	k := sort.Search(len(e.hosts), func(k int) bool {
		h := &e.hosts[k]
		return uintptr(h.base)+uintptr(h.n)*h.t.Size() > uintptr(p)
	})
	if k == len(e.hosts) || uintptr(p) < uintptr(e.hosts[k].base) {
		return nil
	}
	h := &e.hosts[k]
	if off := uintptr(p) - uintptr(h.base); t.Size() == 0 || !located(h.t, h.n, off, t, n) {
		return nil // the memory is seen as something else, or the pointer has nothing to point at
	}
	return h
}

// inHost writes a pointer to values of type t in a host, and the host itself if it is new. Its type
// is named unless it is t, where that may be left out.
func (e *encoder) inHost(h *host, p unsafe.Pointer, t reflect.Type) error {
	e.uint(uint64(h.seen))
	if h.seen == 0 {
		e.hostsSeen++
		h.seen = e.hostsSeen
		switch {
		case e.o.Whole && h.t == t:
			e.b = append(e.b, hostSame)
		case e.o.Whole:
			e.b = append(e.b, hostOther)
			fallthrough
		default:
			if err := e.typeRef(h.t); err != nil {
				return err
			}
		}
		if err := e.enter(h.t); err != nil {
			return err
		}
		defer e.leave()
		e.uint(uint64(h.n))
		if err := encodeElements(e, e.coders.of(h.t), h.base, h.n, h.t.Size()); err != nil {
			return err
		}
	}
	e.uint(uint64(uintptr(p) - uintptr(h.base)))
	return nil
}

// inHost reads a pointer to n values of type t, one after another in a host.
func (d *decoder) inHost(t reflect.Type, n int) (unsafe.Pointer, error) {
	k, err := d.uint()
	if err != nil {
		return nil, err
	}
	if k > uint64(len(d.hosts)) {
		return nil, corrupt("a pointer points into what is not there")
	}
	if k == 0 {
		if err := d.newHost(t); err != nil {
			return nil, err
		}
		k = uint64(d.lastHost)
	}
	h := d.hosts[k-1]
	off, err := d.uint()
	if err != nil {
		return nil, err
	}
	size := h.t.Size()
	if off >= uint64(h.n)*uint64(size) || !located(h.t, h.n, uintptr(off), t, n) {
		return nil, corrupt("a pointer points into something of another type")
	}
	return unsafe.Add(h.base, int(off)), nil
}

// The type of a host, when the whole moves: that of what points into it, or another that follows.
const (
	hostSame = iota
	hostOther
)

// newHost reads a host; lastHost is its number then, whatever hosts were inside. t is the type of
// what points into it.
func (d *decoder) newHost(t reflect.Type) error {
	same := byte(hostOther)
	var err error
	if d.o.Whole {
		same, err = d.byte()
	}
	if err == nil && same != hostSame {
		t, err = d.typeRef()
	}
	if err != nil {
		return err
	}
	if err := d.enter(); err != nil {
		return err
	}
	defer d.leave()
	c := d.coders.of(t)
	n, err := d.count(max(c.min, 1))
	if err != nil {
		return err
	}
	if n == 0 || t.Size() == 0 {
		return corrupt("a host is empty")
	}
	h := host{base: reflect.MakeSlice(reflect.SliceOf(t), n, n).UnsafePointer(), t: t, n: n}
	d.hosts = append(d.hosts, h)
	number := len(d.hosts)
	err = decodeElements(d, c, h.base, n, t.Size())
	d.lastHost = number
	return err
}

// located reports whether count values of type want begin at an offset into n values of type t.
func located(t reflect.Type, n int, off uintptr, want reflect.Type, count int) bool {
	size := t.Size()
	if size == 0 {
		return false
	}
	i := off / size
	if off%size == 0 && t == want && int(i)+count <= n {
		return true
	}
	switch off %= size; t.Kind() {
	case reflect.Array:
		return located(t.Elem(), t.Len(), off, want, count)
	case reflect.Struct:
		for k := range t.NumField() {
			f := t.Field(k)
			if off >= f.Offset && off < f.Offset+f.Type.Size() && located(f.Type, 1, off-f.Offset, want, count) {
				return true
			}
		}
	}
	return false
}
