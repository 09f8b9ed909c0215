package sample

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
)

// generated makes a sample in a folder of its own.
func generated(t *testing.T, name string) string {
	t.Helper()
	t.Setenv(EnvData, "")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	path, err := Path(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) arrow.Table {
	t.Helper()
	f, err := file.OpenParquetFile(path, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := r.ReadTable(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// shape lists names and types; the length of offsets in a string column is a matter of the writer.
func shape(s *arrow.Schema) string {
	var b strings.Builder
	for _, f := range s.Fields() {
		fmt.Fprintf(&b, "%s %s, ", f.Name, strings.TrimPrefix(f.Type.String(), "large_"))
	}
	return b.String()
}

// The bytes belong to the version: when they change on purpose, raise version.
func TestSameBytesEverywhere(t *testing.T) {
	for name, want := range map[string]string{
		"housing":   "37d43ded337e16a6",
		"taxi":      "e80dbeec46a381c8",
		"taxi_next": "9288786fcc7e703c",
	} {
		b, err := os.ReadFile(generated(t, name))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		if got := hex.EncodeToString(sum[:8]); got != want {
			t.Errorf("%s: %d bytes with SHA-256 %s…, want %s…", name, len(b), got, want)
		}
	}
}

func TestLikeTheRealMonth(t *testing.T) {
	for name, real := range map[string]string{"taxi": "green_tripdata_2024-01.parquet", "taxi_next": "green_tripdata_2025-11.parquet"} {
		t.Run(name, func(t *testing.T) {
			folder := os.Getenv(EnvData)
			if folder == "" {
				folder = "../../../shared/data"
			}
			path := filepath.Join(folder, "nyc_taxi", real)
			if _, err := os.Stat(path); err != nil {
				t.Skip("no " + path + ": name the folder of the test data in GORAY_TEST_DATA")
			}
			path, err := filepath.Abs(path)
			if err != nil {
				t.Fatal(err)
			}
			want, got := read(t, path), read(t, generated(t, name))
			if w, g := shape(want.Schema()), shape(got.Schema()); w != g {
				t.Errorf("columns %s, want %s", g, w)
			}
			if n, m := float64(got.NumRows()), float64(want.NumRows()); n < 0.97*m || n > 1.03*m {
				t.Errorf("%v rows, the real file has %v", n, m)
			}
			for i := range int(want.NumCols()) {
				w := float64(want.Column(i).NullN()) / float64(want.NumRows())
				g := float64(got.Column(i).NullN()) / float64(got.NumRows())
				if g < w-0.01 || g > w+0.01 {
					t.Errorf("%s: %.3f null, the real file %.3f", want.Column(i).Name(), g, w)
				}
			}
		})
	}
}

// Evening, short and cheap trips are tipped better: without any relation a lesson would teach
// nothing.
func TestTipsCanBeLearned(t *testing.T) {
	var big, all [2]float64
	for _, x := range january2024.trips() {
		if !x.known || x.fare <= 0 {
			continue
		}
		k := 0
		if hour := x.pickup % 86400 / 3600; hour >= 17 && hour < 23 && x.distance < 300 {
			k = 1
		}
		all[k]++
		if 5*x.tip > x.fare {
			big[k]++
		}
	}
	rest, evening := big[0]/all[0], big[1]/all[1]
	if share := (big[0] + big[1]) / (all[0] + all[1]); share < 0.42 || share > 0.52 || evening-rest < 0.15 {
		t.Errorf("big tips: %.3f in all, %.3f on short evening trips, %.3f on others", share, evening, rest)
	}
}

func TestRealFileComesFirst(t *testing.T) {
	folder := t.TempDir()
	real := filepath.Join(folder, "nyc_taxi", "green_tripdata_2024-01.parquet")
	os.MkdirAll(filepath.Dir(real), 0o755)
	os.WriteFile(real, []byte("x"), 0o644)
	t.Setenv(EnvData, folder)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	if got, err := Taxi(); err != nil || got != real {
		t.Error(got, err)
	}
	if got, err := TaxiNext(); err != nil || strings.HasPrefix(got, folder) {
		t.Error(got, err)
	}
}

func TestMistakes(t *testing.T) {
	if _, err := Path("taxis"); err == nil || !strings.Contains(err.Error(), "taxi, taxi_next") {
		t.Error(err)
	}
	t.Setenv(EnvData, "")
	blocked := filepath.Join(t.TempDir(), "file")
	os.WriteFile(blocked, nil, 0o644)
	t.Setenv("XDG_CACHE_HOME", blocked)
	if _, err := Taxi(); err == nil || !strings.Contains(err.Error(), "XDG_CACHE_HOME") {
		t.Error(err)
	}
}

func TestMadeOnce(t *testing.T) {
	path := generated(t, "taxi")
	before, _ := os.Stat(path)
	again, err := Taxi()
	after, _ := os.Stat(again)
	if err != nil || !os.SameFile(before, after) || !before.ModTime().Equal(after.ModTime()) {
		t.Error("made again", err)
	}
	if left, _ := filepath.Glob(filepath.Dir(path) + "/*.parquet.*"); len(left) > 0 {
		t.Error("left over:", left)
	}
}
