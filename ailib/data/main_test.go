package data

import (
	"testing"

	"github.com/goray/goray/ailib/ailibtest"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	ailibtest.Main(m, ray.Config{InProcess: true, NumCPUs: 2})
}

func must[T any](t testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
