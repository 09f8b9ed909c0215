package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// record is something that is listed: its fields in their order.
type record []field

type field struct {
	key   string
	value any // what JSON can say
}

func (r record) get(key string) any {
	for _, f := range r {
		if f.key == key {
			return f.value
		}
	}
	return nil
}

// recordOf makes a record of a struct. Fields are called as in Ray where renamed says so, and otherwise
// by their Go name in lower case.
func recordOf(v any, renamed map[string]string) (r record) {
	s := reflect.Indirect(reflect.ValueOf(v))
	for i := range s.NumField() {
		t := s.Type().Field(i)
		key, _, _ := strings.Cut(t.Tag.Get("json"), ",")
		if name, ok := renamed[t.Name]; ok {
			key = name
		} else if key == "" {
			key = snake(t.Name)
		}
		r = append(r, field{key, plain(s.Field(i))})
	}
	return r
}

// plain is a value as JSON can say it: times as RFC 3339 with milliseconds, durations as milliseconds.
func plain(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Time:
		if x.IsZero() {
			return nil
		}
		return x.Format("2006-01-02T15:04:05.000Z07:00")
	case time.Duration:
		return float64(x.Microseconds()) / 1e3
	}
	switch v.Kind() {
	case reflect.String:
		return v.String()
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plain(v.Elem())
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	}
	return v.Interface()
}

// snake is NodeID as node_id.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, c := range runes {
		next := i+1 < len(runes) && unicode.IsLower(runes[i+1])
		if i > 0 && unicode.IsUpper(c) && (unicode.IsLower(runes[i-1]) || next) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// MarshalJSON writes the fields in their order.
func (r record) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it
	for i, f := range r {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:", f.key)
		if err := e.Encode(f.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// writeJSON writes a value for people and programs.
func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// writeYAML writes records as a list. Values are written as JSON does it, which YAML reads alike.
func writeYAML(w io.Writer, records []record) error {
	if len(records) == 0 {
		_, err := fmt.Fprintln(w, "[]")
		return err
	}
	for _, r := range records {
		mark := "- "
		for _, f := range r {
			text, err := yamlText(f.value)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%s%s: %s\n", mark, f.key, text); err != nil {
				return err
			}
			mark = "  "
		}
	}
	return nil
}

func yamlText(v any) (string, error) {
	if s, ok := v.(string); ok && plainYAML(s) {
		return s, nil
	}
	text, err := json.Marshal(v)
	return string(text), err
}

// plainYAML reports whether a text needs no quotes.
func plainYAML(s string) bool {
	if s == "" || !unicode.IsLetter(rune(s[0])) || strings.ToLower(s) == "null" {
		return false
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n":
		return false
	}
	return !strings.ContainsFunc(s, func(c rune) bool {
		return c > 126 || !unicode.IsLetter(c) && !unicode.IsDigit(c) && !strings.ContainsRune("_-./ ", c)
	}) && !strings.HasSuffix(s, " ")
}

// writeTable aligns columns; keys chooses and orders them.
func writeTable(w io.Writer, records []record, keys []string) error {
	rows := [][]string{nil}
	for _, key := range keys {
		rows[0] = append(rows[0], strings.ToUpper(key))
	}
	for _, r := range records {
		var row []string
		for _, key := range keys {
			row = append(row, cellText(r.get(key)))
		}
		rows = append(rows, row)
	}
	width := make([]int, len(keys))
	for _, row := range rows {
		for i, text := range row {
			width[i] = max(width[i], utf8.RuneCountInString(text))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, text := range row {
			line.WriteString(text + strings.Repeat(" ", width[i]-utf8.RuneCountInString(text)+2))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// maxCell is how wide a column may be.
const maxCell = 80

func cellText(v any) string {
	text := ""
	switch v := v.(type) {
	case nil:
	case string:
		text, _, _ = strings.Cut(v, "\n")
	default:
		b, err := json.Marshal(v)
		if text = string(b); err != nil || slices.Contains([]string{"{}", "[]", "null"}, text) {
			text = ""
		}
	}
	if r := []rune(text); len(r) > maxCell {
		text = string(r[:maxCell-1]) + "…"
	}
	return text
}
