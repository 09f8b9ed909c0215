package workers

import (
	"testing"

	"github.com/goray/goray/ailib/ailibtest"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	ailibtest.Main(m, ray.Config{NumCPUs: 2, DashboardPort: -1})
}
