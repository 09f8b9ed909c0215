package node_test

import (
	"fmt"

	"github.com/goray/goray/runtime/node"
)

// The first lines of a program that brings an engine of its own.
func ExampleMain() {
	if node.IsWorker() {
		node.Main(node.Options{Trace: func(any) []node.Frame { return nil }}) // never returns
	}
	fmt.Println("the driver goes on")
	// Output: the driver goes on
}
