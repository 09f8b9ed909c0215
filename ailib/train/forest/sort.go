package forest

import "math/bits"

// sortPairs orders pairs by value: quicksort with three-way partitioning around the median of
// three, and heapsort where it goes too deep (Musser, "Introspective sorting and selection
// algorithms", 1997; Bentley and McIlroy, "Engineering a sort function", 1993). The standard
// library's sorts would do, but leave equal values in another order than scikit-learn's, and the
// order in which a node's rows are summed decides about the last bit, and so about ties.
func sortPairs(p []pair) {
	if len(p) > 0 {
		quicksort(p, 2*(bits.Len(uint(len(p)))-1))
	}
}

func quicksort(p []pair, depth int) {
	for len(p) > 1 {
		if depth <= 0 {
			heapsort(p)
			return
		}
		depth--
		pivot := medianOfThree(p[0].value, p[len(p)/2].value, p[len(p)-1].value)
		less, i, greater := 0, 0, len(p)
		for i < greater {
			switch v := p[i].value; {
			case v < pivot:
				p[i], p[less] = p[less], p[i]
				i++
				less++
			case v > pivot:
				greater--
				p[i], p[greater] = p[greater], p[i]
			default:
				i++
			}
		}
		quicksort(p[:less], depth)
		p = p[greater:]
	}
}

func medianOfThree(a, b, c float32) float32 {
	return max(min(a, b), min(max(a, b), c))
}

func heapsort(p []pair) {
	for root := (len(p) - 2) / 2; root >= 0; root-- {
		siftDown(p, root)
	}
	for end := len(p) - 1; end > 0; end-- {
		p[0], p[end] = p[end], p[0]
		siftDown(p[:end], 0)
	}
}

func siftDown(p []pair, root int) {
	for {
		child := 2*root + 1
		largest := root
		if child < len(p) && p[largest].value < p[child].value {
			largest = child
		}
		if child+1 < len(p) && p[largest].value < p[child+1].value {
			largest = child + 1
		}
		if largest == root {
			return
		}
		p[root], p[largest] = p[largest], p[root]
		root = largest
	}
}
