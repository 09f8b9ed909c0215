package sched

import "slices"

// pool is resources on one node, from which leases take: what the node has, or what a bundle of
// a placement group has reserved of it.
type pool struct {
	node      *node
	total     []int64 // by number of the resource; shorter when the last ones are 0
	available []int64 // may be below zero after a blocked task went on
	gpus      []int64 // what each GPU of the node has left here
	root      *pool   // of a bundle: the node's
	removed   bool    // the bundle is given up: what is returned goes to the root
	leases    int     // that took from it
}

func (p *pool) has(resource int) int64 {
	if resource < len(p.total) {
		return p.total[resource]
	}
	return 0
}

func (p *pool) free(resource int) int64 {
	if resource < len(p.available) {
		return p.available[resource]
	}
	return 0
}

// live is the pool to which what was taken from p returns.
func (p *pool) live() *pool {
	if p.removed {
		return p.root
	}
	return p
}

// open reports whether something new may take from the pool. A bundle is a promise that holds on
// a node that is drained, too.
func (p *pool) open() bool {
	if p.root != nil {
		return !p.removed
	}
	return p.node.open()
}

// feasible reports whether the request fits when nothing else is there.
func (p *pool) feasible(need []amount) bool {
	for _, a := range need {
		if p.has(a.resource) < a.n {
			return false
		}
	}
	return true
}

// fits reports whether the request fits now.
func (p *pool) fits(need []amount) bool {
	for _, a := range need {
		if p.free(a.resource) < a.n || a.resource == gpu && !p.gpuFits(a.n) {
			return false
		}
	}
	return true
}

func (p *pool) gpuFits(n int64) bool {
	if n < unit {
		return slices.ContainsFunc(p.gpus, func(left int64) bool { return left >= n })
	}
	whole := int64(0)
	for _, left := range p.gpus {
		if left == unit {
			whole++
		}
	}
	return whole >= n/unit
}

// pickGPUs chooses devices that gpuFits has promised: whole ones, or the fullest one that still
// has the share.
func (p *pool) pickGPUs(n int64) []int {
	var picked []int
	if n >= unit {
		for i, left := range p.gpus {
			if left == unit && int64(len(picked)) < n/unit {
				picked = append(picked, i)
			}
		}
		return picked
	}
	best := -1
	for i, left := range p.gpus {
		if left >= n && (best < 0 || left < p.gpus[best]) {
			best = i
		}
	}
	return append(picked, best)
}

// take takes what fits, and returns the GPUs and the share of each.
func (p *pool) take(need []amount) (gpus []int, share int64) {
	for _, a := range need {
		p.available[a.resource] -= a.n
		if a.resource == gpu {
			gpus, share = p.pickGPUs(a.n), min(a.n, unit)
			for _, g := range gpus {
				p.gpus[g] -= share
			}
		}
	}
	return gpus, share
}

// put returns what take took.
func (p *pool) put(need []amount, gpus []int, share int64) {
	for _, a := range need {
		p.available[a.resource] += a.n
	}
	for _, g := range gpus {
		p.gpus[g] += share
	}
}

// utilization is how much of the scarcest of CPU, memory and object store is in use, in parts of
// unit: what Ray's hybrid policy looks at.
func (p *pool) utilization() int64 {
	most := int64(0)
	for _, r := range [...]int{cpu, memory, storeMemory} {
		if total := p.has(r); total > 0 {
			used := total - p.free(r)
			// Bytes times 1e4 twice would not fit into 64 bits.
			most = max(most, int64(float64(used)/float64(total)*unit))
		}
	}
	return most
}
