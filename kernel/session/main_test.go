package session_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/goray/goray/kernel/session/sessiontest"
)

func TestMain(m *testing.M) {
	sessiontest.Main()
	goleak.VerifyTestMain(m)
}
