package data

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/goray/goray/ailib/ailibtest"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

// nasty is data that must not reach a page as markup or break a terminal line.
func nasty() *Dataset {
	return FromItems([]map[string]any{
		{"<b>name</b>": "<script>alert(1)</script>", "n": 1},
		{"<b>name</b>": "line\nbreak\x1b[31m", "n": nil},
	})
}

func TestPreview(t *testing.T) {
	bundle := nasty().MIMEBundle()
	page, text := bundle["text/html"].(string), bundle["text/plain"].(string)
	if strings.Contains(page, "<script>") || strings.Contains(page, "<b>") || !strings.Contains(page, "&lt;script&gt;") {
		t.Error(page)
	}
	if strings.Contains(text, "\x1b") || strings.Contains(text, "line\nbreak") {
		t.Errorf("%q", text)
	}
	for _, s := range []string{"background", "color:#", "color: #"} {
		if strings.Contains(page, s) {
			t.Errorf("the page has a fixed colour: %s", s)
		}
	}
	want := `Dataset: 2 rows, 2 columns
  <b>name</b>  string
  n            int64, 1 null
<b>name</b>                   n
<script>alert(1)</script>     1
line\nbreak\x1b[31m        null`
	if text != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestPreviewDoesNotExecute(t *testing.T) {
	var called atomic.Bool
	ds := Range(100).Map(func(x int) int { called.Store(true); return x })
	text := ds.MIMEBundle()["text/plain"].(string)
	if called.Load() || !strings.Contains(text, "not executed") || !strings.Contains(text, "item  int64") || !strings.Contains(text, "100 rows") {
		t.Error(called.Load(), text)
	}
	whole := must[*Dataset](t)(ds.Materialize())
	if text := whole.MIMEBundle()["text/plain"].(string); !strings.Contains(text, "item  int64\nitem\n   0\n   1\n") {
		t.Error(text)
	}
	for name, x := range map[string]struct {
		ds   *Dataset
		says string
	}{
		"limit":    {Range(100).Limit(2), "2 rows, 1 columns\n  id  int64\nid\n 0\n 1"},
		"columns":  {Range(9).WithColumn("h", Col("id").Div(2)).RenameColumns(map[string]string{"id": "n"}), "n    h\n0    0\n1  0.5\n"},
		"filter":   {Range(9).Filter(Col("id").Gt(1)), "rows unknown until executed"},
		"sort":     {Range(9).Sort("id"), "not executed: it needs all rows"},
		"batches":  {Range(9).MapBatches(func(b Batch) (Batch, error) { return b, nil }), "columns unknown until executed"},
		"error":    {Range(9).SelectColumns("x"), `no column "x"`},
		"no rows":  {Range(0), "0 rows, 1 columns"},
		"null sum": {nasty().DropColumns("n"), "2 rows, 1 columns"},
	} {
		if text := x.ds.MIMEBundle()["text/plain"].(string); !strings.Contains(text, x.says) {
			t.Errorf("%s: %s", name, text)
		}
		if x.ds.MIMEBundle()["text/html"] == "" || x.ds.String() == "" {
			t.Errorf("%s has no page", name)
		}
	}
}

func TestPreviewOfParquet(t *testing.T) {
	ds := ReadParquet(ailibtest.File(t, green))
	text := ds.MIMEBundle()["text/plain"].(string)
	for _, s := range []string{"56,551 rows, 20 columns", "passenger_count        float64, 3,415 null", "2024-01-01 00:46:55"} {
		if !strings.Contains(text, s) {
			t.Errorf("%q is missing in\n%s", s, text)
		}
	}
	if !strings.Contains(ds.MIMEBundle()["text/html"].(string), "3,415 null") {
		t.Error("the page has no null count")
	}
	if strings.Contains(ds.Limit(10).MIMEBundle()["text/plain"].(string), "3,415") {
		t.Error("the null count of the file is shown for ten rows")
	}
}

// Plans are compared with testdata/explain.txt, which -update rewrites.
func TestExplain(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.parquet")
	if err := FromItems([]pair{{1, nil, 1}}).WriteParquet(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "part-000000.parquet"), file); err != nil {
		t.Fatal(err)
	}
	src := ReadParquet(file)
	var b strings.Builder
	for _, x := range []struct {
		name string
		ds   *Dataset
	}{
		{"read, map and filter are one task", src.Map(func(p pair) pair { return p }).Filter(Col("id").Gt(0))},
		{"only the columns that are used are read", src.WithColumn("x", Col("id").Add(1)).SelectColumns("x")},
		{"a dropped column is not read", src.DropColumns("name")},
		{"a column that nobody uses is not computed", src.WithColumn("x", Col("id").Add(1)).SelectColumns("name")},
		{"filters move to the source, not past the column they read", src.WithColumn("x", Col("id").Add(1)).DropColumns("name").Filter(Col("fare_amount").Gt(0)).Filter(Col("x").Gt(0))},
		{"limits move to the source and merge", src.WithColumn("x", Col("id").Add(1)).Limit(5).SelectColumns("x").Limit(3)},
		{"a limit stays behind a filter", src.Filter(Col("id").Gt(0)).Limit(3)},
		{"aggregation reads its columns", src.GroupBy("id").Mean("fare_amount")},
		{"other resources are other tasks", src.MapBatches(func(b Batch) (Batch, error) { return b, nil }, NumCPUs(2)).DropColumns("id")},
		{"sort needs its keys", src.Sort("id").SelectColumns("fare_amount")},
		{"union", src.Union(src).Repartition(2).RandomShuffle(1)},
	} {
		plan := strings.ReplaceAll(x.ds.Explain(), dir+"/", "")
		fmt.Fprintf(&b, "# %s\n%s\n\n", x.name, plan)
	}
	if *update {
		if err := os.WriteFile("testdata/explain.txt", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/explain.txt")
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("plans differ from testdata/explain.txt:\n%s", b.String())
	}
}

func TestHist(t *testing.T) {
	ds := Range(1000).WithColumn("x", When(Col("id").Lt(900), 1.5, 9.5))
	for _, set := range []*Dataset{ds, ds.Repartition(3)} {
		c, err := set.Hist("x", 4)
		if err != nil {
			t.Fatal(err)
		}
		if text := c.MIMEBundle()["text/plain"].(string); !strings.Contains(text, "x") {
			t.Error(text)
		}
	}
	if edges := histEdges(1, 9, 4); fmt.Sprint(edges) != "[1 3 5 7 9]" {
		t.Error(edges)
	}
	rec := must[Batch](t)(FromItems([]float64{1, 2.9, 3, 9, math.NaN()}).Filter(Col("item").Lt(100)).TakeBatch(9)).Arrow()
	s := &step{Kind: stepHist, Names: []string{"item"}, Edges: histEdges(1, 9, 4)}
	out, err := s.applyHist(rec)
	if err != nil || fmt.Sprint(BatchOf(out).Int64s("count")) != "[2 1 0 1]" {
		t.Error(out, err)
	}
	if _, err := ds.Hist("y", 3); err == nil {
		t.Error("a histogram of a missing column has no error")
	}
	if c, err := ds.Filter(Col("id").Lt(0)).Hist("x", 3); err != nil || c == nil {
		t.Error(err)
	}
}
