package ailibtest

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/runtime/ray"
)

// Main is the TestMain of packages whose tests need a session: it starts one, runs the tests, ends
// it, and fails when goroutines are left. In a worker process of such a session it does not return,
// and neither does it anywhere else.
func Main(m *testing.M, session ray.Config, allowed ...goleak.Option) {
	if _, err := ray.Init(session); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := ray.Shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(allowed...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
