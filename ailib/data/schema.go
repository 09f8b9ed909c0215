package data

import (
	"bytes"
	"fmt"
	"html"
	"maps"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
)

// Schema lists the columns of a dataset in their order.
type Schema struct {
	arrow *arrow.Schema
}

// Names returns the column names in order.
func (s *Schema) Names() []string { return fieldNames(s.arrow) }

// Types returns the column types in order, in Arrow's notation ("int64",
// "double" is written "float64", "utf8" is written "string").
func (s *Schema) Types() []string {
	out := make([]string, s.arrow.NumFields())
	for i, f := range s.arrow.Fields() {
		out[i] = typeName(f.Type)
	}
	return out
}

// Type returns the type of the column name, or "" when there is none.
func (s *Schema) Type(name string) string {
	if f, ok := fieldByName(s.arrow, name); ok {
		return typeName(f.Type)
	}
	return ""
}

// Arrow returns the Arrow schema.
func (s *Schema) Arrow() *arrow.Schema { return s.arrow }

// String lists one column per line.
func (s *Schema) String() string {
	width := len("Column")
	for _, f := range s.arrow.Fields() {
		width = max(width, len(f.Name))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-*s  Type\n", width, "Column")
	fmt.Fprintf(&b, "%s  ----\n", strings.Repeat("-", width))
	for _, f := range s.arrow.Fields() {
		fmt.Fprintf(&b, "%-*s  %s\n", width, f.Name, typeName(f.Type))
	}
	return b.String()
}

// MIMEBundle shows the schema as a table.
func (s *Schema) MIMEBundle() map[string]any {
	var b strings.Builder
	b.WriteString("<table><thead><tr><th>Column</th><th>Type</th></tr></thead><tbody>")
	for _, f := range s.arrow.Fields() {
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td></tr>", html.EscapeString(f.Name), html.EscapeString(typeName(f.Type)))
	}
	b.WriteString("</tbody></table>")
	return map[string]any{"text/plain": s.String(), "text/html": b.String()}
}

// schemaData is a schema in Arrow IPC form; empty stands for unknown.
type schemaData []byte

func schemaBytes(s *arrow.Schema) schemaData {
	if s == nil {
		return nil
	}
	var b bytes.Buffer
	// Writing a schema to memory fails only for types without an IPC form,
	// which no column can have: such a schema is treated as unknown.
	if err := ipc.NewWriter(&b, ipc.WithSchema(s)).Close(); err != nil {
		return nil
	}
	return b.Bytes()
}

func (d schemaData) schema() *arrow.Schema {
	if len(d) == 0 {
		return nil
	}
	r, err := ipc.NewReader(bytes.NewReader(d))
	if err != nil {
		return nil
	}
	return r.Schema()
}

// plainSchema is the schema of blocks that are read from files: dictionaries
// are replaced by their values, and notes of the file format are left out.
func plainSchema(s *arrow.Schema) *arrow.Schema {
	fields := s.Fields()
	for i := range fields {
		fields[i].Metadata = arrow.Metadata{}
		if d, ok := fields[i].Type.(*arrow.DictionaryType); ok {
			fields[i].Type = d.ValueType
		}
	}
	return arrow.NewSchema(fields, nil)
}

func fieldNames(s *arrow.Schema) []string {
	out := make([]string, s.NumFields())
	for i, f := range s.Fields() {
		out[i] = f.Name
	}
	return out
}

func fieldByName(s *arrow.Schema, name string) (arrow.Field, bool) {
	if at := s.FieldIndices(name); len(at) > 0 {
		return s.Field(at[0]), true
	}
	return arrow.Field{}, false
}

func selectFields(s *arrow.Schema, names []string) *arrow.Schema {
	out := make([]arrow.Field, len(names))
	for i, name := range names {
		out[i], _ = fieldByName(s, name)
	}
	return arrow.NewSchema(out, nil)
}

func renameFields(s *arrow.Schema, from, to []string) *arrow.Schema {
	out := slices.Clone(s.Fields())
	for i := range out {
		if j := slices.Index(from, out[i].Name); j >= 0 {
			out[i].Name = to[j]
		}
	}
	return arrow.NewSchema(out, nil)
}

// withField replaces the field of the same name or appends it.
func withField(s *arrow.Schema, f arrow.Field) *arrow.Schema {
	out := slices.Clone(s.Fields())
	for i := range out {
		if out[i].Name == f.Name {
			out[i] = f
			return arrow.NewSchema(out, nil)
		}
	}
	return arrow.NewSchema(append(out, f), nil)
}

// schemaDifference lists all columns that differ, or returns "".
func schemaDifference(want, got *arrow.Schema) string {
	var diffs []string
	for _, f := range want.Fields() {
		g, ok := fieldByName(got, f.Name)
		switch {
		case !ok:
			diffs = append(diffs, fmt.Sprintf("%q (%s) is missing", f.Name, typeName(f.Type)))
		case !arrow.TypeEqual(f.Type, g.Type):
			diffs = append(diffs, fmt.Sprintf("%q is %s, not %s", f.Name, typeName(g.Type), typeName(f.Type)))
		}
	}
	for _, g := range got.Fields() {
		if !want.HasField(g.Name) {
			diffs = append(diffs, fmt.Sprintf("%q (%s) is new", g.Name, typeName(g.Type)))
		}
	}
	return strings.Join(diffs, ", ")
}

// typeName is Arrow's name of a type with Go's words for the common ones.
func typeName(t arrow.DataType) string {
	switch t.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.STRING_VIEW:
		return "string"
	case arrow.TIMESTAMP:
		ts := t.(*arrow.TimestampType)
		if ts.TimeZone != "" {
			return fmt.Sprintf("timestamp[%s, %s]", ts.Unit, ts.TimeZone)
		}
		return fmt.Sprintf("timestamp[%s]", ts.Unit)
	case arrow.DURATION:
		return fmt.Sprintf("duration[%s]", t.(*arrow.DurationType).Unit)
	case arrow.LIST:
		return "list<" + typeName(t.(*arrow.ListType).Elem()) + ">"
	case arrow.FIXED_SIZE_LIST:
		l := t.(*arrow.FixedSizeListType)
		return fmt.Sprintf("vector<%s>[%d]", typeName(l.Elem()), l.Len())
	case arrow.STRUCT:
		var parts []string
		for _, f := range t.(*arrow.StructType).Fields() {
			parts = append(parts, f.Name+": "+typeName(f.Type))
		}
		return "struct<" + strings.Join(parts, ", ") + ">"
	}
	return t.String()
}

// shortSchema is one line with the first columns.
func shortSchema(s *arrow.Schema) string {
	const most = 8
	var parts []string
	for i, f := range s.Fields() {
		if i == most {
			parts = append(parts, fmt.Sprintf("… %d more", s.NumFields()-most))
			break
		}
		parts = append(parts, f.Name+": "+typeName(f.Type))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}
