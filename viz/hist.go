package viz

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg/draw"
)

// Hist counts values into equal bins. With bins ≤ 0 the number follows from the data (twice the
// cube root of the count, 5 to 60; whole numbers of a small range get a bin each). NaN and Inf
// are left out and counted.
func Hist(title string, values []float64, bins int) *Chart {
	s := newSpan(false)
	whole := true
	n := 0
	for _, v := range values {
		s.count(v)
		if s.place(v) {
			s.add(v)
			n++
			whole = whole && v == math.Trunc(v)
		}
	}
	h := &histogram{dropped: s, total: n}
	if n > 0 {
		h.edges = binEdges(s, n, bins, whole)
		h.counts = make([]float64, len(h.edges)-1)
		lo, width := h.edges[0], (h.edges[len(h.edges)-1]-h.edges[0])/float64(len(h.counts))
		for _, v := range values {
			if s.place(v) {
				i := int((v - lo) / width)
				h.counts[min(max(i, 0), len(h.counts)-1)]++
			}
		}
	}
	return &Chart{Title: title, YLabel: "count", figure: h}
}

// HistCounts draws a histogram that was counted elsewhere: counts[i] values lie between edges[i]
// and edges[i+1]. Edges must rise, and be one more than counts; anything else gives an empty
// chart that says so.
func HistCounts(title string, edges, counts []float64) *Chart {
	h := &histogram{dropped: newSpan(false)}
	c := &Chart{Title: title, YLabel: "count", figure: h}
	if len(counts) == 0 && len(edges) <= 1 {
		return c
	}
	if len(edges) != len(counts)+1 {
		h.problem = fmt.Sprintf("%d edges do not fit %d counts; pass one edge more than counts", len(edges), len(counts))
		return c
	}
	for i, e := range edges {
		if !finite(e) || (i > 0 && e <= edges[i-1]) {
			h.problem = fmt.Sprintf("edge %d (%v) is not above the one before; sort the edges and drop NaN, Inf and repeats", i, e)
			return c
		}
	}
	h.edges = append([]float64(nil), edges...)
	var total float64
	for _, n := range counts {
		if !finite(n) || n < 0 {
			h.dropped.count(n)
			n = 0
		}
		total += n
		h.counts = append(h.counts, n)
	}
	h.total = int(min(total, 1e18))
	return c
}

func binEdges(s *span, n, bins int, whole bool) []float64 {
	lo, hi := s.lo, s.hi
	if bins <= 0 && whole && hi-lo < 40 {
		lo, hi, bins = lo-0.5, hi+0.5, int(hi-lo)+1
	}
	if bins <= 0 {
		bins = min(max(int(math.Ceil(2*math.Cbrt(float64(n)))), 5), 60)
	}
	bins = min(bins, 2000)
	if one := s.scale(0); hi-lo <= math.Abs(hi)*1e-12 {
		lo, hi = one.lo, one.hi
	}
	edges := make([]float64, bins+1)
	for i := range edges {
		edges[i] = lo + (hi-lo)*float64(i)/float64(bins)
	}
	return edges
}

type histogram struct {
	edges, counts []float64
	total         int
	dropped       *span
	problem       string
}

func (h *histogram) frame(c *Chart) *frame {
	f := &frame{x: scale{0, 1, false}, y: scale{0, 1, false}, empty: h.total == 0}
	if len(h.counts) == 0 {
		return f
	}
	f.x = scale{h.edges[0], h.edges[len(h.edges)-1], false}
	top := 0.0
	for _, n := range h.counts {
		top = max(top, n)
	}
	if top > 0 {
		f.y = scale{0, top * 1.05, false}
		if c.LogY {
			f.y = scale{0.7, top * 1.3, true}
		}
	}
	f.layers = []layer{{edges: h.edges, counts: h.counts}}
	return f
}

func (h *histogram) size() (int, int)                { return 640, 360 }
func (h *histogram) legend(*Chart) []legendEntry     { return nil }
func (h *histogram) draw(c *Chart, dc draw.Canvas)   { h.frame(c).draw(c, dc) }
func (h *histogram) text(c *Chart, width int) string { return h.frame(c).text(c, width) }

func (h *histogram) remarks(*Chart) []string {
	if h.problem != "" {
		return []string{h.problem}
	}
	return h.dropped.remarks()
}

func (h *histogram) describe(*Chart) string {
	if h.total == 0 {
		return "histogram without data"
	}
	return fmt.Sprintf("histogram of %s values in %d bins from %s to %s", formatInt(int64(h.total), true),
		len(h.counts), formatNumber(h.edges[0]), formatNumber(h.edges[len(h.edges)-1]))
}
