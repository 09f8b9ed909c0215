package core_test

import (
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/sched"
)

// TestSharedOptionsStay checks that what one task is given does not reach those it shares options with.
func TestSharedOptionsStay(t *testing.T) {
	shared := core.DefaultTask()
	one, other := core.TaskSpec{Options: &shared}, core.TaskSpec{Options: &shared}
	core.CaptureChild(&one, &core.Strategy{Kind: sched.InGroup, Group: 7, Capture: true})
	one.Own().MaxRetries = 9
	if one.Strategy.Group != 7 || one.MaxRetries != 9 {
		t.Errorf("the task has %+v", one.Options)
	}
	if !other.IsDefaultTask() {
		t.Errorf("another task has %+v", other.Options)
	}
}
