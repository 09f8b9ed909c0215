package rayworker

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strconv"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// fromPython makes a value of what the shim's neutral wrote: nil, bool, int, *big.Int, float64,
// string, []byte, []any and map[string]any.
func fromPython(b []byte) (core.Value, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var raw any
	if err := d.Decode(&raw); err != nil {
		return core.Value{}, fmt.Errorf("a value of Python's: %w", err)
	}
	v, err := goValue(raw)
	if err != nil {
		return core.Value{}, fmt.Errorf("a value of Python's: %w", err)
	}
	return marshal.EncodeAny(reflect.ValueOf(v))
}

func goValue(raw any) (any, error) {
	switch raw := raw.(type) {
	case json.Number:
		n, err := raw.Int64()
		return int(n), err
	case []any:
		for i := range raw {
			v, err := goValue(raw[i])
			if err != nil {
				return nil, err
			}
			raw[i] = v
		}
		return raw, nil
	case map[string]any:
		return tagged(raw)
	}
	return raw, nil // nil, bool, string
}

// tagged reads an object of one member, whose name says what it is.
func tagged(raw map[string]any) (any, error) {
	for tag, content := range raw {
		text, _ := content.(string)
		switch tag {
		case "float":
			return strconv.ParseFloat(text, 64) // inf, nan as Python writes them
		case "bytes":
			return base64.StdEncoding.DecodeString(text)
		case "big":
			if n, ok := new(big.Int).SetString(text, 10); ok {
				return n, nil
			}
		case "map":
			if m, ok := content.(map[string]any); ok {
				for k := range m {
					v, err := goValue(m[k])
					if err != nil {
						return nil, err
					}
					m[k] = v
				}
				return m, nil
			}
		}
		return nil, fmt.Errorf("%q is damaged", tag)
	}
	return nil, fmt.Errorf("an empty object")
}
