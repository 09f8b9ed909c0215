package xgboost

import (
	"bytes"
	"encoding/json"
	"runtime"
	"strings"
	"unsafe"
)

// goString copies a C string.
func goString(p *byte) string {
	if p == nil {
		return ""
	}
	n := 0
	for *(*byte)(unsafe.Add(unsafe.Pointer(p), n)) != 0 {
		n++
	}
	return strings.Clone(unsafe.String(p, n))
}

// goStrings copies an array of C strings.
func goStrings(p **byte, n uint64) []string {
	out := make([]string, n)
	for i, s := range unsafe.Slice(p, n) {
		out[i] = goString(s)
	}
	return out
}

// cStrings is an array of C strings in Go memory, pinned until release.
type cStrings struct {
	pinner runtime.Pinner
	array  []*byte
}

func newCStrings(values []string) *cStrings {
	c := &cStrings{array: make([]*byte, len(values)+1)}
	for i, s := range values {
		p := unsafe.SliceData(append([]byte(s), 0))
		c.pinner.Pin(p)
		c.array[i] = p
	}
	c.pinner.Pin(&c.array[0])
	return c
}

func (c *cStrings) first() **byte { return &c.array[0] }

func (c *cStrings) release() { c.pinner.Unpin() }

// arrayInterface describes v to XGBoost in NumPy's array interface protocol.
// The memory must stay pinned for the duration of the call that reads it.
func arrayInterface(v []float32) map[string]any {
	var address uintptr
	if len(v) > 0 {
		address = uintptr(unsafe.Pointer(&v[0]))
	}
	return map[string]any{
		"data":    []any{address, true}, // read-only
		"shape":   []int{len(v)},
		"strides": []int{4},
		"typestr": "<f4",
		"version": 3,
	}
}

// pin keeps the memory of every slice in place until release is called.
func pin(slices ...[]float32) (release func()) {
	var pinner runtime.Pinner
	for _, s := range slices {
		if len(s) > 0 {
			pinner.Pin(&s[0])
		}
	}
	return pinner.Unpin
}

// toJSON encodes a configuration. Go would escape the "<" of "<f4", which
// XGBoost's parser does not undo.
func toJSON(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic("xgboost: configuration cannot be encoded: " + err.Error()) // only our own literals come here
	}
	return b.String()
}
