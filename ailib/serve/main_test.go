package serve

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/runtime/ray"
)

var session = ray.Config{NumCPUs: 4, DashboardPort: -1, ObjectStoreMemory: 64 << 20}

// TestMain runs the tests in a session with worker processes, which are this binary too.
func TestMain(m *testing.M) {
	if _, err := ray.Init(session); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if err := ray.Shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := goleak.Find(goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop")); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}
