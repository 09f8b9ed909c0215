package pickle

import (
	"encoding/binary"
	"fmt"
	"math"
	"sort"
)

// apart is the size from which a byte string is a buffer of its own in Buffers.
const apart = 64 << 10

// Dump pickles v, which is made of the types that the package names. It panics on others: what is
// written here is ours.
func Dump(v any) []byte {
	all := Buffers(v)
	if len(all) == 1 {
		return all[0]
	}
	var out []byte
	for _, b := range all {
		out = append(out, b...)
	}
	return out
}

// Buffers pickles v into pieces, whose concatenation is the pickle. Long byte strings of v are
// pieces themselves.
func Buffers(v any) [][]byte {
	w := writer{b: append(make([]byte, 0, 256), 0x80, 4)}
	w.put(v)
	w.b = append(w.b, '.')
	return append(w.done, w.b)
}

type writer struct {
	done [][]byte
	b    []byte
}

func (w *writer) uint32(op byte, n int) {
	w.b = binary.LittleEndian.AppendUint32(append(w.b, op), uint32(n))
}

func (w *writer) bytes(v []byte) {
	if len(v) < 1<<31 {
		w.uint32('B', len(v))
	} else {
		w.b = binary.LittleEndian.AppendUint64(append(w.b, 0x8e), uint64(len(v)))
	}
	if len(v) < apart {
		w.b = append(w.b, v...)
		return
	}
	w.done = append(w.done, w.b, v)
	w.b = nil
}

func (w *writer) all(open, end byte, items []any) {
	w.b = append(w.b, open)
	for _, x := range items {
		w.put(x)
	}
	w.b = append(w.b, end)
}

func (w *writer) put(v any) {
	switch v := v.(type) {
	case nil:
		w.b = append(w.b, 'N')
	case bool:
		if v {
			w.b = append(w.b, 0x88)
		} else {
			w.b = append(w.b, 0x89)
		}
	case int:
		if int(int32(v)) == v {
			w.uint32('J', int(uint32(int32(v))))
		} else {
			w.b = binary.LittleEndian.AppendUint64(append(w.b, 0x8a, 8), uint64(v))
		}
	case float64:
		w.b = binary.BigEndian.AppendUint64(append(w.b, 'G'), math.Float64bits(v))
	case string:
		w.uint32('X', len(v))
		w.b = append(w.b, v...)
	case []byte:
		w.bytes(v)
	case []any:
		w.b = append(w.b, ']')
		w.all('(', 'e', v)
	case Tuple:
		w.all('(', 't', v)
	case map[string]any:
		w.dict(v)
	case Global:
		w.b = append(append(append(append(append(w.b, 'c'), v.Module...), '\n'), v.Name...), '\n')
	case Call:
		w.put(v.Fn)
		w.put(v.Args)
		w.b = append(w.b, 'R')
	case Persistent:
		w.put(v.ID)
		w.b = append(w.b, 'Q')
	default:
		panic(fmt.Sprintf("pickle: a %T cannot be written", v))
	}
}

// dict writes keys in order, so that equal maps give equal bytes.
func (w *writer) dict(m map[string]any) {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	w.b = append(w.b, '}', '(')
	for _, k := range keys {
		w.put(k)
		w.put(m[k])
	}
	w.b = append(w.b, 'u')
}
