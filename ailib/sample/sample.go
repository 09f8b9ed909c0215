package sample

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
)

// version is part of a generated file's name: raise it when a generator's output changes.
const version = 1

// EnvData is the environment variable that names a folder with the real files.
const EnvData = "GORAY_TEST_DATA"

// set is one sample: where the real file is below EnvData, and how to generate a stand-in.
type set struct {
	real     string
	generate func(path string) error
}

var sets = map[string]set{
	"housing":   {"california/cal_housing.data", writeHousing},
	"taxi":      {"nyc_taxi/green_tripdata_2024-01.parquet", january2024.write},
	"taxi_next": {"nyc_taxi/green_tripdata_2025-11.parquet", november2025.write},
}

// Taxi returns the path of a Parquet file with the green taxi trips of New York in January 2024:
// about 56,000 rows, 20 columns, 6 % of passenger_count null. It is the real month where
// GORAY_TEST_DATA has it, else a generated one.
func Taxi() (path string, err error) { return Path("taxi") }

// TaxiNext returns the path of a later month, November 2025, for what was learned on Taxi to be
// tried on: about 47,000 rows and a 21st column, cbd_congestion_fee.
func TaxiNext() (path string, err error) { return Path("taxi_next") }

// Housing returns the path of a CSV file with the districts of California in the census of 1990:
// 20,640 rows without a header, nine columns: longitude, latitude, age of the houses, rooms,
// bedrooms, population, households, income (10,000 dollars), value of a house (dollars). It is the
// real file where GORAY_TEST_DATA has it, else a generated one.
func Housing() (path string, err error) { return Path("housing") }

// Names returns the names that Path knows.
func Names() []string {
	names := make([]string, 0, len(sets))
	for n := range sets {
		names = append(names, n)
	}
	sort.Strings(names)
	return names
}

var making sync.Mutex

// Path returns the path of a sample by its name, making the file first if necessary.
func Path(name string) (string, error) {
	s, ok := sets[name]
	if !ok {
		return "", fmt.Errorf("sample: no sample %q; there are %s", name, strings.Join(Names(), ", "))
	}
	if dir := os.Getenv(EnvData); dir != "" {
		if p := filepath.Join(dir, filepath.FromSlash(s.real)); isFile(p) {
			return filepath.Abs(p)
		}
	}
	dir, err := folder()
	if err != nil {
		return "", err
	}
	base := filepath.Base(s.real)
	ext := filepath.Ext(base)
	path := filepath.Join(dir, fmt.Sprintf("%s.v%d%s", strings.TrimSuffix(base, ext), version, ext))
	making.Lock()
	defer making.Unlock()
	if isFile(path) {
		return path, nil
	}
	return path, atomically(path, s.generate)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// folder is where generated files are kept: the user's cache, or the temporary folder of a user
// without one.
func folder() (string, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		base = os.TempDir()
	}
	dir := filepath.Join(base, "goray", "sample")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("sample: no place for the file: %w; set XDG_CACHE_HOME to a folder that can be written, or %s to one with the data", err, EnvData)
	}
	return dir, nil
}

// atomically lets several processes make the same file: each writes its own, the last rename wins,
// and nobody sees a part.
func atomically(path string, write func(path string) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("sample: %w; make the folder writable, or set XDG_CACHE_HOME", err)
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	if err := write(f.Name()); err != nil {
		return fmt.Errorf("sample: write %s: %w; check the free space of its disk", path, err)
	}
	if err := os.Chmod(f.Name(), 0o644); err != nil {
		return fmt.Errorf("sample: %w", err)
	}
	return os.Rename(f.Name(), path)
}
