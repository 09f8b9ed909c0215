package rayworker

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// What was let go is told to the shim although more is let go all the time.
func TestCountsAreNotPutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		var c counts
		c.init(func(changes map[core.ID]int) { sent += changes[1] })
		for range 9 {
			c.add(1, -1)
			<-time.After(letGoAfter / 3)
			synctest.Wait()
		}
		if sent > -6 {
			t.Errorf("of 9 releases in %v, %d were sent", 3*letGoAfter, -sent)
		}
	})
}
