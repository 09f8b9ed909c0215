package viz_test

import (
	"github.com/goray/goray/viz"
)

func ExampleNewTable() {
	t := viz.NewTable([]string{"trial", "eta", "loss"}, [][]any{
		{"trial_00", 0.3, 0.6633},
		{"trial_01", 0.1, 0.6512},
	})
	t.Best = 1
	viz.Show(t)
	// Output:
	// trial     eta    loss
	//   ────────  ───  ──────
	//   trial_00  0.3  0.6633
	// ★ trial_01  0.1  0.6512
}

func ExampleBar() {
	c := viz.Bar("seconds", []string{"sequential", "parallel"}, []float64{8, 2})
	viz.Show(c)
	// Output:
	// seconds
	// sequential │█████████████████████████████████████████████████████████████████ 8
	//   parallel │████████████████▎ 2
}

func ExampleLive() {
	live := viz.NewLive()
	for _, state := range []string{"1 of 3", "2 of 3", "3 of 3"} {
		live.Update(viz.Note(state))
	}
	live.Close()
	// Output: 3 of 3
}
