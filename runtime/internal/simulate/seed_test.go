package simulate_test

import (
	"flag"
	"testing"

	"github.com/goray/goray/runtime/internal/simulate"
)

var seed = flag.Int64("seed", -1, "the seed whose history TestSeed tells")

// TestSeed tells the history of one seed: go test -run TestSeed$ -v -seed 7
func TestSeed(t *testing.T) {
	if *seed < 0 {
		t.Skip("no -seed was given")
	}
	r := simulate.Run(uint64(*seed), simulate.Options{Trace: true})
	for _, line := range r.Trace {
		t.Log(line)
	}
	for _, v := range r.Violations {
		t.Error(v)
	}
}
