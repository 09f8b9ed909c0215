package rayworker

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// parcel is the values of a message.
type parcel struct {
	places []any // [meta, length], or an id
	values []*core.Value
	sizes  []int
	total  int64
}

// shareFrom is the size from which values travel in a file without a name instead of the socket.
const shareFrom = 1 << 20

func (p *parcel) refer(id core.ID) { p.places = append(p.places, id) }

func (p *parcel) add(l *link, v *core.Value) error {
	if v.Failure != nil {
		return fmt.Errorf("a failure (%s) is no value", v.Failure.Text)
	}
	meta, err := l.meta(v)
	if err != nil {
		return err
	}
	size := marshal.FlatSize(v)
	p.places = append(p.places, [2]any{meta, size})
	p.values, p.sizes, p.total = append(p.values, v), append(p.sizes, size), p.total+int64(size)
	return nil
}

// meta describes a value as wire.Pack does, without laying it out.
func (l *link) meta(v *core.Value) (string, error) {
	if !v.Any && !v.Python && len(v.Refs) == 0 {
		return "{}", nil
	}
	m := wire.Meta{Any: v.Any, Refs: v.Refs, Python: v.Python}
	for _, id := range v.Refs {
		m.Kinds += l.kind(id)
	}
	b, err := json.Marshal(m)
	return string(b), err
}

// send sends m with payload in front of the values.
func (p *parcel) send(l *link, m *message, payload []byte) error {
	m.Vals = p.places
	file, parts, err := p.lay(l, m, payload)
	if err != nil {
		return err
	}
	return l.tell(m, file, parts...)
}

// lay puts the values into parts, or into a sheet where they are large. Of a new sheet the file must be
// sent, too.
func (p *parcel) lay(l *link, m *message, payload []byte) (file *os.File, parts [][]byte, err error) {
	m.Skip = len(payload)
	if p.total < shareFrom {
		if len(payload) > 0 {
			parts = append(parts, payload)
		}
		for _, v := range p.values {
			parts = append(parts, marshal.Flatten(v))
		}
		return nil, parts, nil
	}
	s, isNew, err := l.sheets.take(p.total)
	if err != nil {
		return nil, nil, err
	}
	at := int64(0)
	for i, v := range p.values {
		base := at
		err = marshal.CopyFlat(v, func(at int64, b []byte) error {
			_, err := s.file.WriteAt(b, base+at)
			return err
		})
		if err != nil {
			if isNew {
				l.sheets.forget(s.n)
			} else {
				l.sheets.free(s.n)
			}
			return nil, nil, fmt.Errorf("shared memory: %w", err)
		}
		at += int64(p.sizes[i])
	}
	m.Spec, m.Skip, m.Sheet = string(payload), 0, s.n
	if isNew {
		m.Size, file = s.size, s.file
	}
	return file, nil, nil
}
