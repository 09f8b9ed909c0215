package ray_test

import (
	"fmt"

	"github.com/goray/goray/runtime/ray"
)

// In a notebook NativeStatus shows a table; in a compiled program everything is compiled already.
func ExampleNativeStatus() {
	fmt.Println(ray.NativeStatus())
	fmt.Println(ray.NativeFunctions{{Func: "fib", Cell: "In[3]", Line: 1, State: "native", Millis: 212}})
	// Output:
	// no remote functions of cells
	// function                         tier               ms  note
	// fib (In[3]:1)                    native            212
}
