// Driver is a job that is a driver of the cluster it runs on.
package main

import (
	"fmt"
	"os"

	"github.com/goray/goray/runtime/ray"
)

func square(n int) int { return n * n }

func main() {
	ray.Must(ray.Init())
	defer ray.Shutdown()
	var refs []ray.ObjectRef[int]
	for n := range 10 {
		refs = append(refs, ray.Remote[int](square).Remote(n))
	}
	fmt.Println(ray.GetAll(refs))
	fmt.Println("nodes", len(ray.Nodes()), "args", os.Args[1:])
}
