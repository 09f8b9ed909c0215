package sample

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// housingColumns reads a housing file.
func housingColumns(t *testing.T, path string) (c [9][]float64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for i, field := range row {
			v, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatal(err)
			}
			c[i] = append(c[i], v)
		}
	}
	return c
}

func mean(v []float64) (sum float64) {
	for _, x := range v {
		sum += x
	}
	return sum / float64(len(v))
}

func correlation(a, b []float64) float64 {
	ma, mb := mean(a), mean(b)
	var ab, aa, bb float64
	for i := range a {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

// TestLikeTheRealDistricts: means within a tenth, and the price follows income as much.
func TestLikeTheRealDistricts(t *testing.T) {
	folder := os.Getenv(EnvData)
	if folder == "" {
		folder = "../../../shared/data"
	}
	path := filepath.Join(folder, "california", "cal_housing.data")
	if _, err := os.Stat(path); err != nil {
		t.Skip("no " + path + ": name the folder of the test data in GORAY_TEST_DATA")
	}
	want, got := housingColumns(t, path), housingColumns(t, generated(t, "housing"))
	if len(got[0]) != len(want[0]) {
		t.Errorf("%d rows, want %d", len(got[0]), len(want[0]))
	}
	for i := range want {
		w, g := mean(want[i]), mean(got[i])
		t.Logf("column %d: mean %.1f, the real file's %.1f", i, g, w)
		if math.Abs(g-w) > 0.1*math.Abs(w) {
			t.Errorf("column %d: mean %g, the real file's %g", i, g, w)
		}
	}
	if w, g := correlation(want[7], want[8]), correlation(got[7], got[8]); math.Abs(w-g) > 0.1 {
		t.Errorf("income and price correlate by %.2f, in the real file by %.2f", g, w)
	}
}
