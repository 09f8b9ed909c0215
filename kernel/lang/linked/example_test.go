package linked_test

import (
	"fmt"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/lang/linked"
)

func ExampleAdd() {
	linked.Add([]engine.Package{{Path: "example.com/fast"}})
	fmt.Println(linked.Packages()[0].Path)
	// Output: example.com/fast
}
