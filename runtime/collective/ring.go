package collective

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"reflect"
	"time"
)

// operation is a call, as two members compare it: a wrong order of calls must not mix numbers up.
type operation struct {
	kind  opKind
	op    ReduceOp
	elem  reflect.Kind
	root  int
	count int
}

type opKind uint8

const (
	allReduce opKind = iota
	broadcast
	allGather
	reduceScatter
	reduceTo
	sendTo
	barrier
)

func (o operation) String() string {
	what := fmt.Sprintf("%d %vs", o.count, o.elem)
	switch o.kind {
	case allReduce:
		return fmt.Sprintf("AllReduce of %s by %v", what, o.op)
	case broadcast:
		return fmt.Sprintf("Broadcast of %s from rank %d", what, o.root)
	case allGather:
		return "AllGather of " + what
	case reduceScatter:
		return fmt.Sprintf("ReduceScatter of %s by %v", what, o.op)
	case reduceTo:
		return fmt.Sprintf("Reduce of %s by %v to rank %d", what, o.op, o.root)
	case barrier:
		return "Barrier"
	default:
		return "Send of " + what
	}
}

const operationLength = 16

func (o operation) encode() []byte {
	b := []byte{byte(o.kind), byte(o.op), byte(o.elem), 0}
	b = binary.LittleEndian.AppendUint32(b, uint32(o.root))
	return binary.LittleEndian.AppendUint64(b, uint64(o.count))
}

func decodeOperation(b []byte) operation {
	return operation{opKind(b[0]), ReduceOp(b[1]), reflect.Kind(b[2]), int(binary.LittleEndian.Uint32(b[4:])), int(binary.LittleEndian.Uint64(b[8:]))}
}

func (g *Group) next() int { return (g.rank + 1) % g.size }
func (g *Group) prev() int { return (g.rank + g.size - 1) % g.size }

// exchange sends one message to the next member while it takes one from the previous.
func (g *Group) exchange(op operation, out []byte, take func() error) error {
	sent := make(chan error, 1)
	go func() {
		err := g.net.write(g.next(), op.encode())
		if err == nil {
			err = g.net.write(g.next(), out)
		}
		if err != nil {
			g.net.hurryUp(time.Second)
		}
		sent <- err
	}()
	err := g.expect(g.prev(), op)
	if err == nil {
		err = take()
	}
	var timeout net.Error
	if err == nil || errors.As(err, &timeout) && timeout.Timeout() {
		return cmp.Or(<-sent, err)
	}
	g.net.close(err) // the other half does not wait for a group that is broken
	<-sent
	return err
}

// expect reads what a peer calls, and compares.
func (g *Group) expect(peer int, op operation) error {
	var b [operationLength]byte
	if err := g.net.read(peer, b[:]); err != nil {
		return err
	}
	if theirs := decodeOperation(b[:]); theirs != op {
		return fmt.Errorf("this member calls %v, rank %d calls %v; all members make the same calls in the same order", op, peer, theirs)
	}
	return nil
}

// reduceAround leaves in each member's own part (part rank) the reduction of everybody's.
func (g *Group) reduceAround(op operation, v vector) error {
	longest := 0
	for i := range g.size {
		longest = max(longest, v.part(i, g.size).len())
	}
	block := v.like(min(longest, max(1, stride/v.width))) // read and reduced while more comes
	for step := range g.size - 1 {
		into := v.part(g.rank-step-2, g.size)
		err := g.exchange(op, v.part(g.rank-step-1, g.size).bytes, func() error {
			for done := 0; done < into.len(); {
				n := min(block.len(), into.len()-done)
				got := block.cut(0, n)
				if err := g.net.read(g.prev(), got.bytes); err != nil {
					return err
				}
				into.cut(done, done+n).reduce(got.bytes, op.op)
				done += n
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if op.op == Mean {
		v.part(g.rank, g.size).divide(g.size)
	}
	return nil
}

// gatherAround gives every member's own part to all.
func (g *Group) gatherAround(op operation, part func(rank int) []byte) error {
	for step := range g.size - 1 {
		err := g.exchange(op, part((g.rank-step+g.size)%g.size), func() error {
			return g.net.read(g.prev(), part((g.rank-step-1+g.size)%g.size))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// passOn hands the root's numbers around, in pieces that travel one behind the other.
func (g *Group) passOn(op operation, b []byte) error {
	last := (op.root + g.size - 1) % g.size
	if g.rank != op.root {
		if err := g.expect(g.prev(), op); err != nil {
			return err
		}
	}
	if g.rank != last {
		if err := g.net.write(g.next(), op.encode()); err != nil {
			return err
		}
	}
	for len(b) > 0 {
		n := min(len(b), stride/4)
		if g.rank != op.root {
			if err := g.net.read(g.prev(), b[:n]); err != nil {
				return err
			}
		}
		if g.rank != last {
			if err := g.net.write(g.next(), b[:n]); err != nil {
				return err
			}
		}
		b = b[n:]
	}
	return nil
}
