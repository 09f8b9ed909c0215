package python

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
)

// Encode makes a value that Python reads, of a neutral one. Its segments are the memory of v.
func Encode(v any) (core.Value, error) {
	p := &parts{}
	tree, err := p.tree(v)
	if err != nil {
		return core.Value{}, err
	}
	text, err := json.Marshal(tree)
	return core.Value{Inline: text, Segments: p.buffers, Python: true}, err
}

// Decode returns the neutral form of a value that Encode or Python made. Bytes and tables are its memory.
func Decode(v core.Value) (any, error) {
	d := json.NewDecoder(bytes.NewReader(v.Inline))
	d.UseNumber()
	var tree any
	if err := d.Decode(&tree); err != nil {
		return nil, fmt.Errorf("a value of Python's is no JSON: %w", err)
	}
	return value(tree, append([][]byte{v.Inline}, v.Segments...))
}
