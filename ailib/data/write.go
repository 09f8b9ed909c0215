package data

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// WriteOption changes what happens to files that are already there.
type WriteOption func(*writeOptions)

type writeOptions struct{ overwrite bool }

// Overwrite removes files of an earlier write from the directory first.
// Default: an error when there are any.
func Overwrite() WriteOption { return func(o *writeOptions) { o.overwrite = true } }

// WriteParquet computes the dataset and writes a directory of Parquet files
// (Snappy), one per block, in the order of their names. Each file appears
// whole or not at all.
func (d *Dataset) WriteParquet(dir string, opts ...WriteOption) error {
	return d.write(stepWriteParquet, dir, ".parquet", opts)
}

// WriteCSV computes the dataset and writes a directory of CSV files with a
// header, one per block, in the order of their names. Nulls are empty.
func (d *Dataset) WriteCSV(dir string, opts ...WriteOption) error {
	return d.write(stepWriteCSV, dir, ".csv", opts)
}

func (d *Dataset) write(kind stepKind, dir, suffix string, opts []WriteOption) error {
	if err := d.Err(); err != nil {
		return err
	}
	var o writeOptions
	for _, opt := range opts {
		opt(&o)
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("data: write: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("data: write: %w; choose a directory that can be written", err)
	}
	old, err := filepath.Glob(filepath.Join(dir, "part-*"+suffix))
	if err != nil {
		return fmt.Errorf("data: write: %w", err)
	}
	if len(old) > 0 && !o.overwrite {
		return fmt.Errorf("data: write: %s already has %d files such as %s; choose another directory or pass data.Overwrite()", dir, len(old), filepath.Base(old[0]))
	}
	for _, f := range old {
		if err := os.Remove(f); err != nil {
			return fmt.Errorf("data: write: %w", err)
		}
	}
	return d.then(&step{Kind: kind, Names: []string{dir}}, nil).each(nil, func(slice) (bool, error) { return true, nil })
}

// applyWrite writes a block into its file and returns the number of rows. A
// block without rows makes a file only when it is the first, for its columns.
func (s *step) applyWrite(rec arrow.RecordBatch, index int) (arrow.RecordBatch, error) {
	if rec.NumRows() > 0 || index == 0 && rec.NumCols() > 0 {
		write, suffix := writeParquet, ".parquet"
		if s.Kind == stepWriteCSV {
			write, suffix = writeCSV, ".csv"
		}
		path := filepath.Join(s.Names[0], fmt.Sprintf("part-%06d%s", index, suffix))
		if err := writeFile(path, rec, write); err != nil {
			return nil, fmt.Errorf("data: write %s: %w", path, err)
		}
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "rows", Type: arrow.PrimitiveTypes.Int64}}, nil)
	return array.NewRecordBatch(schema, []arrow.Array{intArray([]int64{rec.NumRows()})}, 1), nil
}

// writeFile writes beside the target and renames, so that readers never see
// half a file and a repeated task does no harm.
func writeFile(path string, rec arrow.RecordBatch, write func(io.Writer, arrow.RecordBatch) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".writing-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	buffered := bufio.NewWriterSize(f, 1<<18)
	err = write(buffered, rec)
	if err == nil {
		err = buffered.Flush()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// writeParquet hides Close from the Parquet writer: the file is closed here.
func writeParquet(w io.Writer, rec arrow.RecordBatch) error {
	props := parquet.NewWriterProperties(parquet.WithCompression(compress.Codecs.Snappy), parquet.WithAllocator(allocator))
	pw, err := pqarrow.NewFileWriter(rec.Schema(), struct{ io.Writer }{w}, props, pqarrow.NewArrowWriterProperties(pqarrow.WithStoreSchema(), pqarrow.WithAllocator(allocator)))
	if err != nil {
		return err
	}
	if err := pw.Write(rec); err != nil {
		return errors.Join(err, pw.Close())
	}
	return pw.Close()
}

func writeCSV(w io.Writer, rec arrow.RecordBatch) error {
	out := csv.NewWriter(w)
	if err := out.Write(fieldNames(rec.Schema())); err != nil {
		return err
	}
	row := make([]string, rec.NumCols())
	for i := range int(rec.NumRows()) {
		for j, c := range rec.Columns() {
			row[j] = csvText(valueAt(c, i))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case bool:
		return strconv.FormatBool(x)
	case time.Time:
		return timeText(x)
	case time.Duration:
		return x.String()
	}
	return jsonValue(v)
}
