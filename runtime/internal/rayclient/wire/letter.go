package wire

import (
	"encoding/binary"
	"encoding/json"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// A letter is a call in one piece of bytes, which Ray carries as it is: several arguments, and tuples
// among them, it would pickle one by one at either end. It is
//
//	u32 length, Header (JSON); u32 length, contents (JSON); the payload; the values' bodies
//
// with little endian numbers. Arguments that Ray resolves, values with references, and large ones have
// no place in it.

// contents says what follows in a letter. Its form is that of a frame from the shim to its child, which
// gets it as it is.
type contents struct {
	Skip int      `json:"skip"` // length of the payload
	Vals [][2]any `json:"vals"` // meta and length of each value
}

// letterMax is the most that the values of a letter have: Ray stores larger arguments as objects.
const letterMax = 64 << 10

// Letter makes a letter of a call; nil if that is not the form for it.
func Letter(h *Header, spec *core.TaskSpec) ([]byte, error) {
	if spec.Python != nil || spec.Kind == core.ActorStart {
		return nil, nil
	}
	var values []*core.Value
	h.Captures = spec.Func != nil && spec.Func.IsCell && spec.Func.Captures.Size() > 0
	if h.Captures {
		values = append(values, &spec.Func.Captures)
	}
	for i := range spec.Args {
		if spec.Args[i].Ref != 0 {
			return nil, nil
		}
		values = append(values, &spec.Args[i].Value)
	}
	c := contents{Vals: [][2]any{}}
	var bodies [][]byte
	size := 0
	for _, v := range values {
		if size += marshal.FlatSize(v); size > letterMax || v.Failure != nil || len(v.Refs) > 0 {
			return nil, nil
		}
		meta, body, err := Pack(v, nil) // it has no references to name
		if err != nil {
			return nil, err
		}
		c.Vals = append(c.Vals, [2]any{meta, len(body)})
		bodies = append(bodies, body)
	}
	payload, err := EncodeSpec(spec)
	if err != nil {
		return nil, err
	}
	c.Skip = len(payload)
	head, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	inside, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	b := make([]byte, 0, 8+len(head)+len(inside)+len(payload)+size)
	b = append(binary.LittleEndian.AppendUint32(b, uint32(len(head))), head...)
	b = append(binary.LittleEndian.AppendUint32(b, uint32(len(inside))), inside...)
	b = append(b, payload...)
	for _, body := range bodies {
		b = append(b, body...)
	}
	return b, nil
}
