package viz

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// scale maps an interval of values to [0, 1].
type scale struct {
	lo, hi float64
	log    bool
}

type tick struct {
	value float64
	label string
}

// span collects the range of values that an axis has to cover, and counts those it cannot.
type span struct {
	lo, hi                   float64
	log                      bool
	nan, inf, huge, negative int // huge: too far from 1 to compute with
}

func newSpan(log bool) *span { return &span{lo: math.Inf(1), hi: math.Inf(-1), log: log} }

// place says whether v has a place on the axis.
func (s *span) place(v float64) bool {
	return finite(v) && (!s.log || v >= 1e-300)
}

// count notes why v has no place.
func (s *span) count(v float64) {
	switch {
	case math.IsNaN(v):
		s.nan++
	case math.IsInf(v, 0):
		s.inf++
	case !finite(v):
		s.huge++
	case s.log && v <= 0:
		s.negative++
	case s.log && v < 1e-300:
		s.huge++
	}
}

func (s *span) add(v float64) { s.lo, s.hi = min(s.lo, v), max(s.hi, v) }

func (s *span) empty() bool { return s.lo > s.hi }

// remarks says in words what was counted.
func (s *span) remarks() []string {
	var parts []string
	extreme := "beyond ±1e300"
	if s.log {
		extreme = "outside of 1e-300 to 1e300"
	}
	for _, p := range []struct {
		n    int
		what string
	}{{s.nan, "NaN"}, {s.inf, "infinite"}, {s.huge, extreme}, {s.negative, "≤ 0 on a log axis"}} {
		if p.n > 0 {
			parts = append(parts, formatInt(int64(p.n), true)+" "+p.what)
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return []string{strings.Join(parts, ", ") + " not drawn"}
}

// scale makes the axis, widened by the fraction margin on both sides; a single value gets room
// around it.
func (s *span) scale(margin float64) scale {
	switch {
	case s.empty():
		if s.log {
			return scale{1, 10, true}
		}
		return scale{0, 1, false}
	case s.log:
		lo, hi := math.Log10(s.lo), math.Log10(s.hi)
		if hi-lo < 1e-9 {
			lo, hi = lo-0.5, hi+0.5
		}
		d := (hi - lo) * margin
		return scale{math.Pow(10, max(lo-d, -300)), math.Pow(10, min(hi+d, 300)), true}
	}
	lo, hi := s.lo, s.hi
	if room := max(math.Abs(lo), math.Abs(hi)) * 1e-12; hi-lo <= room {
		half := math.Abs(lo) / 2
		if half == 0 {
			half = 0.5
		}
		lo, hi = lo-half, hi+half
	}
	d := (hi - lo) * margin
	return scale{lo - d, hi + d, false}
}

// at maps v to [0, 1]; outside the interval it is less than 0 or more than 1.
func (s scale) at(v float64) float64 {
	if s.log {
		return (math.Log10(v) - math.Log10(s.lo)) / (math.Log10(s.hi) - math.Log10(s.lo))
	}
	return (v - s.lo) / (s.hi - s.lo)
}

// ticks are round values in the interval, about n of them.
func (s scale) ticks(n int) []tick {
	n = max(n, 2)
	if s.log {
		if t := s.decades(n); len(t) >= 2 {
			return t
		}
	}
	step := niceStep((s.hi - s.lo) / float64(n))
	if step == 0 || math.IsInf(step, 0) || step < max(math.Abs(s.lo), math.Abs(s.hi))*1e-13 {
		return []tick{{s.lo, formatNumber(s.lo)}, {s.hi, formatNumber(s.hi)}}
	}
	var out []tick
	const slack = 1e-9
	for i := math.Ceil(s.lo/step - slack); i <= math.Floor(s.hi/step+slack); i++ {
		v := i * step
		if i == 0 {
			v = 0
		}
		out = append(out, tick{v, tickLabel(v, step, max(math.Abs(s.lo), math.Abs(s.hi)))})
	}
	return out
}

// decades are the powers of ten in the interval, thinned to about n.
func (s scale) decades(n int) []tick {
	lo, hi := math.Ceil(math.Log10(s.lo)-1e-9), math.Floor(math.Log10(s.hi)+1e-9)
	every := math.Ceil((hi - lo + 1) / float64(n+1))
	var out []tick
	for e := lo; e <= hi; e += max(every, 1) {
		v := math.Pow(10, e)
		label := groupDigits(strconv.FormatFloat(v, 'g', 6, 64), leastGrouped(s.hi))
		if e < -4 || e > 5 {
			label = "1e" + strconv.Itoa(int(e))
		}
		out = append(out, tick{v, label})
	}
	return out
}

// niceStep rounds raw up to 1, 2 or 5 times a power of ten.
func niceStep(raw float64) float64 {
	if raw <= 0 {
		return 0
	}
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	switch f := raw / power; {
	case f <= 1.0001:
		return power
	case f <= 2.0001:
		return 2 * power
	case f <= 5.0001:
		return 5 * power
	}
	return 10 * power
}

// tickLabel writes v with the decimals that step needs.
func tickLabel(v, step, largest float64) string {
	if largest >= 1e7 || largest < 1e-4 {
		if v == 0 {
			return "0"
		}
		digits := max(0, int(math.Floor(math.Log10(math.Abs(v))+1e-9)-math.Floor(math.Log10(step)+1e-9)))
		return trimExponent(strconv.FormatFloat(v, 'e', min(digits, 12), 64))
	}
	decimals := max(0, int(-math.Floor(math.Log10(step)+1e-9)))
	return groupDigits(strconv.FormatFloat(v, 'f', min(decimals, 12), 64), leastGrouped(largest))
}

// leastGrouped is the number of digits from which the labels of an axis are grouped.
func leastGrouped(largest float64) int {
	if largest >= 10000 {
		return 4
	}
	return 5
}

// gonum gives the scale to gonum's axes.
func (s scale) gonum(axis *plot.Axis, n int) {
	axis.Min, axis.Max = s.lo, s.hi
	if s.log {
		axis.Scale = plot.LogScale{}
	}
	var marks plot.ConstantTicks
	for _, t := range s.ticks(n) {
		marks = append(marks, plot.Tick{Value: t.value, Label: t.label})
	}
	axis.Tick.Marker = marks
}
