package serve

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// decodeJSON decodes a body into *v and names what is wrong: 400 for what is no JSON, 422 for JSON
// of another shape. Fields of structs must be there, unless they are pointers or their json tag
// says omitempty or omitzero. A single record is as good as an array of one.
func decodeJSON(body []byte, v any) error {
	target := reflect.ValueOf(v).Elem()
	if len(bytes.TrimSpace(body)) == 0 {
		return Errorf(http.StatusBadRequest, "the body is empty; send JSON, such as %s", sampleOf(target.Type(), 0))
	}
	if err := checkSyntax(body); err != nil {
		return err
	}
	t := target.Type()
	if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 && first(body) == '{' {
		body = slices.Concat([]byte{'['}, body, []byte{']'})
	}
	if err := checkShape(body, t, "", -1); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v); err != nil {
		return Errorf(http.StatusUnprocessableEntity, "%v", err)
	}
	return nil
}

func first(body []byte) byte {
	if b := bytes.TrimSpace(body); len(b) > 0 {
		return b[0]
	}
	return 0
}

func checkSyntax(body []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(body, &any)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		e := Errorf(http.StatusBadRequest, "the body is not JSON: %v at byte %d; check it there", syntax, syntax.Offset)
		e.Offset = syntax.Offset
		return e
	}
	if err != nil {
		return Errorf(http.StatusBadRequest, "the body is not JSON: %v", err)
	}
	return nil
}

func mistyped(path string, record int, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	switch {
	case path != "" && record >= 0:
		text = fmt.Sprintf("record %d: field %q %s", record, path, text)
	case path != "":
		text = fmt.Sprintf("field %q %s", path, text)
	case record >= 0:
		text = fmt.Sprintf("record %d %s", record, text)
	default:
		text = "the body " + text
	}
	return &StatusError{Status: http.StatusUnprocessableEntity, Message: text, Field: path, Record: record}
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// checkShape compares syntactically valid JSON with a type, in the order in which a reader would.
func checkShape(raw json.RawMessage, t reflect.Type, path string, record int) error {
	for t.Kind() == reflect.Pointer {
		if first(raw) == 'n' {
			return nil
		}
		t = t.Elem()
	}
	if reflect.PointerTo(t).Implements(unmarshaler) {
		if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
			return mistyped(path, record, "is %s, not a %s: %v", clip(raw), t, err)
		}
		return nil
	}
	switch t.Kind() {
	case reflect.Struct:
		return checkStruct(raw, t, path, record)
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			break // base64 text
		}
		var items []json.RawMessage
		if first(raw) != '[' || json.Unmarshal(raw, &items) != nil {
			return mistyped(path, record, "is %s, not an array", clip(raw))
		}
		for i, item := range items {
			at, r := path, record
			if path == "" && record < 0 {
				r = i
			} else {
				at = path + "[" + strconv.Itoa(i) + "]"
			}
			if err := checkShape(item, t.Elem(), at, r); err != nil {
				return err
			}
		}
		return nil
	case reflect.Map:
		var items map[string]json.RawMessage
		if first(raw) != '{' || json.Unmarshal(raw, &items) != nil {
			return mistyped(path, record, "is %s, not an object", clip(raw))
		}
		for k, item := range items {
			if err := checkShape(item, t.Elem(), join(path, k), record); err != nil {
				return err
			}
		}
		return nil
	case reflect.Interface:
		return nil
	}
	if first(raw) == 'n' {
		return mistyped(path, record, "is null; it must be %s", nameOf(t))
	}
	if err := json.Unmarshal(raw, reflect.New(t).Interface()); err != nil {
		return mistyped(path, record, "is %s; it must be %s", clip(raw), nameOf(t))
	}
	return nil
}

func checkStruct(raw json.RawMessage, t reflect.Type, path string, record int) error {
	var have map[string]json.RawMessage
	if first(raw) != '{' || json.Unmarshal(raw, &have) != nil {
		return mistyped(path, record, "is %s, not an object such as %s", clip(raw), sampleOf(t, 0))
	}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Anonymous || name == "-" && options == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		value, ok := lookUp(have, name)
		if !ok {
			if f.Type.Kind() == reflect.Pointer || strings.Contains(options, "omit") {
				continue
			}
			return missing(join(path, name), record, have)
		}
		if err := checkShape(value, f.Type, join(path, name), record); err != nil {
			return err
		}
	}
	return nil
}

func missing[V any](field string, record int, have map[string]V) error {
	names := make([]string, 0, len(have))
	for k := range have {
		names = append(names, strconv.Quote(k))
	}
	slices.Sort(names)
	if len(names) == 0 {
		return mistyped(field, record, "is missing; the record is empty")
	}
	return mistyped(field, record, "is missing; the record has %s", strings.Join(names, ", "))
}

// lookUp finds a key as encoding/json does: exactly, else without regard to case.
func lookUp[V any](m map[string]V, name string) (V, bool) {
	if v, ok := m[name]; ok {
		return v, true
	}
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	var zero V
	return zero, false
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func clip(raw []byte) string {
	s := string(bytes.TrimSpace(raw))
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "…"
	}
	return s
}

func nameOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number ≥ 0"
	}
	return "a " + t.String()
}

// sampleOf writes an example of what a type takes, for error messages.
func sampleOf(t reflect.Type, depth int) string {
	switch t.Kind() {
	case reflect.Pointer:
		return sampleOf(t.Elem(), depth)
	case reflect.Struct:
		var parts []string
		for _, f := range reflect.VisibleFields(t) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if !f.IsExported() || f.Anonymous || name == "-" || depth > 2 {
				continue
			}
			if name == "" {
				name = f.Name
			}
			parts = append(parts, fmt.Sprintf("%q: %s", name, sampleOf(f.Type, depth+1)))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice, reflect.Array:
		return "[" + sampleOf(t.Elem(), depth+1) + "]"
	case reflect.Map, reflect.Interface:
		return "{}"
	case reflect.String:
		return `"text"`
	case reflect.Bool:
		return "true"
	}
	return "1"
}

// decodeQuery fills a struct, or a string, from the parameters of a request without a body.
func decodeQuery(q url.Values, r *Request, v any) error {
	target := reflect.ValueOf(v).Elem()
	if target.Kind() == reflect.String {
		target.SetString(r.Text())
		return nil
	}
	if target.Kind() != reflect.Struct {
		return Errorf(http.StatusBadRequest, "the body is empty; send JSON, such as %s", sampleOf(target.Type(), 0))
	}
	record := map[string]json.RawMessage{}
	for k := range q {
		value := q.Get(k)
		record[k], _ = json.Marshal(value)
		for _, f := range reflect.VisibleFields(target.Type()) {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if (strings.EqualFold(name, k) || name == "" && strings.EqualFold(f.Name, k)) && f.Type.Kind() != reflect.String && json.Valid([]byte(value)) {
				record[k] = json.RawMessage(value) // a number or a bool, which a query writes as text
			}
		}
	}
	raw, err := json.Marshal(record)
	if err != nil {
		return Errorf(http.StatusBadRequest, "the query cannot be read: %v", err)
	}
	return decodeJSON(raw, v)
}
