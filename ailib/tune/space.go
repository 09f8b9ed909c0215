package tune

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// Space says what the parameters of a trial may be. A value is a [Domain], a
// constant, or a nested Space (or map[string]any), whose names are joined by
// dots: {"params": Space{"eta": d}} is the same as {"params.eta": d}.
type Space map[string]any

// space is a Space in flat form.
type space struct {
	names   []string // all, sorted
	domains map[string]Domain
	fixed   Params
	grids   []string // the names of grids, sorted
	derived []string // the names of SampleFrom, sorted
}

// Check reports the first mistake in the space, with the parameter's name.
func (s Space) Check() error {
	_, err := s.flatten()
	return err
}

func (s Space) flatten() (*space, error) {
	out := &space{domains: map[string]Domain{}, fixed: Params{}}
	if err := out.add("", s); err != nil {
		return nil, err
	}
	slices.Sort(out.names)
	for _, name := range out.names {
		switch out.domains[name].kind {
		case gridSearch:
			out.grids = append(out.grids, name)
		case sampleFrom:
			out.derived = append(out.derived, name)
		}
	}
	return out, nil
}

func (s *space) add(prefix string, m map[string]any) error {
	for _, key := range slices.Sorted(maps.Keys(m)) {
		name := prefix + key
		if key == "" || strings.HasPrefix(key, ".") || strings.HasSuffix(key, ".") {
			return fmt.Errorf("tune: space: %q is not a name of a parameter; use words joined by dots", name)
		}
		switch v := m[key].(type) {
		case Space:
			if err := s.add(name+".", v); err != nil {
				return err
			}
			continue
		case map[string]any:
			if err := s.add(name+".", v); err != nil {
				return err
			}
			continue
		case Domain:
			if v.problem != "" {
				return fmt.Errorf("tune: space: %s: %s: %s; change the bounds or the values", name, v, v.problem)
			}
			s.domains[name] = v
		default:
			s.fixed[name] = v
		}
		if slices.Contains(s.names, name) {
			return fmt.Errorf("tune: space: %q is given twice, with a dot and nested; keep one of them", name)
		}
		s.names = append(s.names, name)
	}
	return nil
}

// size is the number of combinations of the grids: 1 without a grid.
func (s *space) size() int {
	n := 1
	for _, name := range s.grids {
		n *= len(s.domains[name].values)
	}
	return n
}

// at returns the parameters of trial i. It depends on the seed and on i only,
// so that the same trials come out whatever runs first or at the same time.
// The grids go through their combinations, the last name fastest.
func (s *space) at(i int, seed int64) (p Params, err error) {
	defer func() {
		if r := recover(); r != nil { // SampleFrom runs the user's code
			err = fmt.Errorf("tune: space: trial %d: SampleFrom panicked: %v", i, r)
		}
	}()
	rng := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
	p = maps.Clone(s.fixed)
	cell := i % s.size()
	for _, name := range slices.Backward(s.grids) {
		values := s.domains[name].values
		p[name] = values[cell%len(values)]
		cell /= len(values)
	}
	for _, name := range s.names {
		d, ok := s.domains[name]
		if ok && d.kind != gridSearch && d.kind != sampleFrom {
			p[name] = d.draw(rng, nil)
		}
	}
	for _, name := range s.derived {
		p[name] = s.domains[name].draw(rng, maps.Clone(p))
	}
	return p, nil
}
