package preprocess

import (
	"testing"

	"github.com/goray/goray/ailib/ailibtest"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	ailibtest.Main(m, ray.Config{InProcess: true, NumCPUs: 2})
}
