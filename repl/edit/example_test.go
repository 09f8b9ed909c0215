package edit_test

import (
	"fmt"
	"io"
	"strings"

	"github.com/goray/goray/repl/edit"
)

func Example() {
	e := &edit.Editor{
		In:    strings.NewReader("func f() {\r}\r\x04"), // what a person types
		Out:   io.Discard,
		Ready: func(s string) bool { return strings.Count(s, "{") == strings.Count(s, "}") },
	}
	for {
		cell, err := e.Read()
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%q\n", cell)
	}
	// Output:
	// "func f() {\n}"
	// EOF
}
