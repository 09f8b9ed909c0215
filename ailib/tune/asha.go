package tune

import (
	"fmt"
	"math"
	"slices"
)

// ASHA is asynchronous successive halving. At each rung, reached after Grace,
// Grace·Reduction, Grace·Reduction² … reports, a trial goes on only if it is
// among the best 1/Reduction of those that have reached the rung so far. No
// trial ever waits for others.
type ASHA struct {
	MaxT      int // reports after which a trial is done in any case; 0 = 100
	Grace     int // reports that every trial may make; 0 = 1
	Reduction int // 1/Reduction of the trials survive a rung; 0 = 4
}

// Policy implements [Scheduler].
func (a ASHA) Policy() (Policy, error) {
	if a.MaxT == 0 {
		a.MaxT = 100
	}
	if a.Grace == 0 {
		a.Grace = 1
	}
	if a.Reduction == 0 {
		a.Reduction = 4
	}
	switch {
	case a.MaxT < 1 || a.Grace < 1:
		return nil, fmt.Errorf("tune: ASHA: MaxT %d and Grace %d must be at least 1", a.MaxT, a.Grace)
	case a.Grace > a.MaxT:
		return nil, fmt.Errorf("tune: ASHA: Grace %d is greater than MaxT %d; no trial could be stopped", a.Grace, a.MaxT)
	case a.Reduction < 2:
		return nil, fmt.Errorf("tune: ASHA: Reduction %d must be at least 2", a.Reduction)
	}
	p := &halving{maxT: a.MaxT, reduction: float64(a.Reduction)}
	for t := a.Grace; t < a.MaxT; t *= a.Reduction {
		p.rungs = append(p.rungs, rung{at: t, scores: map[string]float64{}})
	}
	slices.Reverse(p.rungs) // a report belongs to the highest rung it has reached
	return p, nil
}

type halving struct {
	maxT      int
	reduction float64
	rungs     []rung
}

// rung remembers the score that each trial had when it came by.
type rung struct {
	at     int
	scores map[string]float64
}

// Decide implements [Policy].
func (h *halving) Decide(e Event) Decision {
	if e.Iteration >= h.maxT {
		return Stop
	}
	for _, r := range h.rungs {
		if _, passed := r.scores[e.Trial]; passed || e.Iteration < r.at {
			continue
		}
		cutoff := quantile(r.scores, 1-1/h.reduction)
		r.scores[e.Trial] = e.Score
		// A score that is not a number is never good enough to go on with.
		if math.IsNaN(e.Score) || e.Score < cutoff {
			return Stop
		}
		return Continue
	}
	return Continue
}

// quantile interpolates linearly between the sorted scores, leaving out what
// is not a number; without any score it is −∞, which everybody passes.
func quantile(scores map[string]float64, q float64) float64 {
	var sorted []float64
	for _, v := range scores {
		if !math.IsNaN(v) {
			sorted = append(sorted, v)
		}
	}
	if len(sorted) == 0 {
		return math.Inf(-1)
	}
	slices.Sort(sorted)
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 >= len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}
