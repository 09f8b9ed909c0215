package notebook

import (
	"errors"
	"reflect"

	"github.com/goray/goray/kernel/plugin"
	"github.com/goray/goray/runtime/node"
)

var _ plugin.Snapshotter = (*Plugin)(nil)

// EncodeVariables writes the variables of cells for another process.
func (p *Plugin) EncodeVariables(values []reflect.Value, limit int, stop func() error, write func(at int64, b []byte) error) ([]error, error) {
	errs, err := node.EncodeVariables(values, limit, stop, write)
	for i := range errs {
		if errors.Is(errs[i], node.ErrTooLarge) {
			errs[i] = plugin.ErrTooLarge
		}
	}
	return errs, err
}

// DecodeVariables reads them there.
func (p *Plugin) DecodeVariables(b []byte, n int, place func(i int, t reflect.Type) (reflect.Value, bool)) error {
	return node.DecodeVariables(b, n, place)
}

// Repeatable are the calls that describe remote functions and actors.
func (p *Plugin) Repeatable() []string { return []string{"ray.Remote", "ray.Actor"} }
