package sql

import (
	"database/sql/driver"
	"reflect"

	"github.com/goray/goray/kernel/lang/overlay/rt"
)

// Null represents a value that may be null. It implements the [Scanner] interface, so it can be
// used as a scan destination.
type Null[T any] struct {
	V     T
	Valid bool
}

// Scan implements [Scanner].
func (n *Null[T]) Scan(value any) error {
	if value == nil {
		n.V, n.Valid = *new(T), false
		return nil
	}
	n.Valid = true
	return rt.ConvertAssign(&n.V, value)
}

// Value implements [driver.Valuer].
func (n Null[T]) Value() (driver.Value, error) {
	if !n.Valid {
		return nil, nil
	}
	v := any(n.V)
	if valuer, ok := v.(driver.Valuer); ok {
		// A nil pointer whose Value method has a value receiver is NULL.
		if r := reflect.ValueOf(v); r.Kind() == reflect.Pointer && r.IsNil() {
			if _, byValue := reflect.Zero(r.Type().Elem()).Interface().(driver.Valuer); byValue {
				return nil, nil
			}
		}
		var err error
		if v, err = valuer.Value(); err != nil {
			return v, err
		}
	}
	return driver.DefaultParameterConverter.ConvertValue(v)
}
