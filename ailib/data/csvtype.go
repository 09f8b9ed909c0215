package data

import (
	"fmt"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// csvType is the type of a CSV column; each holds the values of fewer texts
// than those behind it can.
type csvType int

const (
	csvUnknown csvType = iota
	csvInt
	csvFloat
	csvBool
	csvTime
	csvString
)

var csvTypeNames = map[string]csvType{
	"int64": csvInt, "float64": csvFloat, "bool": csvBool, "timestamp": csvTime, "string": csvString,
}

func (t csvType) arrow() arrow.DataType {
	switch t {
	case csvInt:
		return arrow.PrimitiveTypes.Int64
	case csvFloat:
		return arrow.PrimitiveTypes.Float64
	case csvBool:
		return arrow.FixedWidthTypes.Boolean
	case csvTime:
		return arrowTime
	}
	// A column without any value is text: every text fits it.
	return arrow.BinaryTypes.String
}

// widen returns the type that also holds text.
func (t csvType) widen(text string) csvType {
	of := csvString
	if _, err := strconv.ParseInt(text, 10, 64); err == nil && !leadingZero(text) {
		of = csvInt
	} else if _, err := strconv.ParseFloat(text, 64); err == nil && !leadingZero(text) {
		of = csvFloat
	} else if _, ok := parseCSVBool(text); ok {
		of = csvBool
	} else if _, ok := parseCSVTime(text); ok {
		of = csvTime
	}
	switch {
	case t == csvUnknown || t == of:
		return of
	case t == csvInt && of == csvFloat || t == csvFloat && of == csvInt:
		return csvFloat
	}
	return csvString
}

// leadingZero is true for codes such as 007, which are text.
func leadingZero(text string) bool {
	return len(text) > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9'
}

func parseCSVBool(text string) (value, ok bool) {
	switch text {
	case "true", "True", "TRUE":
		return true, true
	case "false", "False", "FALSE":
		return false, true
	}
	return false, false
}

var csvTimeLayouts = []string{"2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02", time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00"}

func parseCSVTime(text string) (time.Time, bool) {
	if len(text) < 10 || text[4] != '-' || text[7] != '-' {
		return time.Time{}, false
	}
	for _, layout := range csvTimeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func newNullTexts(opts CSVOptions) map[string]bool {
	texts := opts.Nulls
	if texts == nil {
		texts = []string{"", "NA", "N/A", "NaN", "nan", "null", "NULL", "None"}
	}
	out := make(map[string]bool, len(texts))
	for _, t := range texts {
		out[t] = true
	}
	return out
}

// csvColumn parses the values of one column.
type csvColumn struct {
	name    string
	at      int
	builder array.Builder
	nulls   map[string]bool
	number  int64
	float   float64
	flag    bool
	time    arrow.Timestamp
	null    bool
}

func newCSVColumn(name string, at int, t arrow.DataType, opts CSVOptions) csvColumn {
	c := csvColumn{name: name, at: at, builder: array.NewBuilder(allocator, t), nulls: newNullTexts(opts)}
	if t.ID() == arrow.STRING && opts.Nulls == nil {
		c.nulls = map[string]bool{"": true}
	}
	return c
}

// parse checks text and remembers its value.
func (c *csvColumn) parse(text string) error {
	if c.null = c.nulls[text]; c.null {
		return nil
	}
	ok := true
	switch c.builder.(type) {
	case *array.Int64Builder:
		n, err := strconv.ParseInt(text, 10, 64)
		c.number, ok = n, err == nil
	case *array.Float64Builder:
		f, err := strconv.ParseFloat(text, 64)
		c.float, ok = f, err == nil
	case *array.BooleanBuilder:
		c.flag, ok = parseCSVBool(text)
	case *array.TimestampBuilder:
		var t time.Time
		t, ok = parseCSVTime(text)
		c.time = arrow.Timestamp(t.UnixMicro())
	}
	if !ok {
		return fmt.Errorf("column %q: %q is not %s (say another type in CSVOptions.Types)", c.name, shorten(text, 40), typeName(c.builder.Type()))
	}
	return nil
}

// appendCSV appends a whole row or nothing, so that a bad row leaves the
// columns equally long.
func appendCSV(cols []csvColumn, row []string) error {
	for i := range cols {
		if err := cols[i].parse(row[cols[i].at]); err != nil {
			return err
		}
	}
	for i := range cols {
		c := &cols[i]
		if c.null {
			c.builder.AppendNull()
			continue
		}
		switch b := c.builder.(type) {
		case *array.Int64Builder:
			b.Append(c.number)
		case *array.Float64Builder:
			b.Append(c.float)
		case *array.BooleanBuilder:
			b.Append(c.flag)
		case *array.TimestampBuilder:
			b.Append(c.time)
		case *array.StringBuilder:
			b.Append(row[c.at])
		}
	}
	return nil
}
