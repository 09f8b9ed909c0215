package sample

import (
	"fmt"
	"os"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// column is one of the file's columns. value returns nil for null.
type column struct {
	name  string
	typ   arrow.DataType
	value func(t *trip) any
}

var micros = &arrow.TimestampType{Unit: arrow.Microsecond}

func whole(name string, get func(t *trip) int32) column {
	return column{name, arrow.PrimitiveTypes.Int32, func(t *trip) any { return get(t) }}
}

func moment(name string, get func(t *trip) int64) column {
	return column{name, micros, func(t *trip) any { return arrow.Timestamp(get(t) * 1_000_000) }}
}

// number is a column of float64: get counts in units of 1/per. A division by a power of ten is
// rounded the same way everywhere.
func number(name string, per float64, get func(t *trip) int64) column {
	return column{name, arrow.PrimitiveTypes.Float64, func(t *trip) any { return float64(get(t)) / per }}
}

// known makes a column null where the meter sent no details.
func known(c column) column {
	value := c.value
	c.value = func(t *trip) any {
		if !t.known {
			return nil
		}
		return value(t)
	}
	return c
}

// columns are those of the real files, in their order.
var columns = []column{
	whole("VendorID", func(t *trip) int32 { return t.vendor }),
	moment("lpep_pickup_datetime", func(t *trip) int64 { return t.pickup }),
	moment("lpep_dropoff_datetime", func(t *trip) int64 { return t.dropoff }),
	known(column{"store_and_fwd_flag", arrow.BinaryTypes.String, func(t *trip) any {
		if t.stored {
			return "Y"
		}
		return "N"
	}}),
	known(number("RatecodeID", 1, func(t *trip) int64 { return t.rate })),
	whole("PULocationID", func(t *trip) int32 { return t.from }),
	whole("DOLocationID", func(t *trip) int32 { return t.to }),
	known(number("passenger_count", 1, func(t *trip) int64 { return t.passengers })),
	number("trip_distance", 100, func(t *trip) int64 { return t.distance }),
	number("fare_amount", 100, func(t *trip) int64 { return t.fare }),
	number("extra", 100, func(t *trip) int64 { return t.extra }),
	number("mta_tax", 100, func(t *trip) int64 { return t.tax }),
	number("tip_amount", 100, func(t *trip) int64 { return t.tip }),
	number("tolls_amount", 100, func(t *trip) int64 { return t.tolls }),
	{"ehail_fee", arrow.PrimitiveTypes.Float64, func(*trip) any { return nil }},
	number("improvement_surcharge", 100, func(t *trip) int64 { return t.improvement }),
	number("total_amount", 100, func(t *trip) int64 { return t.total() }),
	known(number("payment_type", 1, func(t *trip) int64 { return t.payment })),
	known(number("trip_type", 1, func(t *trip) int64 { return t.kind })),
	known(number("congestion_surcharge", 100, func(t *trip) int64 { return t.congestion })),
}

var congestionFee = number("cbd_congestion_fee", 100, func(t *trip) int64 { return t.zone })

func (m month) write(path string) error {
	cols := columns
	if m.congestionFee {
		cols = append(cols[:len(cols):len(cols)], congestionFee)
	}
	trips := m.trips()
	fields := make([]arrow.Field, len(cols))
	arrays := make([]arrow.Array, len(cols))
	for i, c := range cols {
		fields[i] = arrow.Field{Name: c.name, Type: c.typ, Nullable: true}
		arrays[i] = c.build(trips)
		defer arrays[i].Release()
	}
	record := array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, int64(len(trips)))
	defer record.Release()
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	// Compressors may choose other bytes on another processor, so there is none.
	properties := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Uncompressed),
		parquet.WithDictionaryDefault(true), parquet.WithCreatedBy(fmt.Sprintf("goray sample version %d", version)))
	w, err := pqarrow.NewFileWriter(record.Schema(), f, properties, pqarrow.DefaultWriterProps())
	if err != nil {
		f.Close()
		return err
	}
	if err := w.Write(record); err != nil {
		w.Close()
		return err
	}
	return w.Close() // closes f
}

func (c column) build(trips []trip) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, c.typ)
	defer b.Release()
	b.Reserve(len(trips))
	for i := range trips {
		switch x := c.value(&trips[i]).(type) {
		case nil:
			b.AppendNull()
		case int32:
			b.(*array.Int32Builder).Append(x)
		case float64:
			b.(*array.Float64Builder).Append(x)
		case arrow.Timestamp:
			b.(*array.TimestampBuilder).Append(x)
		case string:
			b.(*array.StringBuilder).Append(x)
		}
	}
	return b.NewArray()
}
