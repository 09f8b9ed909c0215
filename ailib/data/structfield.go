package data

import (
	"reflect"
	"strings"
	"sync"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow"
)

// structField is a field of a row struct and the column it stands for.
type structField struct {
	column string
	index  []int
	typ    reflect.Type
}

var fieldCache sync.Map // reflect.Type → []structField

// structFields lists the exported fields of t. The column is the `ray:"…"` tag
// or the field's name in snake case; `ray:"-"` leaves a field out; embedded
// structs without a tag contribute their fields.
func structFields(t reflect.Type) []structField {
	if cached, ok := fieldCache.Load(t); ok {
		return cached.([]structField)
	}
	var out []structField
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("ray")
		tag, _, _ = strings.Cut(tag, ",")
		if tag == "-" || !f.IsExported() && !f.Anonymous {
			continue
		}
		if f.Anonymous && !tagged && f.Type.Kind() == reflect.Struct && f.Type != typeTime {
			for _, inner := range structFields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		if tag == "" {
			tag = snakeCase(f.Name)
		}
		out = append(out, structField{column: tag, index: []int{i}, typ: f.Type})
	}
	fieldCache.Store(t, out)
	return out
}

// snakeCase writes FareAmount as fare_amount and PULocationID as pu_location_id.
func snakeCase(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) && i > 0 {
			afterLower := !unicode.IsUpper(runes[i-1]) && runes[i-1] != '_'
			beforeLower := i+1 < len(runes) && unicode.IsLower(runes[i+1]) && runes[i-1] != '_'
			if afterLower || beforeLower {
				b.WriteByte('_')
			}
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// structSchema is the schema of rows of type t, or nil when a field's type
// cannot be a column or is known only from its values.
func structSchema(t reflect.Type) *arrow.Schema {
	var fields []arrow.Field
	for _, f := range structFields(t) {
		ct := columnType(f.typ)
		if ct == nil {
			return nil
		}
		fields = append(fields, arrow.Field{Name: f.column, Type: ct, Nullable: true})
	}
	if len(fields) == 0 {
		return nil
	}
	return arrow.NewSchema(fields, nil)
}
