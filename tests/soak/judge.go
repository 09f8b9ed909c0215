package main

import (
	"fmt"
	"math"
)

// bound is how much a figure may grow from the beginning to the end of the second half, by the
// line that fits it best: an amount, or a part of its mean, whichever is more.
type bound struct {
	name   string
	of     func(sample) float64
	amount float64
	part   float64
}

var bounds = []bound{
	{"driver memory, MiB", func(s sample) float64 { return s.driver }, 16, 0.10},
	{"memory of a worker, MiB", func(s sample) float64 { return s.perWorker }, 16, 0.10},
	{"goroutines", func(s sample) float64 { return float64(s.goroutines) }, 40, 0.25},
	{"open files", func(s sample) float64 { return float64(s.files) }, 40, 0.25},
	{"objects", func(s sample) float64 { return float64(s.objects) }, 1000, 0.50},
	{"shared memory, MiB", func(s sample) float64 { return s.shared }, 64, 0.20},
}

type verdict struct {
	text string
	bad  bool
}

// judge looks at the second half: the first one fills caches and histories.
func judge(samples []sample) []verdict {
	half := samples[len(samples)/2:]
	if len(half) < 4 {
		return []verdict{{"too few samples; choose a longer -for, or a shorter -every", true}}
	}
	var list []verdict
	for _, b := range bounds {
		mean, growth := fit(half, b.of)
		most := math.Max(b.amount, b.part*mean)
		v := verdict{text: fmt.Sprintf("%-24s mean %8.1f, grew by %+7.1f in the second half, at most %.1f allowed", b.name, mean, growth, most), bad: growth > most}
		if v.bad {
			v.text += "  TOO MUCH"
		}
		list = append(list, v)
	}
	return list
}

// fit returns the mean, and the growth along the line of least squares.
func fit(samples []sample, of func(sample) float64) (mean, growth float64) {
	var at float64
	n := float64(len(samples))
	for _, s := range samples {
		at += s.at.Seconds() / n
		mean += of(s) / n
	}
	var over, under float64
	for _, s := range samples {
		dt := s.at.Seconds() - at
		over += dt * (of(s) - mean)
		under += dt * dt
	}
	if under > 0 {
		growth = over / under * (samples[len(samples)-1].at - samples[0].at).Seconds()
	}
	return mean, growth
}
