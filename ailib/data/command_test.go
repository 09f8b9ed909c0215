package data_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goray/goray/ailib/data"
)

func TestMainLooksIntoFiles(t *testing.T) {
	dir := t.TempDir()
	csv := filepath.Join(dir, "trips.csv")
	if err := os.WriteFile(csv, []byte("distance,fare,kind\n1.5,10,day\n2,20,night\n,30,day\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := data.ReadCSV(csv).WriteParquet(filepath.Join(dir, "parquet")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"head", csv, "-n", "2", "--json"}, 0, "{\"distance\":1.5,\"fare\":10,\"kind\":\"day\"}\n{\"distance\":2,"},
		{[]string{"head", filepath.Join(dir, "parquet")}, 0, "night"},
		{[]string{"schema", csv}, 0, "distance"},
		{[]string{"count", csv, csv}, 0, "6\n"},
		{[]string{"count", filepath.Join(dir, "none.parquet")}, 1, "goray data: "},
		{[]string{"dance", csv}, 2, "head, schema or count"},
		{[]string{"head", csv, "-n", "0"}, 2, "≥ 1"},
		{[]string{"head"}, 2, "usage: goray data"},
	} {
		var out, errs strings.Builder
		if code := data.Main(c.args, &out, &errs); code != c.code || !strings.Contains(out.String()+errs.String(), c.want) {
			t.Errorf("%v: %d\n%s%s", c.args, code, out.String(), errs.String())
		}
	}
}
