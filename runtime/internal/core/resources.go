package core

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Names of the resources that every node has.
const (
	CPU    = "CPU"
	GPU    = "GPU"
	Memory = "memory"              // bytes
	Store  = "object_store_memory" // bytes
)

// Resources maps a resource's name to an amount. Amounts are kept to 1e-4, as in Ray.
type Resources map[string]float64

// Clone returns a copy that may be changed; never nil.
func (r Resources) Clone() Resources {
	c := make(Resources, len(r))
	maps.Copy(c, r)
	return c
}

// String lists the resources by name: "CPU 2, GPU 0.5".
func (r Resources) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r)) {
		parts = append(parts, fmt.Sprintf("%s %g", name, r[name]))
	}
	return strings.Join(parts, ", ")
}

// Check refuses amounts that no scheduler can account for.
func (r Resources) Check() error {
	for name, amount := range r {
		switch {
		case name == "":
			return fmt.Errorf("a resource has no name; give it one, as in ray.Resource(\"disk\", 1)")
		case math.IsNaN(amount) || math.IsInf(amount, 0) || amount < 0:
			return fmt.Errorf("resource %q: amount %g; use a finite number ≥ 0", name, amount)
		case name == GPU && amount > 1 && amount != math.Trunc(amount):
			return fmt.Errorf("GPU: amount %g; above 1 only whole GPUs can be had, ask for %g or %g", amount, math.Floor(amount), math.Ceil(amount))
		}
	}
	return nil
}

// Names lists the resources in the order of their names.
func (r Resources) Names() []string { return slices.Sorted(maps.Keys(r)) }
