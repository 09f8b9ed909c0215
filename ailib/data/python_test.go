package data_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/runtime/ray"
)

const pythonTables = `
def double(t):
    import pyarrow as pa, pyarrow.compute as pc
    return pa.table({"name": t["name"], "x": pc.multiply(t["x"], 2)})
def frame(t):
    import pandas
    f = t.to_pandas()
    f["y"] = f["x"] + 1
    return f
`

// TestPythonTables sends tables to Python and back. It skips where the Python has no pyarrow.
func TestPythonTables(t *testing.T) {
	python := os.Getenv("GORAY_PYTHON")
	if python == "" {
		python = "python3"
	}
	if err := exec.Command(python, "-c", "import pyarrow").Run(); err != nil {
		t.Skip("pyarrow is absent from " + python + ": name a Python that has it in GORAY_PYTHON")
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "goray_tables.py"), []byte(pythonTables), 0o600); err != nil {
		t.Fatal(err)
	}
	env := ray.PythonEnv{Dir: dir}
	batch := data.NewBatch().With("name", []string{"a", "b"}).With("x", []float64{1, 2.5})
	got, err := ray.Get(ray.Python[data.Batch]("goray_tables", "double").Env(env).Remote(batch))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Float64s("x"), []float64{2, 5}) || !reflect.DeepEqual(got.Strings("name"), []string{"a", "b"}) {
		t.Error(got)
	}
	table, err := ray.Get(ray.Python[arrow.Table]("goray_tables", "double").Env(env).Remote(ray.Put(batch)))
	if err != nil || table.NumRows() != 2 || table.NumCols() != 2 {
		t.Error(table, err)
	}
	if err := exec.Command(python, "-c", "import pandas").Run(); err != nil {
		return
	}
	got, err = ray.Get(ray.Python[data.Batch]("goray_tables", "frame").Env(env).Remote(batch.Arrow()))
	if err != nil || !reflect.DeepEqual(got.Float64s("y"), []float64{2, 3.5}) {
		t.Error(got, err)
	}
	if _, err := ray.Get(ray.Python[int]("goray_tables", "double").Env(env).Remote(batch)); err == nil || !strings.Contains(err.Error(), "int") {
		t.Error(err)
	}
}
