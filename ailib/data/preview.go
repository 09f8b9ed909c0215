package data

import (
	"fmt"
	"html"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/runtime/ray"
)

const previewRows = 5

// preview is what can be shown of a dataset without running functions of the
// user and without reading more than a few rows.
type preview struct {
	schema *arrow.Schema
	rows   int64 // -1: unknown
	nulls  map[string]int64
	head   arrow.RecordBatch // nil: not executed
	why    string            // why there is no head
}

func (d *Dataset) preview() preview {
	p := preview{schema: d.last.schema(), rows: -1, nulls: map[string]int64{}}
	if rows, ok := d.last.knownRows(); ok {
		p.rows = rows
	}
	var steps []*step
	n := d.last
	limit := int64(previewRows)
	for ; n.Kind == nodeStep || n.Kind == nodeLimit; n = n.Inputs[0] {
		switch {
		case n.Kind == nodeLimit:
			limit = min(limit, n.N)
		case n.Step.runsUserCode():
			p.why = "not executed: it calls " + stepNames[n.Step.Kind] + " with a function; Materialize or Show runs it"
			return p
		case !n.Step.keepsRows():
			p.why = "not executed: " + n.Step.label() + " decides which rows there are; Materialize or Show runs it"
			return p
		default:
			steps = append(steps, n.Step)
		}
	}
	if n.Kind != nodeSource {
		p.why = "not executed: it needs all rows; Materialize or Show runs it"
		return p
	}
	slices.Reverse(steps)
	rec, err := n.Source.headRows(limit)
	if s := n.schema(); err == nil && rec.NumRows() == 0 && s != nil {
		rec = emptyRecord(s)
	}
	if err == nil {
		rec, err = applySteps(background(), steps, rec, 0, nil)
	}
	if err != nil {
		p.why = "rows cannot be shown: " + err.Error()
		return p
	}
	if rec.NumRows() > limit {
		rec = sliceRecord(rec, 0, limit)
	}
	p.head, p.schema = rec, rec.Schema()
	n.Source.nullCounts(p.nulls)
	keepUnchanged(p.nulls, steps)
	if n != d.last && p.rows >= 0 {
		if all, ok := n.Source.rows(); !ok || all != p.rows {
			clear(p.nulls) // of more rows than the dataset has
		}
	}
	return p
}

// keepUnchanged removes and renames null counts as steps do with columns.
func keepUnchanged(nulls map[string]int64, steps []*step) {
	for _, s := range steps {
		switch s.Kind {
		case stepWith:
			delete(nulls, s.Names[0])
		case stepRename:
			moved := map[string]int64{}
			for i, name := range s.Names {
				if n, ok := nulls[name]; ok {
					moved[s.NewNames[i]] = n
				}
				delete(nulls, name)
			}
			for name, n := range moved {
				nulls[name] = n
			}
		}
	}
}

// headRows reads the first rows in this process.
func (s *source) headRows(limit int64) (arrow.RecordBatch, error) {
	var recs []arrow.RecordBatch
	in := &sourceStream{source: s}
	for limit > 0 {
		it, ok, err := in.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		var rec arrow.RecordBatch
		f := it.fragment
		if f == nil {
			f = &fragment{Block: &it.slice}
		}
		if f.Block != nil {
			if !ray.IsInitialized() {
				return nil, ray.ErrNotInitialized
			}
			rec, err = blockOf(nil, *f.Block)
		} else {
			rec, err = s.read(background(), *f, limit)
		}
		if err != nil {
			return nil, err
		}
		rec = sliceRecord(rec, 0, min(limit, rec.NumRows()))
		limit -= rec.NumRows()
		recs = append(recs, rec)
	}
	return concatRecords(recs)
}

// nullCounts adds up what is known about nulls without reading rows: the
// statistics of Parquet files, and blocks that are in memory.
func (s *source) nullCounts(nulls map[string]int64) {
	missing := map[string]bool{}
	add := func(name string, n int64) { nulls[name] += n }
	switch s.Kind {
	case sourceParquet:
		for _, f := range s.Files {
			m, err := parquetFooter(f)
			if err != nil {
				clear(nulls)
				return
			}
			for _, name := range fieldNames(m.schema) {
				n, ok := m.nulls[name]
				missing[name] = missing[name] || !ok
				add(name, n)
			}
		}
	case sourceRange:
		add("id", 0)
	case sourceMemory, sourceBlocks:
		fragments, _ := s.fragments()
		for _, f := range fragments {
			var rec arrow.RecordBatch
			var err error
			if f.Block != nil {
				rec, err = blockOf(nil, *f.Block)
			} else {
				rec, err = s.read(background(), f, -1)
			}
			if err != nil {
				clear(nulls)
				return
			}
			for i, c := range rec.Columns() {
				add(rec.ColumnName(i), int64(c.NullN()))
			}
		}
	}
	for name, gone := range missing {
		if gone {
			delete(nulls, name)
		}
	}
}

// MIMEBundle shows the dataset in a notebook: columns, types, the number of
// rows and nulls where the files tell them, and the first rows. It never runs
// a function of the user; what it would need one for is "not executed".
func (d *Dataset) MIMEBundle() map[string]any {
	if err := d.Err(); err != nil {
		return map[string]any{
			"text/plain": "Dataset: " + err.Error(),
			"text/html":  "<div><b>Dataset</b>: " + html.EscapeString(err.Error()) + "</div>",
		}
	}
	p := d.preview()
	return map[string]any{"text/plain": p.text(), "text/html": p.html()}
}

func (p preview) title() string {
	columns := "columns unknown until executed"
	if p.schema != nil {
		columns = fmt.Sprintf("%d columns", p.schema.NumFields())
	}
	if p.rows < 0 {
		return "rows unknown until executed, " + columns
	}
	return fmt.Sprintf("%s rows, %s", thousands(p.rows), columns)
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func (p preview) text() string {
	var b strings.Builder
	b.WriteString("Dataset: " + p.title() + "\n")
	if p.schema != nil {
		width := 0
		for _, f := range p.schema.Fields() {
			width = max(width, utf8.RuneCountInString(f.Name))
		}
		for _, f := range p.schema.Fields() {
			fmt.Fprintf(&b, "  %s%s  %s", f.Name, strings.Repeat(" ", width-utf8.RuneCountInString(f.Name)), typeName(f.Type))
			if n, ok := p.nulls[f.Name]; ok && n > 0 {
				fmt.Fprintf(&b, ", %s null", thousands(n))
			}
			b.WriteByte('\n')
		}
	}
	if p.head != nil {
		b.WriteString(textTable(p.head))
	} else if p.why != "" {
		b.WriteString(p.why + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func (p preview) html() string {
	if p.head != nil {
		return htmlTable(p.head, p.nulls, p.title())
	}
	var b strings.Builder
	b.WriteString(`<div style="overflow-x:auto"><div style="opacity:.75">Dataset: ` + html.EscapeString(p.title()) + "</div>")
	if p.schema != nil {
		b.WriteString(`<table><thead><tr><th style="text-align:left">column</th><th style="text-align:left">type</th></tr></thead><tbody>`)
		for _, f := range p.schema.Fields() {
			fmt.Fprintf(&b, `<tr><td style="text-align:left">%s</td><td style="text-align:left">%s</td></tr>`, html.EscapeString(f.Name), html.EscapeString(typeName(f.Type)))
		}
		b.WriteString("</tbody></table>")
	}
	b.WriteString(`<div style="opacity:.75">` + html.EscapeString(p.why) + "</div></div>")
	return b.String()
}
