package python

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/goray/goray/runtime/internal/core"
)

// object is what JSON does not have; worker.py says the kinds.
type object map[string]any

// letters are the types of numbers on the wire, by kind.
var letters = map[reflect.Kind]string{
	reflect.Float64: "f8", reflect.Float32: "f4", reflect.Int: "i8", reflect.Int64: "i8", reflect.Int32: "i4", reflect.Int16: "i2",
	reflect.Int8: "i1", reflect.Uint64: "u8", reflect.Uint32: "u4", reflect.Uint16: "u2", reflect.Uint8: "u1",
}

// parts is a frame that is being written: the header comes first, when it is done.
type parts struct{ buffers [][]byte }

func (p *parts) add(b []byte) int {
	p.buffers = append(p.buffers, b)
	return len(p.buffers)
}

// tree is the wire form of a neutral value.
func (p *parts) tree(v any) (any, error) {
	switch v := v.(type) {
	case nil, bool, int, string:
		return v, nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return object{"$": "f", "v": strings.ToLower(strconv.FormatFloat(v, 'g', -1, 64))}, nil
		}
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return json.RawMessage(strconv.FormatFloat(v, 'f', 1, 64)), nil // 2.0, which stays a float in Python
		}
		return v, nil
	case *big.Int:
		return object{"$": "i", "v": v.String()}, nil
	case []byte:
		return object{"$": "b", "i": p.add(v)}, nil
	case core.ArrowStream:
		return object{"$": "a", "i": p.add(v.ArrowStream())}, nil
	case time.Time:
		return object{"$": "t", "v": v.Format("2006-01-02T15:04:05.000000-07:00")}, nil
	case core.Array:
		return p.numbers(reflect.ValueOf(v.Data), v.Shape)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			var err error
			if out[i], err = p.tree(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		return p.dict(v)
	case map[any]any:
		var pairs []any
		for k, x := range v {
			key, err := p.tree(k)
			if err != nil {
				return nil, err
			}
			value, err := p.tree(x)
			if err != nil {
				return nil, err
			}
			pairs = append(pairs, []any{key, value})
		}
		return object{"$": "d", "v": pairs}, nil
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.Slice && letters[r.Type().Elem().Kind()] != "" {
		return p.numbers(r, []int{r.Len()})
	}
	return nil, fmt.Errorf("a %T is no neutral value; this is a mistake of goray's", v)
}

func (p *parts) dict(v map[string]any) (any, error) {
	out := object{}
	_, ambiguous := v["$"]
	var pairs []any
	for k, x := range v {
		value, err := p.tree(x)
		if err != nil {
			return nil, err
		}
		out[k] = value
		pairs = append(pairs, []any{k, value})
	}
	if ambiguous {
		return object{"$": "d", "v": pairs}, nil
	}
	return out, nil
}

// numbers gives the memory of a slice away for the time of the call.
func (p *parts) numbers(v reflect.Value, shape []int) (any, error) {
	return object{"$": "n", "t": letters[v.Type().Elem().Kind()], "s": shape, "i": p.add(memory(v))}, nil
}

// memory is the memory of a slice of numbers: little endian, as that of all machines that Go's Linux
// and macOS ports of today run on but s390x.
func memory(v reflect.Value) []byte {
	if v.Len() == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*int(v.Type().Elem().Size()))
}

// write writes a frame: header, then the buffers.
func (p *parts) write(w io.Writer, header any) error {
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	all := append([][]byte{text}, p.buffers...)
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(all)))
	for _, b := range all {
		head = binary.LittleEndian.AppendUint64(head, uint64(len(b)))
	}
	if _, err := w.Write(append(head, text...)); err != nil {
		return err
	}
	for _, b := range p.buffers {
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

// What a frame may claim: more is no frame.
const (
	maxParts = 1 << 20
	maxPart  = 1 << 40
)

// read reads a frame.
func read(r io.Reader) (all [][]byte, err error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	count := binary.LittleEndian.Uint32(n[:])
	if count == 0 || count > maxParts {
		return nil, fmt.Errorf("a frame of %d parts; something else writes to the socket of goray's Python process", count)
	}
	sizes := make([]byte, 8*count)
	if _, err := io.ReadFull(r, sizes); err != nil {
		return nil, err
	}
	for i := range int(count) {
		size := binary.LittleEndian.Uint64(sizes[8*i:])
		if size > maxPart {
			return nil, errors.New("a part of a frame is larger than 1 TiB; something else writes to the socket of goray's Python process")
		}
		b := make([]byte, size)
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}
