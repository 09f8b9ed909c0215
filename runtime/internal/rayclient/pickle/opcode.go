package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
)

// run executes opcodes up to STOP.
func (r *reader) run() any {
	for {
		op := r.take(1)[0]
		switch {
		case op == '.':
			return r.pop()
		case r.constant(op), r.collection(op), r.object(op):
		default:
			panic(damage(fmt.Sprintf("opcode %#x at %d is not known", op, r.at-1)))
		}
	}
}

// constant handles numbers, texts and byte strings.
func (r *reader) constant(op byte) bool {
	switch op {
	case 'N':
		r.push(nil)
	case 0x88:
		r.push(true)
	case 0x89:
		r.push(false)
	case 'K':
		r.push(r.u8())
	case 'M':
		r.push(int(binary.LittleEndian.Uint16(r.take(2))))
	case 'J':
		r.push(int(int32(r.u32())))
	case 0x8a:
		r.push(r.long(r.u8()))
	case 0x8b:
		r.push(r.long(r.u32()))
	case 'G':
		r.push(math.Float64frombits(binary.BigEndian.Uint64(r.take(8))))
	case 0x8c:
		r.push(string(r.take(r.u8())))
	case 'X':
		r.push(string(r.take(r.u32())))
	case 0x8d:
		r.push(string(r.take(r.u64())))
	case 'C':
		r.push(r.take(r.u8()))
	case 'B':
		r.push(r.take(r.u32()))
	case 0x8e, 0x96:
		r.push(r.take(r.u64()))
	default:
		return false
	}
	return true
}

// collection handles lists, tuples, dicts, sets and the stack.
func (r *reader) collection(op byte) bool {
	switch op {
	case '(':
		r.push(mark{})
	case '0':
		r.pop()
	case '1':
		r.toMark()
	case '2':
		r.push(r.top())
	case ']':
		r.push(&List{})
	case 'l':
		r.push(&List{r.toMark()})
	case 'a':
		x := r.pop()
		r.extend([]any{x})
	case 'e':
		r.extend(r.toMark())
	case '}':
		r.push(&Dict{})
	case 's':
		v, k := r.pop(), r.pop()
		r.setItems([]any{k, v})
	case 'u':
		r.setItems(r.toMark())
	case ')':
		r.push(Tuple{})
	case 't':
		r.push(Tuple(r.toMark()))
	case 0x85, 0x86, 0x87:
		t := make(Tuple, op-0x84)
		for i := len(t) - 1; i >= 0; i-- {
			t[i] = r.pop()
		}
		r.push(t)
	case 0x8f:
		r.push(&List{}) // a set that is being filled
	case 0x90:
		r.extend(r.toMark())
	case 0x91:
		r.push(Set(r.toMark()))
	default:
		return false
	}
	return true
}

// object handles classes, calls, the memo and what is around values.
func (r *reader) object(op byte) bool {
	switch op {
	case 0x80:
		r.take(1)
	case 0x95: // a frame: how much follows
		r.take(8)
	case 'c':
		module := r.line()
		r.push(Global{module, r.line()})
	case 0x93:
		name, module := r.pop(), r.pop()
		r.push(Global{r.text(module), r.text(name)})
	case 'R', 0x81:
		args, fn := r.pop(), r.pop()
		r.push(r.call(fn, r.tuple(args)))
	case 0x92:
		keywords, args, class := r.pop(), r.pop(), r.pop()
		r.push(r.call(class, append(r.tuple(args), keywords)))
	case 'b':
		state := r.pop()
		if o, ok := r.top().(*Object); ok {
			o.State = state
		}
	case 0x94:
		r.remember(len(r.memo))
	case 'q':
		r.remember(r.u8())
	case 'r':
		r.remember(r.u32())
	case 'h':
		r.recall(r.u8())
	case 'j':
		r.recall(r.u32())
	case 0x98: // the buffer on top is read-only
	case 'Q':
		id := r.pop()
		if r.persistent == nil {
			r.push(Persistent{id})
			break
		}
		v, err := r.persistent(id)
		if err != nil {
			panic(damage(err.Error()))
		}
		r.push(v)
	default:
		return false
	}
	return true
}

func (r *reader) remember(n int) {
	if r.memo == nil {
		r.memo = map[int]any{}
	}
	r.memo[n] = r.top()
}

func (r *reader) recall(n int) {
	v, ok := r.memo[n]
	if !ok {
		panic(damage("it refers to what was not there"))
	}
	r.push(v)
}
