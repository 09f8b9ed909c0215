package viz

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func trials() *Table {
	t := NewTable([]string{"trial", "eta", "max_depth", "loss", "状态", "note"}, [][]any{
		{"trial_00", 0.3, 6, 0.66331, "完成", "<script>alert(1)</script>"},
		{"trial_01", 0.05, 8, 0.65, "完成", nil},
		{"trial_02", 0.1, 10, math.NaN(), "错误", fmt.Errorf("boom")},
		{"trial_03"},
	})
	t.Title, t.Best = "trials", 1
	return t
}

func TestTable(t *testing.T) {
	many := NewTable([]string{"n", "took"}, nil)
	for i := range 1000 {
		many.Rows = append(many.Rows, []any{i, time.Duration(i) * 1234567 * time.Nanosecond})
	}
	many.MaxRows, many.Best, many.Note = 5, 900, "sampled"
	wide := NewTable(nil, [][]any{{}})
	for i := range 40 {
		wide.Columns = append(wide.Columns, fmt.Sprintf("column_%02d", i))
		wide.Rows[0] = append(wide.Rows[0], strings.Repeat("x", 30))
	}
	sorted := trials().SortBy("loss", true)
	for name, table := range map[string]*Table{
		"table": trials(), "table_many": many, "table_wide": wide, "table_sorted": sorted,
		"table_empty": NewTable([]string{"a", "b"}, nil), "table_nothing": NewTable(nil, nil),
	} {
		golden(t, name+".txt", table.Text(80))
		golden(t, name+".html", table.HTML()+"\n")
		for _, width := range []int{16, 40, 80} {
			for line := range strings.Lines(table.Text(width)) {
				if n := textColumns(strings.TrimSuffix(line, "\n")); n > width {
					t.Errorf("%s: at width %d a line has %d columns: %q", name, width, n, line)
				}
			}
		}
		elements(t, strings.ReplaceAll(table.HTML(), "&nbsp;", " "))
	}
}

func TestTableEscapes(t *testing.T) {
	hostile := `<img src=x onerror=alert(1)>"'&`
	table := NewTable([]string{hostile}, [][]any{{hostile}})
	table.Title, table.Note = hostile, hostile
	if html := table.HTML(); strings.Contains(html, "<img") {
		t.Errorf("not escaped: %s", html)
	}
}

type grumpy struct{}

func (grumpy) String() string { panic("no") }

func TestCellText(t *testing.T) {
	type id string
	for _, c := range []struct {
		in   any
		want string
	}{
		{nil, "–"}, {(*int)(nil), "–"}, {1, "1"}, {int64(-12345678), "-12345678"}, {uint8(200), "200"},
		{0.1, "0.1"}, {float32(0.5), "0.5"}, {1e20, "1e+20"}, {true, "true"}, {id("x"), "x"}, {"a\nb\x00", "a b"},
		{1500 * time.Millisecond, "1.5s"}, {1234567 * time.Microsecond, "1.23s"}, {time.Duration(0), "0s"},
		{[]int{1, 2}, "[1 2]"}, {grumpy{}, "(panic: no)"}, {math.Inf(-1), "-Inf"},
	} {
		if got := cellText(c.in); got != c.want {
			t.Errorf("cellText(%#v) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestFormatNumber(t *testing.T) {
	for in, want := range map[float64]string{
		0: "0", 1: "1", 2021: "2021", 12345: "12,345", -1234567: "-1,234,567", 0.5: "0.5", 33333.25: "33,333.2",
		1e12: "1e12", 1e-9: "1e-9", 0.000123456: "0.000123456",
	} {
		if got := formatNumber(in); got != want {
			t.Errorf("formatNumber(%v) = %q, want %q", in, got, want)
		}
	}
}
