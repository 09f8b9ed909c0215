package data

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// CSVOptions changes how ReadCSVWith reads. The zero value reads files with a
// header line, separated by commas.
type CSVOptions struct {
	Delimiter   rune              // default ','
	SkipLines   int               // lines before the header, or before the data when there is no header
	NoHeader    bool              // columns are called f0, f1 … or as Columns says
	Columns     []string          // names in place of those of the header
	Types       map[string]string // column → int64, float64, bool, string or timestamp; default: inferred
	Nulls       []string          // texts that mean null; default: empty, NA, N/A, NaN, nan, null, NULL, None (in string columns only the empty text)
	SkipBadRows bool              // leave out rows which do not parse; default: an error with file and line
}

// ReadCSV reads CSV files with a header: paths of files, directories (all
// *.csv and *.csv.gz below them) and globs. The types of the columns are
// inferred from the first 4 MB of the first file.
func ReadCSV(paths ...string) *Dataset { return ReadCSVWith(CSVOptions{}, paths...) }

// ReadCSVWith is ReadCSV with options.
func ReadCSVWith(opts CSVOptions, paths ...string) *Dataset {
	files, err := expandPaths("ReadCSV", paths, ".csv", ".csv.gz")
	if err != nil {
		return failed(err)
	}
	if opts.Delimiter == 0 {
		opts.Delimiter = ','
	}
	schema, err := inferCSV(files[0], opts)
	if err != nil {
		return failed(err)
	}
	for _, name := range sortedKeys(opts.Types) {
		if !schema.HasField(name) {
			return failed(missingColumn("ReadCSV: Types", name, fieldNames(schema)))
		}
	}
	out := schemaBytes(schema)
	return &Dataset{last: &node{
		Kind: nodeSource, Out: out,
		Source: &source{Kind: sourceCSV, Files: files, CSV: opts, File: out},
	}}
}

// csvFile is an open CSV file, behind its header.
type csvFile struct {
	*csv.Reader
	path   string
	header []string
	skip   int // lines that the reader did not see
	close  func() error
}

func openCSV(path string, opts CSVOptions) (*csvFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, planErrorf(kindNotFound, "data: ReadCSV: %v; check the path", err)
	}
	buffered := bufio.NewReaderSize(f, 1<<18)
	if magic, _ := buffered.Peek(2); len(magic) == 2 && magic[0] == 0x1f && magic[1] == 0x8b {
		gz, err := gzip.NewReader(buffered)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("data: ReadCSV: %s: %w; the gzip file is damaged", path, err)
		}
		buffered = bufio.NewReaderSize(gz, 1<<18)
	}
	if bom, _ := buffered.Peek(3); string(bom) == "\ufeff" {
		buffered.Discard(3)
	}
	for i := range opts.SkipLines {
		if _, err := buffered.ReadString('\n'); err != nil {
			f.Close()
			return nil, fmt.Errorf("data: ReadCSV: %s has no line %d; lower SkipLines", path, i+1)
		}
	}
	c := &csvFile{Reader: csv.NewReader(buffered), path: path, skip: opts.SkipLines, close: f.Close}
	c.Comma, c.ReuseRecord, c.FieldsPerRecord = opts.Delimiter, true, -1
	if err := c.readHeader(buffered, opts); err != nil {
		f.Close()
		return nil, err
	}
	return c, nil
}

func (c *csvFile) readHeader(r *bufio.Reader, opts CSVOptions) error {
	if opts.NoHeader {
		names := opts.Columns
		if names == nil {
			line, _ := r.Peek(min(1<<18, r.Buffered()))
			if len(line) == 0 {
				line, _ = r.Peek(1)
				line, _ = r.Peek(r.Buffered())
			}
			probe := csv.NewReader(strings.NewReader(string(line)))
			probe.Comma, probe.FieldsPerRecord = c.Comma, -1
			first, err := probe.Read()
			if err != nil {
				return c.lineError(1, fmt.Errorf("%w; the file needs at least one row", err))
			}
			for i := range first {
				names = append(names, "f"+strconv.Itoa(i))
			}
		}
		c.header = names
		return distinct("ReadCSV: "+c.path, names)
	}
	first, err := c.Read()
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("data: ReadCSV: %s is empty; it needs at least a header line", c.path)
	}
	if err != nil {
		return c.lineError(1, err)
	}
	c.header = slices.Clone(first)
	for i := range c.header {
		c.header[i] = strings.Clone(strings.TrimSpace(c.header[i]))
	}
	if opts.Columns != nil {
		if len(opts.Columns) != len(c.header) {
			return fmt.Errorf("data: ReadCSV: %s has %d columns but Columns has %d names; give one name per column", c.path, len(c.header), len(opts.Columns))
		}
		c.header = opts.Columns
	}
	return distinct("ReadCSV: "+c.path, c.header)
}

func (c *csvFile) lineError(line int, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		line, err = parse.Line, parse.Err
	}
	return planErrorf(kindType, "data: ReadCSV: %s:%d: %v; mend the line, or set CSVOptions.SkipBadRows", c.path, line+c.skip, err)
}

// next returns the next row of the right length, or io.EOF.
func (c *csvFile) next(opts CSVOptions) ([]string, error) {
	for {
		row, err := c.Read()
		if errors.Is(err, io.EOF) {
			return nil, io.EOF
		}
		line := 0
		if err == nil {
			if len(row) == len(c.header) {
				return row, nil
			}
			line, _ = c.FieldPos(0)
			err = fmt.Errorf("%d fields where the header has %d", len(row), len(c.header))
		}
		if !opts.SkipBadRows {
			return nil, c.lineError(line, err)
		}
	}
}

// inferCSV reads the beginning of a file and chooses the narrowest type that
// holds all values seen of each column.
func inferCSV(path string, opts CSVOptions) (*arrow.Schema, error) {
	const enough = 4 << 20
	c, err := openCSV(path, opts)
	if err != nil {
		return nil, err
	}
	defer c.close()
	guesses := make([]csvType, len(c.header))
	nulls := newNullTexts(opts)
	for c.InputOffset() < enough {
		row, err := c.next(opts)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		for i, text := range row {
			if !nulls[text] && guesses[i] != csvString {
				guesses[i] = guesses[i].widen(text)
			}
		}
	}
	fields := make([]arrow.Field, len(c.header))
	for i, name := range c.header {
		t := guesses[i]
		if want, ok := opts.Types[name]; ok {
			if t, ok = csvTypeNames[want]; !ok {
				return nil, planErrorf(kindType, "data: ReadCSV: Types: column %q: unknown type %q; use one of %s", name, want, quoteAll(sortedKeys(csvTypeNames)))
			}
		}
		fields[i] = arrow.Field{Name: name, Type: t.arrow(), Nullable: true}
	}
	return arrow.NewSchema(fields, nil), nil
}

// readCSV reads the needed columns of one file.
func (s *source) readCSV(ctx context.Context, f fragment, limit int64) (arrow.RecordBatch, error) {
	c, err := openCSV(f.File, s.CSV)
	if err != nil {
		return nil, err
	}
	defer c.close()
	schema := s.File.schema()
	if names := fieldNames(schema); !slices.Equal(names, c.header) {
		return nil, planErrorf(kindSchema, "data: ReadCSV: %s has the columns %s but the first file has %s; read such files apart", f.File, quoteAll(c.header), quoteAll(names))
	}
	wanted := s.Columns
	if wanted == nil {
		wanted = c.header
	}
	cols := make([]csvColumn, len(wanted))
	for i, name := range wanted {
		at := slices.Index(c.header, name)
		cols[i] = newCSVColumn(name, at, schema.Field(at).Type, s.CSV)
	}
	var rows int64
	for limit < 0 || rows < limit {
		if rows%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row, err := c.next(s.CSV)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := appendCSV(cols, row); err != nil {
			if s.CSV.SkipBadRows {
				continue
			}
			line, _ := c.FieldPos(0)
			return nil, c.lineError(line, err)
		}
		rows++
	}
	arrays := make([]arrow.Array, len(cols))
	for i := range cols {
		arrays[i] = cols[i].builder.NewArray()
	}
	return array.NewRecordBatch(selectFields(schema, wanted), arrays, rows), nil
}
