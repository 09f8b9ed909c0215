package data

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// ReadParquet reads Parquet files: paths of files, directories (all *.parquet
// below them) and globs. Only the footer of the first file is read now. One
// block is made per row group; only the columns that the plan uses are read.
func ReadParquet(paths ...string) *Dataset {
	files, err := expandPaths("ReadParquet", paths, ".parquet")
	if err != nil {
		return failed(err)
	}
	footer, err := parquetFooter(files[0])
	if err != nil {
		return failed(err)
	}
	schema := schemaBytes(footer.schema)
	return &Dataset{last: &node{
		Kind: nodeSource, Out: schema,
		Source: &source{Kind: sourceParquet, Files: files, File: schema},
	}}
}

// parquetMeta is what the footer of a file tells.
type parquetMeta struct {
	rows   int64
	groups []int64 // rows per row group
	ranges []map[string]valueRange
	schema *arrow.Schema
	nulls  map[string]int64 // per top-level column; absent when not recorded
	size   int64
	mtime  time.Time
}

var footers sync.Map // path → *parquetMeta

// parquetFooter reads the footer, or takes it from the cache while the file is
// unchanged.
func parquetFooter(path string) (*parquetMeta, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, planErrorf(kindNotFound, "data: ReadParquet: %v; check the path", err)
	}
	if m, ok := footers.Load(path); ok {
		if m := m.(*parquetMeta); m.size == info.Size() && m.mtime.Equal(info.ModTime()) {
			return m, nil
		}
	}
	r, fr, err := openParquet(path, 0)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	m := &parquetMeta{rows: r.NumRows(), size: info.Size(), mtime: info.ModTime(), nulls: map[string]int64{}}
	if m.schema, err = fr.Schema(); err != nil {
		return nil, notParquet(path, err)
	}
	m.schema = plainSchema(m.schema)
	if err := distinct("ReadParquet: "+path, fieldNames(m.schema)); err != nil {
		return nil, err
	}
	for g := range r.NumRowGroups() {
		m.groups = append(m.groups, r.MetaData().RowGroup(g).NumRows())
		m.ranges = append(m.ranges, groupRanges(r, g, fr.Manifest.Fields))
	}
	for _, field := range fr.Manifest.Fields {
		if nulls, ok := nullCount(r, field); ok {
			m.nulls[field.Field.Name] = nulls
		}
	}
	footers.Store(path, m)
	return m, nil
}

// nullCount sums the statistics of a flat column over the row groups.
func nullCount(r *file.Reader, field pqarrow.SchemaField) (int64, bool) {
	if !field.IsLeaf() {
		return 0, false
	}
	var nulls int64
	for g := range r.NumRowGroups() {
		chunk, err := r.MetaData().RowGroup(g).ColumnChunk(field.ColIndex)
		if err != nil {
			return 0, false
		}
		stats, err := chunk.Statistics()
		if err != nil || stats == nil || !stats.HasNullCount() {
			return 0, false
		}
		nulls += stats.NullCount()
	}
	return nulls, true
}

// openParquet opens a file for reading records of up to batch rows.
func openParquet(path string, batch int64) (*file.Reader, *pqarrow.FileReader, error) {
	r, err := file.OpenParquetFile(path, false)
	if err != nil {
		return nil, nil, notParquet(path, err)
	}
	fr, err := pqarrow.NewFileReader(r, pqarrow.ArrowReadProperties{BatchSize: batch}, allocator)
	if err != nil {
		r.Close()
		return nil, nil, notParquet(path, err)
	}
	return r, fr, nil
}

func notParquet(path string, err error) error {
	return planErrorf(kindType, "data: ReadParquet: %s cannot be read as Parquet: %v; check that the file is complete and not of another format", path, err)
}

// alike returns got with the types of want where values can be converted
// without loss: writers differ in the width of integers and of text offsets.
func alike(want, got *arrow.Schema) *arrow.Schema {
	fields := got.Fields()
	for i, f := range fields {
		w, ok := fieldByName(want, f.Name)
		if ok && (isText(w.Type) && isText(f.Type) || isInteger(w.Type) && isInteger(f.Type) || arrow.IsFloating(w.Type.ID()) && isNumeric(f.Type)) {
			fields[i].Type = w.Type
		}
	}
	return arrow.NewSchema(fields, nil)
}

// parquetFragments lists the row groups of a file and checks that it has the
// columns of the first.
func (s *source) parquetFragments(path string) ([]fragment, error) {
	m, err := parquetFooter(path)
	if err != nil {
		return nil, err
	}
	want := s.File.schema()
	if diff := schemaDifference(want, alike(want, m.schema)); diff != "" {
		return nil, planErrorf(kindSchema, "data: ReadParquet: %s differs from %s: %s; read such files apart and make them agree", path, s.Files[0], diff)
	}
	var out []fragment
	for g, rows := range m.groups {
		if !s.unwanted(m.ranges[g], m.schema) {
			out = append(out, fragment{File: path, RowGroup: g, Rows: rows})
		}
	}
	return out, nil
}

// readParquet reads the needed columns of one row group.
func (s *source) readParquet(ctx context.Context, f fragment, limit int64) (arrow.RecordBatch, error) {
	batch := max(f.Rows, 1)
	if limit >= 0 {
		batch = max(min(batch, limit), 1)
	}
	r, fr, err := openParquet(f.File, batch)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	wanted := s.Columns
	if wanted == nil {
		wanted = fieldNames(s.File.schema())
	}
	if len(wanted) == 0 {
		rows := f.Rows
		if limit >= 0 {
			rows = min(rows, limit)
		}
		return array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, rows), nil
	}
	var leaves []int
	for _, field := range fr.Manifest.Fields {
		if slices.Contains(wanted, field.Field.Name) {
			leaves = appendLeaves(leaves, field)
		}
	}
	records, err := fr.GetRecordReader(ctx, leaves, []int{f.RowGroup})
	if err != nil {
		return nil, notParquet(f.File, err)
	}
	defer records.Release()
	var parts []arrow.RecordBatch
	var rows int64
	for (limit < 0 || rows < limit) && records.Next() {
		rec := records.RecordBatch()
		rec.Retain() // the reader releases it at the next call
		parts = append(parts, rec)
		rows += rec.NumRows()
	}
	if err := records.Err(); err != nil {
		return nil, fmt.Errorf("data: ReadParquet: %s, row group %d: %w; check that the file is complete", f.File, f.RowGroup, err)
	}
	if len(parts) == 0 {
		return emptyRecord(selectFields(s.File.schema(), wanted)), nil
	}
	rec, err := concatRecords(parts)
	if err != nil {
		return nil, err
	}
	if limit >= 0 && rec.NumRows() > limit {
		rec = rec.NewSlice(0, limit)
	}
	out, err := conform(plainColumns(rec), selectFields(s.File.schema(), wanted))
	if err != nil {
		return nil, planErrorf(kindSchema, "data: ReadParquet: %s: %s; read such files apart and cast the column", f.File, strings.TrimPrefix(err.Error(), "data: "))
	}
	return out, nil
}

func appendLeaves(leaves []int, f pqarrow.SchemaField) []int {
	if f.IsLeaf() {
		return append(leaves, f.ColIndex)
	}
	for _, c := range f.Children {
		leaves = appendLeaves(leaves, c)
	}
	return leaves
}
