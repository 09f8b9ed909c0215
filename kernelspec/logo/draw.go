//go:build ignore

// Command draw draws the logos of the kernel: a node and the five nodes that it reaches.
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"strings"
)

const (
	corner = 0.2  // radius of the corners; the side is 1
	hub    = 0.17 // radius of the node in the middle
	leaf   = 0.085
	reach  = 0.34 // from the middle to the other nodes
	thin   = 0.035
)

var ground = color.RGBA{0x0e, 0x74, 0x90, 0xff}

type point struct{ x, y float64 }

func leaves() (all []point) {
	for i := range 5 {
		a := 2*math.Pi*float64(i)/5 - math.Pi/2
		all = append(all, point{0.5 + reach*math.Cos(a), 0.5 + reach*math.Sin(a)})
	}
	return all
}

// drawn says whether p is on a node or on a ray, and whether it is inside the rounded square.
func drawn(p point) (white, inside bool) {
	dx, dy := max(math.Abs(p.x-0.5)-0.5+corner, 0), max(math.Abs(p.y-0.5)-0.5+corner, 0)
	inside = math.Hypot(dx, dy) <= corner
	white = math.Hypot(p.x-0.5, p.y-0.5) <= hub
	for _, l := range leaves() {
		vx, vy := l.x-0.5, l.y-0.5
		t := min(max(((p.x-0.5)*vx+(p.y-0.5)*vy)/(vx*vx+vy*vy), 0), 1)
		white = white || math.Hypot(p.x-l.x, p.y-l.y) <= leaf || math.Hypot(p.x-0.5-t*vx, p.y-0.5-t*vy) <= thin/2
	}
	return white, inside
}

func picture(size int) image.Image {
	const fine = 8
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			var in, lit int
			for i := range fine * fine {
				p := point{(float64(x) + (float64(i%fine)+0.5)/fine) / float64(size), (float64(y) + (float64(i/fine)+0.5)/fine) / float64(size)}
				white, inside := drawn(p)
				if inside {
					in++
					if white {
						lit++
					}
				}
			}
			if in == 0 {
				continue
			}
			mix := func(c uint8) uint8 { return uint8((int(c)*(in-lit) + 255*lit) / in) }
			img.Set(x, y, color.NRGBA{mix(ground.R), mix(ground.G), mix(ground.B), uint8(255 * in / (fine * fine))})
		}
	}
	return img
}

func svg() string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" rx="%g" fill="#%02x%02x%02x"/><g stroke="#fff" stroke-width="%g" fill="#fff">`, corner, ground.R, ground.G, ground.B, thin)
	for _, l := range leaves() {
		fmt.Fprintf(&b, `<path d="M.5 .5L%.4f %.4f"/><circle cx="%.4f" cy="%.4f" r="%g" stroke="none"/>`, l.x, l.y, l.x, l.y, leaf)
	}
	fmt.Fprintf(&b, `<circle cx=".5" cy=".5" r="%g" stroke="none"/></g></svg>`+"\n", hub)
	return b.String()
}

func main() {
	for _, size := range []int{32, 64} {
		f, err := os.Create(fmt.Sprintf("logo/logo-%dx%d.png", size, size))
		if err == nil {
			err = png.Encode(f, picture(size))
			f.Close()
		}
		if err != nil {
			panic(err)
		}
	}
	if err := os.WriteFile("logo/logo-svg.svg", []byte(svg()), 0o644); err != nil {
		panic(err)
	}
}
