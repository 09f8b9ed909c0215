package rayclient

import (
	"fmt"
	"slices"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/wire"
)

// What is let go in a loop is one batch; what came back before it was sent stays.
func TestReleasesAreOneBatch(t *testing.T) {
	table := newTable()
	const n = 1000
	for i := range n {
		table.settle(table.add(core.ID(i+1), wire.Object, "f"), fmt.Sprint(i))
	}
	for i := range n {
		table.release(core.ID(i + 1))
	}
	table.hold("7") // inside another value
	if len(table.wake) != 1 {
		t.Errorf("%d signals for one batch", len(table.wake))
	}
	got := table.unused()
	if len(got) != n-1 || slices.Contains(got, "7") {
		t.Errorf("a batch of %d, with the one that came back: %v", len(got), slices.Contains(got, "7"))
	}
	if more := table.unused(); len(more) != 0 {
		t.Errorf("%d are released twice", len(more))
	}
	table.unhold([]string{"7"})
	if got := table.unused(); !slices.Equal(got, []string{"7"}) {
		t.Errorf("then %v is released, want 7", got)
	}
}
