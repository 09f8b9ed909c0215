package viz

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// toFloat is the number in v; ok is false for anything that is no number. Durations and booleans
// have a form of their own.
func toFloat(v any) (f float64, ok bool) {
	if _, is := v.(time.Duration); is {
		return 0, false
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return float64(r.Int()), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return float64(r.Uint()), true
	case reflect.Float32, reflect.Float64:
		return r.Float(), true
	}
	return 0, false
}

// missing says whether v is a value that is not there.
func missing(v any) bool {
	if v == nil {
		return true
	}
	r := reflect.ValueOf(v)
	switch r.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan:
		return r.IsNil() && r.Kind() != reflect.Slice
	}
	return false
}

// cellText is v in one line.
func cellText(v any) string {
	if missing(v) {
		return "–"
	}
	switch x := v.(type) {
	case string:
		return clean(x)
	case time.Duration:
		return roundDuration(x).String()
	case time.Time:
		return x.Format("2006-01-02 15:04:05")
	case error:
		return clean(safeText(x.Error))
	case fmt.Stringer:
		return clean(safeText(x.String))
	}
	if r := reflect.ValueOf(v); r.Kind() == reflect.String {
		return clean(r.String())
	}
	if f, ok := toFloat(v); ok {
		return numberText(v, f)
	}
	text := fmt.Sprint(v)
	if len(text) > 400 {
		text = strings.ToValidUTF8(text[:400], "") + "…"
	}
	return clean(text)
}

// safeText calls a method of a value that we do not know.
func safeText(method func() string) (s string) {
	defer func() {
		if p := recover(); p != nil {
			s = fmt.Sprintf("(panic: %v)", p)
		}
	}()
	return method()
}

func numberText(v any, f float64) string {
	if k := reflect.TypeOf(v).Kind(); k != reflect.Float32 && k != reflect.Float64 {
		return fmt.Sprintf("%d", v)
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}

// roundDuration keeps about three digits.
func roundDuration(d time.Duration) time.Duration {
	if d.Abs() >= 10*time.Minute {
		return d.Round(time.Second)
	}
	for unit := 100 * time.Second; unit >= 100; unit /= 10 {
		if d.Abs() >= unit {
			return d.Round(unit / 100)
		}
	}
	return d
}

// formatColumn formats the cells of a column together. Floats get equal decimals where that
// loses no digit and invents at most three, so that the points stand below each other; numeric says whether to align right.
func formatColumn(cells []any) (texts []string, numeric bool) {
	texts = make([]string, len(cells))
	numbers, floats, decimals, fewest, fixed, words := 0, 0, 0, 99, true, false
	for i, v := range cells {
		texts[i] = cellText(v)
		f, ok := toFloat(v)
		if missing(v) {
			continue
		}
		_, duration := v.(time.Duration)
		if !ok && !duration {
			words = true
			continue
		}
		numbers++
		if k := reflect.TypeOf(v).Kind(); k == reflect.Float32 || k == reflect.Float64 {
			floats++
			if finite(f) {
				_, after, _ := strings.Cut(texts[i], ".")
				fixed = fixed && !strings.Contains(texts[i], "e")
				decimals, fewest = max(decimals, len(after)), min(fewest, len(after))
			}
		}
	}
	switch {
	case words:
		return texts, false
	case floats == 0 || !fixed || decimals > 6 || decimals-fewest > 3:
		return texts, numbers > 0
	}
	for i, v := range cells {
		if f, ok := toFloat(v); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			if k := reflect.TypeOf(v).Kind(); k == reflect.Float32 || k == reflect.Float64 {
				texts[i] = strconv.FormatFloat(f, 'f', decimals, 64)
			}
		}
	}
	return texts, true
}
