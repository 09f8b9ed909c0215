package data

import (
	"fmt"
	"io"
	"strings"

	"github.com/goray/goray/runtime/command"
	"github.com/goray/goray/runtime/ray"
	"github.com/goray/goray/viz"
)

// Main is "goray data head|schema|count FILE…": it looks into Parquet and CSV
// files, and returns the exit code.
func Main(args []string, stdout, stderr io.Writer) int {
	c := command.New("data", "head|schema|count FILE… [-n N] [--json]",
		"Look into Parquet and CSV files, or directories of Parquet files: the first rows, the columns, or how many rows there are.", stdout, stderr)
	n := c.Int("n", 10, "rows of head")
	asJSON := c.Bool("json", false, "head: one JSON object a line")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) < 2 {
		c.Usage()
		return command.Wrong
	}
	look := map[string]func(d *Dataset) error{
		"head": func(d *Dataset) error { return d.head(*n, *asJSON, stdout) },
		"schema": func(d *Dataset) error {
			s, err := d.Schema()
			if err == nil {
				fmt.Fprintln(stdout, s)
			}
			return err
		},
		"count": func(d *Dataset) error {
			rows, err := d.Count()
			if err == nil {
				fmt.Fprintln(stdout, rows)
			}
			return err
		},
	}[c.Rest[0]]
	switch {
	case look == nil:
		return c.Refuse("there is no %q; use head, schema or count", c.Rest[0])
	case *n < 1:
		return c.Refuse("-n %d; use a number ≥ 1", *n)
	}
	if !ray.IsInitialized() {
		// Workers would take longer to start than most looks take.
		if _, err := ray.Init(ray.Config{Address: "local", InProcess: true, DashboardPort: -1}); err != nil {
			return c.Fail(err)
		}
		defer ray.Shutdown()
	}
	if err := look(readFiles(c.Rest[1:])); err != nil {
		return c.Fail(err)
	}
	return command.Done
}

// readFiles reads files by their names: CSV where all are that, else Parquet.
func readFiles(paths []string) *Dataset {
	csv := 0
	for _, p := range paths {
		if name := strings.TrimSuffix(strings.ToLower(p), ".gz"); strings.HasSuffix(name, ".csv") {
			csv++
		}
	}
	if csv == len(paths) {
		return ReadCSV(paths...)
	}
	return ReadParquet(paths...)
}

// head writes the first rows.
func (d *Dataset) head(n int, asJSON bool, out io.Writer) error {
	b, err := d.takeBatch(nil, n)
	if err != nil {
		return err
	}
	var rows [][]any
	for i := range b.Len() {
		row := b.Row(i)
		if asJSON {
			if _, err := fmt.Fprintln(out, rowText(b.names, func(name string) any { return row[name] })); err != nil {
				return err
			}
			continue
		}
		var cells []any
		for _, name := range b.names {
			cells = append(cells, row[name])
		}
		rows = append(rows, cells)
	}
	if asJSON {
		return nil
	}
	t := viz.NewTable(b.names, rows)
	t.MaxRows = n
	_, err = fmt.Fprint(out, t.Text(160))
	return err
}
