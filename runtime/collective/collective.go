package collective

import (
	"fmt"
	"reflect"
	"slices"
)

// AllReduce replaces the numbers of all members by their reduction, element by element: x has the
// same length everywhere, and the same bits afterwards.
func AllReduce[T Number](g *Group, x []T, op ReduceOp) error { return g.AllReduce(x, op) }

// Broadcast replaces the numbers of all members by those of root: x has the same length everywhere.
func Broadcast[T Number](g *Group, x []T, root int) error { return g.Broadcast(x, root) }

// AllGather gives every member the numbers of all, by rank: x has the same length everywhere.
func AllGather[T Number](g *Group, x []T) ([][]T, error) {
	all := make([]T, len(x)*g.Size())
	if err := g.AllGather(x, all); err != nil {
		return nil, err
	}
	parts := make([][]T, g.Size())
	for i := range parts {
		parts[i] = all[i*len(x) : (i+1)*len(x) : (i+1)*len(x)]
	}
	return parts, nil
}

// ReduceScatter reduces the numbers of all members element by element and gives each member one
// part: rank r of n has the elements from r·len(x)/n to (r+1)·len(x)/n. x is left as it is.
func ReduceScatter[T Number](g *Group, x []T, op ReduceOp) ([]T, error) {
	work := append([]T(nil), x...)
	if err := g.ReduceScatter(work, op); err != nil {
		return nil, err
	}
	return work[g.Rank()*len(x)/g.Size() : (g.Rank()+1)*len(x)/g.Size()], nil
}

// Reduce gives the reduction of all members' numbers to root, in x; the others' x is left as it is.
func Reduce[T Number](g *Group, x []T, op ReduceOp, root int) error { return g.Reduce(x, op, root) }

// Send sends numbers to one member, which calls Recv with the same length.
func Send[T Number](g *Group, x []T, to int) error { return g.Send(x, to) }

// Recv fills x with the numbers that a member sends.
func Recv[T Number](g *Group, x []T, from int) error { return g.Recv(x, from) }

// AllReduce is the function AllReduce for a slice whose type is not known.
func (g *Group) AllReduce(x any, op ReduceOp) error {
	v, err := vectorOf(x)
	if err == nil {
		err = v.check(op)
	}
	if err != nil || g.size == 1 {
		return err
	}
	call := operation{kind: allReduce, op: op, elem: v.kind, count: v.len()}
	return g.run(call, func() error {
		if err := g.reduceAround(call, v); err != nil {
			return err
		}
		return g.gatherAround(call, func(rank int) []byte { return v.part(rank, g.size).bytes })
	})
}

// Broadcast is the function Broadcast for a slice whose type is not known.
func (g *Group) Broadcast(x any, root int) error {
	v, err := vectorOf(x)
	if err == nil {
		err = g.checkRank(root)
	}
	if err != nil || g.size == 1 {
		return err
	}
	call := operation{kind: broadcast, elem: v.kind, root: root, count: v.len()}
	return g.run(call, func() error { return g.passOn(call, v.bytes) })
}

// AllGather fills all, whose length is the group's size times that of x, with everybody's x.
func (g *Group) AllGather(x, all any) error {
	v, err := vectorOf(x)
	if err != nil {
		return err
	}
	out, err := vectorOf(all)
	if err != nil {
		return err
	}
	if out.kind != v.kind || out.len() != v.len()*g.size {
		return fmt.Errorf("collective: AllGather of %d %vs by %d members needs room for %d, not for %d %vs", v.len(), v.kind, g.size, v.len()*g.size, out.len(), out.kind)
	}
	part := func(rank int) []byte { return out.cut(rank*v.len(), (rank+1)*v.len()).bytes }
	copy(part(g.rank), v.bytes)
	if g.size == 1 {
		return nil
	}
	call := operation{kind: allGather, elem: v.kind, count: v.len()}
	return g.run(call, func() error { return g.gatherAround(call, part) })
}

// ReduceScatter reduces this member's part of x, and leaves the other parts undefined.
func (g *Group) ReduceScatter(x any, op ReduceOp) error {
	v, err := vectorOf(x)
	if err == nil {
		err = v.check(op)
	}
	if err != nil || g.size == 1 {
		return err
	}
	call := operation{kind: reduceScatter, op: op, elem: v.kind, count: v.len()}
	return g.run(call, func() error { return g.reduceAround(call, v) })
}

// Reduce is the function Reduce for a slice whose type is not known.
func (g *Group) Reduce(x any, op ReduceOp, root int) error {
	v, err := vectorOf(x)
	if err == nil {
		err = v.check(op)
	}
	if err == nil {
		err = g.checkRank(root)
	}
	if err != nil || g.size == 1 {
		return err
	}
	call := operation{kind: reduceTo, op: op, elem: v.kind, root: root, count: v.len()}
	return g.run(call, func() error {
		work := v
		if g.rank != root {
			work.bytes = slices.Clone(v.bytes)
		}
		if err := g.reduceAround(call, work); err != nil {
			return err
		}
		if g.rank != root {
			return g.net.write(root, work.part(g.rank, g.size).bytes)
		}
		for rank := range g.size {
			if rank == root {
				continue
			}
			if err := g.net.read(rank, v.part(rank, g.size).bytes); err != nil {
				return err
			}
		}
		return nil
	})
}

// Send is the function Send for a slice whose type is not known.
func (g *Group) Send(x any, to int) error {
	v, err := vectorOf(x)
	if err == nil {
		err = g.checkPeer(to)
	}
	if err != nil {
		return err
	}
	call := operation{kind: sendTo, elem: v.kind, count: v.len()}
	return g.run(call, func() error {
		if err := g.net.write(to, call.encode()); err != nil {
			return err
		}
		return g.net.write(to, v.bytes)
	})
}

// Recv is the function Recv for a slice whose type is not known.
func (g *Group) Recv(x any, from int) error {
	v, err := vectorOf(x)
	if err == nil {
		err = g.checkPeer(from)
	}
	if err != nil {
		return err
	}
	call := operation{kind: sendTo, elem: v.kind, count: v.len()}
	return g.run(call, func() error {
		if err := g.expect(from, call); err != nil {
			return err
		}
		return g.net.read(from, v.bytes)
	})
}

// Barrier returns when all members have called it.
func (g *Group) Barrier() error {
	if g.size == 1 {
		return nil
	}
	v, call := vector{kind: reflect.Uint8, width: 1, bytes: make([]byte, g.size)}, operation{kind: barrier}
	return g.run(call, func() error {
		if err := g.reduceAround(call, v); err != nil {
			return err
		}
		return g.gatherAround(call, func(rank int) []byte { return v.part(rank, g.size).bytes })
	})
}

func (g *Group) checkRank(rank int) error {
	if rank < 0 || rank >= g.size {
		return fmt.Errorf("collective: there is no rank %d in a group of %d; ranks go from 0 to %d", rank, g.size, g.size-1)
	}
	return nil
}

func (g *Group) checkPeer(rank int) error {
	if err := g.checkRank(rank); err != nil {
		return err
	}
	if rank == g.rank {
		return fmt.Errorf("collective: rank %d sends to itself; give another member's rank", rank)
	}
	return nil
}
