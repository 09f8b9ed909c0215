package native_test

import (
	"context"
	"fmt"
	"os"

	"github.com/goray/goray/runtime/native"
)

// On a machine without Go, everything stays interpreted.
func ExampleBuilder() {
	path := os.Getenv("PATH")
	os.Setenv("PATH", "/nowhere")
	defer os.Setenv("PATH", path)
	_, err := native.NewBuilder(os.TempDir(), nil).Build(context.Background(), &native.Program{})
	fmt.Println(err)
	// Output: no Go toolchain was found; install Go from https://go.dev/dl and have go in PATH to make functions faster
}
