package data

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// sourceKind tells where rows come from.
type sourceKind int

const (
	sourceParquet sourceKind = iota
	sourceCSV
	sourceRange
	sourceMemory
	sourceBlocks
)

var sourceNames = map[sourceKind]string{
	sourceParquet: "ReadParquet", sourceCSV: "ReadCSV", sourceRange: "Range",
	sourceMemory: "FromItems", sourceBlocks: "Blocks",
}

// source is the beginning of a plan.
type source struct {
	Kind    sourceKind
	Files   []string
	CSV     CSVOptions
	File    schemaData   // the schema in the files, before projection
	Columns []string     // projection; nil is all
	Wanted  []Expr       // filters above a Parquet source, to skip row groups
	N       int64        // rows of sourceRange
	Memory  []memoryPart // sourceMemory
	Blocks  []slice      // sourceBlocks
}

// memoryPart is a block that the plan itself carries, in Arrow IPC form.
type memoryPart struct {
	IPC  []byte
	Rows int64
}

// fragment is what one task reads: a row group, a file, a range, a block.
type fragment struct {
	File     string
	RowGroup int
	Low      int64 // rows [Low, High) of a range or block
	High     int64
	Part     int
	Block    *slice
	Rows     int64 // -1 when unknown
}

// rows tells how many rows there are if that is known without reading them.
func (s *source) rows() (int64, bool) {
	var total int64
	switch s.Kind {
	case sourceRange:
		return s.N, true
	case sourceMemory:
		for _, p := range s.Memory {
			total += p.Rows
		}
		return total, true
	case sourceBlocks:
		for _, b := range s.Blocks {
			total += b.rows()
		}
		return total, true
	case sourceParquet:
		for _, f := range s.Files {
			m, err := parquetFooter(f)
			if err != nil {
				return 0, false
			}
			total += m.rows
		}
		return total, true
	}
	return 0, false
}

// fragments lists all that has to be read, in order.
func (s *source) fragments() ([]fragment, error) {
	var out []fragment
	for part := range s.parts() {
		f, err := s.fragmentsOf(part)
		if err != nil {
			return nil, err
		}
		out = append(out, f...)
	}
	return out, nil
}

// parts is the number of files, or 1: fragments are listed part by part, so
// that a consumer of few rows opens few files.
func (s *source) parts() int {
	if s.Kind == sourceParquet || s.Kind == sourceCSV {
		return len(s.Files)
	}
	return 1
}

// fragmentsOf lists the fragments of one part.
func (s *source) fragmentsOf(part int) ([]fragment, error) {
	switch s.Kind {
	case sourceParquet:
		return s.parquetFragments(s.Files[part])
	case sourceCSV:
		return []fragment{{File: s.Files[part], Rows: -1}}, nil
	case sourceRange:
		var out []fragment
		for _, r := range evenRanges(s.N, blocksFor(s.N)) {
			out = append(out, fragment{Low: r[0], High: r[1], Rows: r[1] - r[0]})
		}
		return out, nil
	case sourceMemory:
		out := make([]fragment, len(s.Memory))
		for i, p := range s.Memory {
			out[i] = fragment{Part: i, Rows: p.Rows}
		}
		return out, nil
	}
	out := make([]fragment, len(s.Blocks))
	for i := range s.Blocks {
		b := &s.Blocks[i]
		out[i] = fragment{Block: b, Low: b.Low, High: b.High, Rows: b.rows()}
	}
	return out, nil
}

// read loads a fragment of any kind but blocks; limit is the number of rows
// that are needed, negative for all.
func (s *source) read(ctx context.Context, f fragment, limit int64) (arrow.RecordBatch, error) {
	switch s.Kind {
	case sourceParquet:
		return s.readParquet(ctx, f, limit)
	case sourceCSV:
		return s.readCSV(ctx, f, limit)
	case sourceRange:
		return rangeRecord(f.Low, f.High, limit), nil
	case sourceMemory:
		rec, err := decodeRecord(s.Memory[f.Part].IPC)
		if err != nil || s.Columns == nil {
			return rec, err
		}
		return selectColumns(rec, s.Columns), nil
	}
	return nil, fmt.Errorf("data: a source of kind %d cannot be read here; use one version of goray everywhere", s.Kind)
}

// forTask is the part of the source that a task needs to read f.
func (s *source) forTask(f fragment) (source, fragment) {
	out := *s
	out.Files, out.Blocks, out.Memory = nil, nil, nil
	if s.Kind == sourceMemory {
		out.Memory = []memoryPart{s.Memory[f.Part]}
		f.Part = 0
	}
	return out, f
}

func rangeRecord(low, high, limit int64) arrow.RecordBatch {
	if limit >= 0 {
		high = min(high, low+limit)
	}
	b := array.NewInt64Builder(allocator)
	b.Reserve(int(high - low))
	for v := low; v < high; v++ {
		b.UnsafeAppend(v)
	}
	return array.NewRecordBatch(rangeSchema, []arrow.Array{b.NewArray()}, high-low)
}

var rangeSchema = arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}}, nil)

// blocksFor is the number of blocks of rows that come from memory: enough for
// parallel work on few rows, and blocks of 64 Ki rows when there are many. It
// does not depend on the machine, so that seeded shuffles are the same on all.
func blocksFor(rows int64) int {
	return int(min(rows, max(16, min(rows>>16, 256))))
}

// evenRanges cuts [0, rows) into n ranges whose lengths differ by at most one.
func evenRanges(rows int64, n int) [][2]int64 {
	out := make([][2]int64, 0, n)
	var low int64
	for i := range int64(n) {
		size := rows / int64(n)
		if i < rows%int64(n) {
			size++
		}
		out = append(out, [2]int64{low, low + size})
		low += size
	}
	return out
}

// expandPaths lists the files of paths: files, directories (read recursively,
// hidden files left out) and globs.
func expandPaths(op string, paths []string, suffixes ...string) ([]string, error) {
	if len(paths) == 0 {
		return nil, planErrorf(kindNotFound, "data: %s: no path; give at least one file, directory or glob", op)
	}
	var out []string
	for _, p := range paths {
		files, err := expandPath(op, p, suffixes)
		if err != nil {
			return nil, err
		}
		out = append(out, files...)
	}
	return out, nil
}

func expandPath(op, path string, suffixes []string) ([]string, error) {
	if scheme, _, ok := strings.Cut(path, "://"); ok && scheme != "file" {
		return nil, planErrorf(kindNotFound, "data: %s: %q: paths with %s:// cannot be read yet; copy the file to this machine and give its path", op, path, scheme)
	}
	path = strings.TrimPrefix(path, "file://")
	if strings.ContainsAny(path, "*?[") {
		found, err := filepath.Glob(path)
		if err != nil {
			return nil, planErrorf(kindNotFound, "data: %s: %q is not a valid pattern: %v; escape [ with a backslash", op, path, err)
		}
		if len(found) > 0 {
			slices.Sort(found)
			return found, nil
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		dir, _ := os.Getwd()
		why := "no file, directory or match"
		if !os.IsNotExist(err) {
			why = err.Error()
		}
		return nil, planErrorf(kindNotFound, "data: %s: %q: %s (working directory %s); check the path", op, path, why, dir)
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs // workers run in another directory
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var out []string
	err = filepath.WalkDir(path, func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(e.Name(), ".") || strings.HasPrefix(e.Name(), "_")
		if e.IsDir() {
			if hidden && p != path {
				return fs.SkipDir
			}
			return nil
		}
		for _, s := range suffixes {
			if !hidden && strings.HasSuffix(e.Name(), s) {
				out = append(out, p)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, planErrorf(kindNotFound, "data: %s: %q: %v; check its permissions", op, path, err)
	}
	if len(out) == 0 {
		return nil, planErrorf(kindNotFound, "data: %s: the directory %q has no %s file; check the path", op, path, strings.Join(suffixes, " or "))
	}
	return out, nil
}
