package sched

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
)

// unit is how many parts an amount has.
const unit = 10_000

func fixed(amount float64) int64 { return int64(math.Round(amount * unit)) }

// amount is how much of a resource is asked for.
type amount struct {
	resource int
	n        int64
}

// table numbers the names of resources.
type table struct {
	names []string
	index map[string]int
}

// Numbers of the resources that have a meaning here; every table begins with them.
const (
	cpu = iota
	gpu
	memory
	storeMemory
)

func newTable() table {
	t := table{index: map[string]int{}}
	for _, name := range []string{"CPU", "GPU", "memory", "object_store_memory"} {
		t.number(name)
	}
	return t
}

func (t *table) number(name string) int {
	if i, ok := t.index[name]; ok {
		return i
	}
	t.index[name] = len(t.names)
	t.names = append(t.names, name)
	return len(t.names) - 1
}

// amounts lists what is asked for, by number, without what is 0.
func (t *table) amounts(resources map[string]float64) []amount {
	var list []amount
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		if n := fixed(resources[name]); n != 0 {
			list = append(list, amount{t.number(name), n})
		}
	}
	slices.SortFunc(list, func(x, y amount) int { return cmp.Compare(x.resource, y.resource) })
	return list
}

func key(need []amount) string {
	k := ""
	for _, a := range need {
		k += fmt.Sprintf("%d=%d,", a.resource, a.n)
	}
	return k
}

// figure writes an amount without its unit of 1e-4.
func figure(n int64) string { return fmt.Sprintf("%.10g", float64(n)/unit) }
