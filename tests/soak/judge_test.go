package main

import (
	"testing"
	"time"
)

func TestJudge(t *testing.T) {
	series := func(grow float64) (list []sample) {
		for i := range 40 {
			wobble := float64(i%3) * 2
			list = append(list, sample{at: time.Duration(i) * time.Minute, driver: 50 + wobble + grow*float64(i), goroutines: 20})
		}
		return list
	}
	bad := func(list []verdict) (n int) {
		for _, v := range list {
			if v.bad {
				n++
			}
		}
		return n
	}
	if n := bad(judge(series(0))); n != 0 {
		t.Errorf("a flat series has %d verdicts against it", n)
	}
	if n := bad(judge(series(1))); n != 1 {
		t.Errorf("a growing series has %d verdicts against it, want 1", n)
	}
	if n := bad(judge(series(0)[:3])); n != 1 {
		t.Errorf("three samples are enough?")
	}
}
