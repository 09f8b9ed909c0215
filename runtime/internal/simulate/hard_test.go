package simulate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/internal/simulate"
)

// Worlds that are worse than usual, or larger: fewer seeds of each.
func TestHardWorlds(t *testing.T) {
	for name, o := range map[string]simulate.Options{
		"everything fails":   {Failures: 8},
		"messages take ages": {MaxDelay: 2 * time.Second, Failures: 2},
		"one node":           {Nodes: 1, Tasks: 300, Failures: 1},
		"a hundred nodes":    {Nodes: 100, Tasks: 400, Groups: 8},
		"many groups":        {Groups: 30, Failures: 2},
		"nothing fails":      {Failures: -1, Groups: 6},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range *seeds / 25 {
				if r := simulate.Run(seed, o); len(r.Violations) > 0 {
					t.Fatalf("seed %d of %+v:\n%s", seed, o, strings.Join(r.Violations, "\n"))
				}
			}
		})
	}
}
