package tune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
)

// Domain is a set of values that a parameter may take, with a way to draw
// from it. A wrong domain, such as an empty range, is reported by Fit
// together with the parameter's name.
type Domain struct {
	kind    kind
	lo, hi  float64 // mean and standard deviation of a normal distribution
	q       float64 // step; 0 = none
	stepped bool    // made with a step, which may be wrong
	values  []any
	derive  func(Params) any
	problem string
}

type kind string

const (
	uniform    kind = "Uniform"
	logUniform kind = "LogUniform"
	randInt    kind = "RandInt"
	logRandInt kind = "LogRandInt"
	normal     kind = "RandN"
	choice     kind = "Choice"
	gridSearch kind = "GridSearch"
	sampleFrom kind = "SampleFrom"
)

// Uniform draws a float64 from lo up to, but without, hi.
func Uniform(lo, hi float64) Domain { return ranged(uniform, lo, hi, 0) }

// QUniform draws a multiple of q between lo and hi, both included. lo and hi
// are multiples of q.
func QUniform(lo, hi, q float64) Domain { return stepped(uniform, lo, hi, q) }

// LogUniform draws a float64 from lo up to hi so that each order of magnitude
// is equally likely; lo is greater than 0.
func LogUniform(lo, hi float64) Domain { return ranged(logUniform, lo, hi, 0) }

// QLogUniform is LogUniform rounded to multiples of q.
func QLogUniform(lo, hi, q float64) Domain { return stepped(logUniform, lo, hi, q) }

// RandInt draws an int from lo up to, but without, hi.
func RandInt(lo, hi int) Domain { return ranged(randInt, float64(lo), float64(hi), 0) }

// QRandInt draws a multiple of q between lo and hi, both included, except
// that q = 1 means RandInt, which never draws hi.
func QRandInt(lo, hi, q int) Domain {
	if q == 1 {
		return RandInt(lo, hi)
	}
	return stepped(randInt, float64(lo), float64(hi), float64(q))
}

// LogRandInt draws an int from lo up to, but without, hi so that each order
// of magnitude is equally likely; lo is at least 1.
func LogRandInt(lo, hi int) Domain { return ranged(logRandInt, float64(lo), float64(hi), 0) }

// RandN draws a float64 from the normal distribution with this mean and
// standard deviation.
func RandN(mean, sd float64) Domain {
	d := Domain{kind: normal, lo: mean, hi: sd}
	if !(sd > 0) {
		d.problem = "the standard deviation is not greater than 0"
	}
	return d
}

// Choice draws one of the values, each equally likely.
func Choice(values ...any) Domain {
	d := Domain{kind: choice, values: spread(values)}
	if len(d.values) == 0 {
		d.problem = "there is nothing to choose from"
	}
	return d
}

// GridSearch tries every value. Several grids in a space are tried in all
// combinations, and all of that Config.NumSamples times.
func GridSearch(values ...any) Domain {
	d := Domain{kind: gridSearch, values: spread(values)}
	if len(d.values) == 0 {
		d.problem = "there is nothing to try"
	}
	return d
}

// SampleFrom computes a value from the parameters that are already drawn; it
// runs in the driver. Several such functions run in the order of their names.
func SampleFrom(derive func(Params) any) Domain {
	d := Domain{kind: sampleFrom, derive: derive}
	if derive == nil {
		d.problem = "the function is nil"
	}
	return d
}

// spread takes a single slice apart, so that both GridSearch(1, 2) and
// GridSearch([]int{1, 2}) try two values.
func spread(values []any) []any {
	if len(values) != 1 || values[0] == nil {
		return values
	}
	v := reflect.ValueOf(values[0])
	if v.Kind() != reflect.Slice {
		return values
	}
	out := make([]any, v.Len())
	for i := range out {
		out[i] = v.Index(i).Interface()
	}
	return out
}

func ranged(k kind, lo, hi, q float64) Domain {
	d := Domain{kind: k, lo: lo, hi: hi, q: q}
	switch {
	case math.IsNaN(lo) || math.IsNaN(hi) || math.IsInf(lo, 0) || math.IsInf(hi, 0):
		d.problem = "a bound is not a finite number"
	case lo >= hi:
		d.problem = "the lower bound is not less than the upper bound"
	case (k == logUniform || k == logRandInt) && lo <= 0:
		d.problem = "a logarithmic range needs a lower bound greater than 0"
	}
	return d
}

func stepped(k kind, lo, hi, q float64) Domain {
	d := ranged(k, lo, hi, q)
	d.stepped = true
	switch {
	case d.problem != "":
	case !(q > 0):
		d.problem = "the step is not greater than 0"
	case !multiple(lo, q) || !multiple(hi, q):
		d.problem = fmt.Sprintf("both bounds must be multiples of the step %v", q)
	}
	return d
}

func multiple(v, q float64) bool {
	n := v / q
	return math.Abs(n-math.Round(n)) <= 1e-9*max(1, math.Abs(n))
}

// Sample draws a value, and nil from a domain that is not valid. Of a grid it
// draws any value; SampleFrom gets no parameters.
func (d Domain) Sample(rng *rand.Rand) any {
	if d.problem != "" {
		return nil
	}
	return d.draw(rng, Params{})
}

func (d Domain) draw(rng *rand.Rand, drawn Params) any {
	switch d.kind {
	case uniform:
		return d.step(d.lo + rng.Float64()*(d.hi-d.lo))
	case logUniform:
		return d.step(math.Exp(math.Log(d.lo) + rng.Float64()*(math.Log(d.hi)-math.Log(d.lo))))
	case randInt:
		if d.q > 0 { // count the steps, so that both ends are as likely as the rest
			n := int(math.Round((d.hi-d.lo)/d.q)) + 1
			return int(d.lo) + rng.IntN(n)*int(d.q)
		}
		return int(d.lo) + rng.IntN(int(d.hi-d.lo))
	case logRandInt:
		v := math.Exp(math.Log(d.lo) + rng.Float64()*(math.Log(d.hi)-math.Log(d.lo)))
		return min(int(v), int(d.hi)-1)
	case normal:
		return d.lo + d.hi*rng.NormFloat64()
	case choice, gridSearch:
		return d.values[rng.IntN(len(d.values))]
	case sampleFrom:
		return d.derive(drawn)
	}
	return nil
}

// step rounds to the domain's step. 3·0.1 shall be 0.3, so that the value
// reads as it was meant: digits beyond the 12th are cut.
func (d Domain) step(v float64) float64 {
	if d.q == 0 {
		return v
	}
	v = min(max(math.Round(v/d.q)*d.q, d.lo), d.hi)
	short, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 12, 64), 64)
	if err != nil {
		return v
	}
	return short
}

// String writes the domain as the call that makes it.
func (d Domain) String() string {
	switch d.kind {
	case choice, gridSearch:
		parts := make([]string, len(d.values))
		for i, v := range d.values {
			parts[i] = fmt.Sprint(v)
		}
		return fmt.Sprintf("%s(%s)", d.kind, strings.Join(parts, ", "))
	case sampleFrom:
		return "SampleFrom(func)"
	}
	if d.stepped {
		return fmt.Sprintf("Q%s(%v, %v, %v)", d.kind, d.lo, d.hi, d.q)
	}
	return fmt.Sprintf("%s(%v, %v)", d.kind, d.lo, d.hi)
}
