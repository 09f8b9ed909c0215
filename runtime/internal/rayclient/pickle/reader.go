package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
)

// Load reads one pickle. persistent resolves persistent ids; nil leaves them as Persistent. Byte
// strings alias data.
func Load(data []byte, persistent func(id any) (any, error)) (v any, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case damage:
			v, err = nil, fmt.Errorf("pickle: %s", string(r))
		default:
			panic(r)
		}
	}()
	r := reader{data: data, persistent: persistent}
	return r.run(), nil
}

// damage ends the reading; it is what the reader panics with.
type damage string

type mark struct{}

type reader struct {
	data       []byte
	at         int
	stack      []any
	memo       map[int]any
	persistent func(id any) (any, error)
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.data)-r.at {
		panic(damage("it ends too early"))
	}
	b := r.data[r.at : r.at+n : r.at+n]
	r.at += n
	return b
}

func (r *reader) u8() int  { return int(r.take(1)[0]) }
func (r *reader) u32() int { return int(binary.LittleEndian.Uint32(r.take(4))) }

func (r *reader) u64() int {
	n := binary.LittleEndian.Uint64(r.take(8))
	if n > math.MaxInt {
		panic(damage("a length is beyond all measure"))
	}
	return int(n)
}

func (r *reader) line() string {
	for i := r.at; i < len(r.data); i++ {
		if r.data[i] == '\n' {
			s := string(r.data[r.at:i])
			r.at = i + 1
			return s
		}
	}
	panic(damage("a name does not end"))
}

func (r *reader) push(v any) { r.stack = append(r.stack, v) }

func (r *reader) pop() any {
	v := r.top()
	r.stack = r.stack[:len(r.stack)-1]
	return v
}

func (r *reader) top() any {
	if len(r.stack) == 0 {
		panic(damage("an operand is missing"))
	}
	return r.stack[len(r.stack)-1]
}

// toMark takes what lies above the last mark.
func (r *reader) toMark() []any {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if _, ok := r.stack[i].(mark); ok {
			items := append([]any{}, r.stack[i+1:]...)
			r.stack = r.stack[:i]
			return items
		}
	}
	panic(damage("a mark is missing"))
}

func (r *reader) tuple(v any) Tuple {
	t, ok := v.(Tuple)
	if !ok {
		panic(damage(fmt.Sprintf("arguments are a %T", v)))
	}
	return t
}

func (r *reader) text(v any) string {
	s, ok := v.(string)
	if !ok {
		panic(damage(fmt.Sprintf("a name is a %T", v)))
	}
	return s
}

// long reads a number of n bytes, little endian, two's complement.
func (r *reader) long(n int) any {
	le := r.take(n)
	be := make([]byte, n)
	for i, c := range le {
		be[n-1-i] = c
	}
	x := new(big.Int).SetBytes(be)
	if n > 0 && le[n-1]&0x80 != 0 {
		x.Sub(x, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
	}
	if x.IsInt64() {
		return int(x.Int64())
	}
	return x
}

func (r *reader) extend(items []any) {
	switch l := r.top().(type) {
	case *List:
		l.Items = append(l.Items, items...)
	case *Object: // a subclass of list
	default:
		panic(damage(fmt.Sprintf("items are given to a %T", l)))
	}
}

func (r *reader) setItems(kv []any) {
	if len(kv)%2 != 0 {
		panic(damage("a key has no value"))
	}
	d, ok := r.top().(*Dict)
	if !ok {
		return // an object of a class that is like a dict
	}
	for i := 0; i < len(kv); i += 2 {
		d.Keys, d.Values = append(d.Keys, kv[i]), append(d.Values, kv[i+1])
	}
}

// call makes the object that calling fn would give.
func (r *reader) call(fn any, args Tuple) any {
	g, ok := fn.(Global)
	if !ok {
		return &Object{Of: fn, Args: args}
	}
	// A bytes object of protocol 2 and an instance without arguments are what they look like.
	if g == (Global{"_codecs", "encode"}) && len(args) == 2 && args[1] == "latin1" {
		b := make([]byte, 0, len(args))
		for _, c := range r.text(args[0]) {
			b = append(b, byte(c))
		}
		return b
	}
	return &Object{Class: g, Args: args}
}
