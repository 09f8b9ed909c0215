package sixel

import (
	"cmp"
	"slices"
)

// maxColors is what terminals have registers for, less one that some keep.
const maxColors = 255

// rgb is an opaque colour.
type rgb [3]uint8

// countOf is how many pixels have a colour.
type countOf struct {
	color rgb
	count int
}

// paletteOf finds at most maxColors colours for the pixels; exact says that they are all there.
func paletteOf(pixels []rgb, visible []bool) (colors []rgb, exact bool) {
	count := map[rgb]int{}
	for i, p := range pixels {
		if visible[i] {
			count[p]++
		}
	}
	all := make([]countOf, 0, len(count))
	for c, n := range count {
		all = append(all, countOf{c, n})
	}
	// The order of a map is random, and the picture should not be.
	slices.SortFunc(all, func(a, b countOf) int { return slices.Compare(a.color[:], b.color[:]) })
	if len(all) <= maxColors {
		for _, c := range all {
			colors = append(colors, c.color)
		}
		return colors, true
	}
	for _, box := range medianCut(all) {
		colors = append(colors, box.mean())
	}
	return colors, false
}

// box is a set of colours that are near each other.
type box struct {
	colors  []countOf
	channel int // along which they differ most
	spread  int // how much, by the number of pixels
}

func newBox(colors []countOf) box {
	b := box{colors: colors}
	total := 0
	for _, c := range colors {
		total += c.count
	}
	for channel := range 3 {
		low, high := 255, 0
		for _, c := range colors {
			low, high = min(low, int(c.color[channel])), max(high, int(c.color[channel]))
		}
		if s := (high - low) * total; s > b.spread {
			b.channel, b.spread = channel, s
		}
	}
	return b
}

// medianCut halves the box with the largest spread until there are enough.
func medianCut(colors []countOf) []box {
	boxes := []box{newBox(colors)}
	for len(boxes) < maxColors {
		at := 0
		for i, b := range boxes {
			if b.spread > boxes[at].spread {
				at = i
			}
		}
		b := boxes[at]
		if b.spread == 0 || len(b.colors) < 2 {
			break
		}
		slices.SortStableFunc(b.colors, func(x, y countOf) int { return cmp.Compare(x.color[b.channel], y.color[b.channel]) })
		total, half := 0, 0
		for _, c := range b.colors {
			total += c.count
		}
		cut := 1
		for i, c := range b.colors {
			if half += c.count; half*2 >= total {
				cut = min(i+1, len(b.colors)-1)
				break
			}
		}
		boxes[at] = newBox(b.colors[:cut])
		boxes = append(boxes, newBox(b.colors[cut:]))
	}
	return boxes
}

func (b box) mean() (c rgb) {
	var sum [3]int
	total := 0
	for _, p := range b.colors {
		for i := range 3 {
			sum[i] += int(p.color[i]) * p.count
		}
		total += p.count
	}
	for i := range 3 {
		c[i] = uint8((sum[i] + total/2) / total)
	}
	return c
}

// finder finds the nearest colour of a palette, and remembers by the upper five bits.
type finder struct {
	colors []rgb
	known  [1 << 15]int16 // index + 1
}

func (f *finder) nearest(c rgb) int {
	key := int(c[0]>>3)<<10 | int(c[1]>>3)<<5 | int(c[2]>>3)
	if i := f.known[key]; i > 0 {
		return int(i) - 1
	}
	best, least := 0, 1<<30
	for i, p := range f.colors {
		d := 0
		for k := range 3 {
			x := int(p[k]) - int(c[k])
			d += x * x
		}
		if d < least {
			best, least = i, d
		}
	}
	f.known[key] = int16(best) + 1
	return best
}

// reduce gives each pixel the index of its colour. What a colour is off is spread over the
// neighbours (Floyd and Steinberg).
func reduce(pixels []rgb, visible []bool, width int, colors []rgb) []uint8 {
	out := make([]uint8, len(pixels))
	f := &finder{colors: colors}
	now, next := make([][3]int, width+2), make([][3]int, width+2)
	for at := 0; at < len(pixels); at += width {
		for x := range width {
			i := at + x
			if !visible[i] {
				continue
			}
			var want rgb
			for k := range 3 {
				want[k] = uint8(max(0, min(255, int(pixels[i][k])+now[x+1][k]/16)))
			}
			n := f.nearest(want)
			out[i] = uint8(n)
			for k := range 3 {
				off := int(want[k]) - int(colors[n][k])
				now[x+2][k] += off * 7
				next[x][k] += off * 3
				next[x+1][k] += off * 5
				next[x+2][k] += off
			}
		}
		now, next = next, now
		clear(next)
	}
	return out
}
