package xgboost

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"
)

// Format is a file format of a model.
type Format string

// The formats of [Booster.Save], which are XGBoost's own.
const (
	JSON Format = "json" // text; readable and comparable
	UBJ  Format = "ubj"  // universal binary JSON: smaller and faster
)

// Save returns the model without its training state. Every XGBoost reads it.
func (b *Booster) Save(format Format) ([]byte, error) {
	if format != JSON && format != UBJ {
		return nil, fmt.Errorf("xgboost: unknown model format %q; use xgboost.JSON or xgboost.UBJ", format)
	}
	var model []byte
	err := b.do("save model", func(h handle) int32 {
		var n uint64
		var out *byte
		rc := xgBoosterSaveModelToBuffer(h, toJSON(map[string]string{"format": string(format)}), &n, &out)
		if rc == 0 {
			model = bytes.Clone(unsafe.Slice(out, n))
		}
		return rc
	})
	return model, err
}

// SaveFile writes the model to path; the ending, .json or .ubj, is the
// format. The file appears complete or not at all.
func (b *Booster) SaveFile(path string) error {
	format, err := formatOf(path)
	if err != nil {
		return err
	}
	model, err := b.Save(format)
	if err != nil {
		return err
	}
	return writeFile(path, bytes.NewReader(model), 0o644)
}

// LoadFile reads a model that was written as .json or .ubj by any XGBoost.
func LoadFile(path string, params Params, matrices ...*DMatrix) (*Booster, error) {
	if _, err := formatOf(path); err != nil {
		return nil, err
	}
	model, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("xgboost: load model: %w; check the path", err)
	}
	return LoadBooster(model, params, matrices...)
}

func formatOf(path string) (Format, error) {
	switch filepath.Ext(path) {
	case ".json":
		return JSON, nil
	case ".ubj":
		return UBJ, nil
	}
	return "", fmt.Errorf("xgboost: %s does not end in .json or .ubj; name the model's file so that its format can be told", path)
}

// Serialize returns the model with its whole training state and
// configuration, for a training that goes on in another process. Only the
// same version of XGBoost reads it; use Save for keeping.
func (b *Booster) Serialize() ([]byte, error) {
	var raw []byte
	err := b.do("serialize", func(h handle) int32 {
		var n uint64
		var out *byte
		rc := xgBoosterSerializeToBuffer(h, &n, &out)
		if rc == 0 {
			raw = bytes.Clone(unsafe.Slice(out, n))
		}
		return rc
	})
	return raw, err
}

// Unserialize creates a model from the bytes of [Booster.Serialize].
func Unserialize(raw []byte, matrices ...*DMatrix) (*Booster, error) {
	if len(raw) == 0 {
		return nil, fmt.Errorf("xgboost: nothing to unserialize; give the bytes of Booster.Serialize")
	}
	b, err := create(matrices)
	if err != nil {
		return nil, err
	}
	err = b.do("unserialize", func(h handle) int32 {
		return xgBoosterUnserializeFromBuffer(h, unsafe.Pointer(&raw[0]), uint64(len(raw)))
	})
	runtime.KeepAlive(raw)
	if err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}
