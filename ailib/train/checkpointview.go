package train

import (
	"fmt"
	"strings"

	"github.com/goray/goray/viz"
)

// Table returns what the checkpoint holds: its files, features and metrics.
func (c *Checkpoint) Table() *viz.Table {
	m := c.meta
	rows := [][]any{
		{"kind", m.Kind}, {"rounds", m.Round}, {"created", m.Created.Format("2006-01-02 15:04:05 MST")},
	}
	if m.Label != "" {
		rows = append(rows, []any{"label", m.Label})
	}
	if len(m.Features) > 0 {
		rows = append(rows, []any{"features", strings.Join(m.Features, ", ")})
	}
	if m.Preprocessor != "" {
		rows = append(rows, []any{"preprocessor", m.Preprocessor})
	}
	for _, name := range m.Metrics.measured() {
		rows = append(rows, []any{name, fmt.Sprintf("%.6g", m.Metrics[name])})
	}
	for _, f := range m.Files {
		rows = append(rows, []any{f.Name, fmt.Sprintf("%d bytes, SHA-256 %.12s…", f.Size, f.SHA256)})
	}
	t := viz.NewTable([]string{"checkpoint", ""}, rows)
	t.Note = c.path
	return t
}

// MIMEBundle shows the checkpoint as a table.
func (c *Checkpoint) MIMEBundle() map[string]any { return c.Table().MIMEBundle() }
