package native_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/goray/goray/runtime/native"
)

type path string

func (p path) Build(_ context.Context, s native.Source) (native.Artifact, error) {
	return native.Artifact{Key: s.Hash, Path: string(p)}, nil
}

func TestWithoutBuilder(t *testing.T) {
	if _, err := native.Build(t.Context(), native.Source{}); !errors.Is(err, native.ErrUnavailable) {
		t.Error(err)
	}
}

func Example() {
	native.Register(path("/cache/worker"))
	defer native.Register(nil)
	a, err := native.Build(context.Background(), native.Source{Hash: "1f", Text: []byte("package p")})
	fmt.Println(a.Key, a.Path, err)
	// Output: 1f /cache/worker <nil>
}
