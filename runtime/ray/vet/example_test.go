package vet_test

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/goray/goray/runtime/ray/vet"
)

func ExampleMain() {
	var out bytes.Buffer
	status := vet.Main([]string{"./testdata/calls"}, &out, os.Stderr)
	for line := range strings.Lines(out.String()) {
		if _, text, ok := strings.Cut(line, ":53:11: "); ok {
			fmt.Print(text)
		}
	}
	fmt.Println(status)
	// Output:
	// cannot use "bad" (untyped string constant) as int value in argument to f.Remote
	// 1
}
