package rayworker

import (
	"fmt"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
	"github.com/goray/goray/runtime/internal/python"
)

var _ core.PythonRunner = (*link)(nil)

// PythonValue implements core.PythonRunner.
func (l *link) PythonValue(neutral any) (core.Value, error) { return python.Encode(neutral) }

// translate answers values of Go's as Python reads them: a Python function on this node was given them.
func (l *link) translate(f *frame) {
	var values []core.Value
	payload := f.payload[f.Skip:]
	for _, raw := range f.Vals { // here, on the goroutine that reads: slots may change afterwards
		v, rest, err := l.value(raw, payload)
		if err != nil {
			l.fail(f.ID, &core.Failure{Kind: core.BadCall, Text: err.Error()}, nil)
			return
		}
		values, payload = append(values, v), rest
	}
	go func() {
		for i, v := range values {
			out, err := translated(v)
			if err != nil {
				l.fail(f.ID, &core.Failure{Kind: core.BadCall, Text: fmt.Sprintf("an argument for Python: %v", err)}, nil)
				return
			}
			values[i] = out
		}
		if err := l.succeed(&job{id: f.ID}, values); err != nil {
			l.fail(f.ID, &core.Failure{Kind: core.OutOfMemory, Text: err.Error()}, nil)
		}
	}()
}

func translated(v core.Value) (core.Value, error) {
	decoded, err := marshal.Decode(v, nil)
	if err != nil {
		return v, err
	}
	if !decoded.IsValid() {
		return python.Encode(nil)
	}
	neutral, err := python.Neutral(decoded.Interface(), "the value")
	if err != nil {
		return v, err
	}
	return python.Encode(neutral)
}
