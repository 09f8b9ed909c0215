package serve

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/ailib/ailibtest"
	"github.com/goray/goray/runtime/ray"
)

var session = ray.Config{NumCPUs: 4, DashboardPort: -1, ObjectStoreMemory: 64 << 20}

// TestMain runs the tests in a session with worker processes, which are this binary too.
func TestMain(m *testing.M) {
	ailibtest.Main(m, session, goleak.IgnoreTopFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreTopFunction("net/http.(*persistConn).writeLoop"))
}
