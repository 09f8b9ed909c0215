package viz

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// TestRandomCharts draws charts of odd data: nothing panics, no coordinate is NaN or Inf, the SVG is
// well-formed and the text keeps to its width.
func TestRandomCharts(t *testing.T) {
	number := regexp.MustCompile(`(d|x|y)="[^"]*(NaN|Inf)`)
	for seed := range uint64(80) {
		r := rand.New(rand.NewPCG(seed, 3))
		c := randomChart(r)
		doc := c.SVG()
		elements(t, doc)
		if bad := number.FindString(doc); bad != "" {
			t.Fatalf("seed %d: %s", seed, bad)
		}
		for line := range strings.Lines(c.Text(60)) {
			if n := textColumns(strings.TrimSuffix(line, "\n")); n > 66 {
				t.Errorf("seed %d: a line has %d columns: %q", seed, n, line)
			}
		}
		if seed%10 == 0 {
			c.PNG()
		}
	}
}

func randomChart(r *rand.Rand) *Chart {
	odd := []float64{0, 1, -1, math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, 5e-324, 1e300, 1e15, 1e15 + 1, 0.1, 1e-9, 42}
	scale := math.Pow(10, float64(r.IntN(40)-20))
	values := func() []float64 {
		out := make([]float64, r.IntN(60))
		for i := range out {
			out[i] = r.NormFloat64() * scale
			if r.IntN(4) == 0 {
				out[i] = odd[r.IntN(len(odd))]
			}
		}
		return out
	}
	words := []string{"", "a", "<b>&\"'", "日本語のラベル", strings.Repeat("long ", 30), "\x00\x1b[31m", "\xff"}
	word := func() string { return words[r.IntN(len(words))] }
	names := func() []string {
		out := make([]string, r.IntN(30))
		for i := range out {
			out[i] = word()
		}
		return out
	}
	series := func() []Series {
		out := make([]Series, r.IntN(9))
		for i := range out {
			out[i] = Series{Name: word(), Y: values()}
			if r.IntN(2) == 0 {
				out[i].X = values()
			}
		}
		return out
	}
	var c *Chart
	switch r.IntN(8) {
	case 0:
		c = Hist(word(), values(), r.IntN(100)-5)
	case 1:
		c = HistCounts(word(), values(), values())
	case 2:
		c = Lines(word(), series())
	case 3:
		c = Scatter(word(), series())
	case 4:
		c = Bar(word(), names(), values())
	case 5:
		var rows [][]float64
		for range r.IntN(50) {
			rows = append(rows, values())
		}
		c = Heatmap(word(), names(), names(), rows)
	case 7:
		var groups [][]float64
		for range r.IntN(9) {
			groups = append(groups, values())
		}
		c = Box(word(), names(), groups)
	case 6:
		var axes []Axis
		for range r.IntN(9) {
			axes = append(axes, Axis{Name: word(), Log: r.IntN(3) == 0})
		}
		var lines []Trace
		for range r.IntN(30) {
			l := Trace{Name: word(), Best: r.IntN(9) == 0}
			for _, v := range values() {
				switch r.IntN(6) {
				case 0:
					l.Values = append(l.Values, nil)
				case 1:
					l.Values = append(l.Values, word())
				default:
					l.Values = append(l.Values, v)
				}
			}
			lines = append(lines, l)
		}
		c = ParallelCoordinates(axes, lines)
	}
	c.XLabel, c.YLabel, c.LogX, c.LogY = word(), word(), r.IntN(3) == 0, r.IntN(3) == 0
	if r.IntN(4) == 0 {
		c.Width, c.Height = r.IntN(900)-50, r.IntN(600)-50
	}
	return c
}
