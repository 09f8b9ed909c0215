package typed

import (
	"go/types"
	"reflect"
	"unsafe"

	"golang.org/x/tools/go/ssa"
)

// Channel operations of cells end when the cell is interrupted: an operation that would block
// becomes a select with the channel that the interrupt closes. Programs use plain operations.

func (c *compiler) makeChan(x *ssa.MakeChan) {
	d, n := c.reg(x), intOf(c.reg(x.Size))
	bt := reflect.ChanOf(reflect.BothDir, d.t.Elem())
	c.emit(func(fr *frame) {
		k := n(fr)
		if k < 0 {
			_ = make(chan int, k)
		}
		*at[unsafe.Pointer](fr, d.off) = reflect.MakeChan(bt, k).UnsafePointer()
	})
}

func (c *compiler) send(x *ssa.Send) {
	ch, v := c.reg(x.Chan), c.reg(x.X)
	c.emit(func(fr *frame) {
		p := *at[unsafe.Pointer](fr, ch.off)
		r := fr.g.run
		if r.program {
			chansend(p, fr.ptr(v.off), false)
			return
		}
		if p != nil && chansend(p, fr.ptr(v.off), true) {
			return
		}
		fr.g.selectOrStop([]reflect.SelectCase{{Dir: reflect.SelectSend, Chan: fr.rv(ch), Send: fr.rv(v)}})
	})
}

func (c *compiler) receive(x *ssa.UnOp) {
	ch := c.reg(x.X)
	var d, ok reg
	if x.CommaOk {
		t := c.tuple(x)
		d, ok = t[0], t[1]
	} else {
		d = c.reg(x)
	}
	if d.t == nil {
		d = c.alloc(ch.t.Elem())
	}
	c.emit(func(fr *frame) {
		p := *at[unsafe.Pointer](fr, ch.off)
		wait := fr.g.run.program
		var selected, received bool
		if p != nil || wait {
			selected, received = chanrecv(p, !wait, fr.ptr(d.off))
		}
		if !selected && !wait {
			_, v, good := fr.g.selectOrStop([]reflect.SelectCase{{Dir: reflect.SelectRecv, Chan: fr.rv(ch)}})
			fr.rv(d).Set(v)
			received = good
		}
		if ok.t != nil {
			*at[bool](fr, ok.off) = received
		}
	})
}

// selectOrStop blocks until one of the cases is ready or the run is interrupted.
func (g *gor) selectOrStop(cs []reflect.SelectCase) (int, reflect.Value, bool) {
	done := g.run.done
	if g.leaving {
		done = expired() // deferred calls of an interrupted cell must not block
	}
	cs = append(cs, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(done)})
	i, v, ok := reflect.Select(cs)
	if i == len(cs)-1 {
		panic(interruptPanic{})
	}
	return i, v, ok
}

type selectState struct {
	ch, v  reg
	send   bool
	result int
}

func (c *compiler) selectInstr(x *ssa.Select) {
	t := c.tuple(x)
	var ss []selectState
	n := 2
	for _, s := range x.States {
		k := selectState{ch: c.reg(s.Chan), send: s.Dir == types.SendOnly}
		if k.send {
			k.v = c.reg(s.Send)
		} else {
			k.result = n
			n++
		}
		ss = append(ss, k)
	}
	c.emit(func(fr *frame) {
		cs := make([]reflect.SelectCase, len(ss), len(ss)+1)
		for i, s := range ss {
			cs[i] = reflect.SelectCase{Dir: reflect.SelectRecv, Chan: fr.rv(s.ch)}
			if s.send {
				cs[i].Dir, cs[i].Send = reflect.SelectSend, fr.rv(s.v)
			}
		}
		var i int
		var v reflect.Value
		var ok bool
		switch {
		case !x.Blocking:
			i, v, ok = reflect.Select(append(cs, reflect.SelectCase{Dir: reflect.SelectDefault}))
			if i == len(ss) {
				i = -1
			}
		case fr.g.run.program:
			i, v, ok = reflect.Select(cs)
		default:
			i, v, ok = fr.g.selectOrStop(cs)
		}
		*at[int](fr, t[0].off) = i
		*at[bool](fr, t[1].off) = ok
		for j, s := range ss {
			switch {
			case s.send || t[s.result].t == nil:
			case j == i:
				fr.rv(t[s.result]).Set(v)
			default:
				fr.rv(t[s.result]).SetZero()
			}
		}
	})
}

// expired is a channel that is ready soon.
func expired() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}
