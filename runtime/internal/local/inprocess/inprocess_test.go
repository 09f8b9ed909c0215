package inprocess_test

import (
	"testing"

	"github.com/goray/goray/runtime/internal/backendtest"
	"github.com/goray/goray/runtime/internal/local/inprocess"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	backendtest.Run(t, backendtest.Options{Open: inprocess.Open, Nodes: true})
}
