package cache_test

import (
	"fmt"
	"os"

	"github.com/goray/goray/kernel/compat/cache"
)

func Example() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	s := cache.MustNew(dir)
	slow := func() int { fmt.Println("computing"); return 42 }
	fmt.Println(cache.CacheWith(s, "answer", slow))
	fmt.Println(cache.CacheWith(s, "answer", slow))
	// Output:
	// computing
	// 42
	// 42
}
