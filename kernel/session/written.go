package session

import (
	"errors"
	"reflect"

	"github.com/goray/goray/kernel/plugin"
)

// written collects the values of an image.
type written struct {
	limit  int
	stop   func() error
	places []int // in the image's list of variables
	values []reflect.Value
}

func newWritten(limit int, stop func() error) *written { return &written{limit: limit, stop: stop} }

func (w *written) add(place int, v reflect.Value) {
	w.places, w.values = append(w.places, place), append(w.values, v)
}

// to writes the values down.
func (w *written) to(im *image, s plugin.Snapshotter) error {
	if len(w.values) == 0 {
		return nil
	}
	b, err := newBlob()
	if err != nil {
		return err
	}
	errs, err := s.EncodeVariables(w.values, w.limit, w.stop, func(at int64, p []byte) error {
		for len(p) > 0 {
			if err := w.stop(); err != nil {
				return err
			}
			n := min(len(p), writeBytes)
			if err := b.write(at, p[:n]); err != nil {
				return err
			}
			at, p = at+int64(n), p[n:]
		}
		return nil
	})
	if err != nil {
		b.close()
		return err
	}
	im.values = b
	for _, place := range w.places {
		im.Variables[place].Encoded = true
	}
	for i, err := range errs {
		if err == nil {
			continue
		}
		v := &im.Variables[w.places[i]]
		if v.Why = err.Error(); errors.Is(err, plugin.ErrTooLarge) {
			v.Why = tooLarge
		}
	}
	return nil
}

// read puts the values where the session's variables are. Those without a place are dropped.
func (im *image) read(s plugin.Snapshotter, places map[string]reflect.Value) (wrong []Loss, err error) {
	if im.values == nil {
		return nil, nil
	}
	b, err := im.values.bytes()
	if err != nil {
		return nil, err
	}
	var in []saved // in the order in which they were written
	for _, v := range im.Variables {
		if v.Encoded {
			in = append(in, v)
		}
	}
	err = s.DecodeVariables(b, len(in), func(i int, t reflect.Type) (reflect.Value, bool) {
		v, ok := places[in[i].Name]
		if !ok || in[i].Why != "" {
			return v, false
		}
		if t != nil && v.Type() != t {
			wrong = append(wrong, Loss{in[i].Name, "its type is not the same any more"})
			return v, false
		}
		return v, true
	})
	return wrong, err
}

func (im *image) size() int64 {
	if im.values == nil {
		return 0
	}
	return im.values.length()
}
