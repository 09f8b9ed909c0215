package sixeltest

import (
	"fmt"
	"image"
	"image/color"
	"strings"
)

// Decode draws a sixel sequence as a terminal does. It fails at what sixel.Encode never writes.
func Decode(s string) (*image.NRGBA, error) {
	s, ok := strings.CutPrefix(s, "\x1bP0;1;0q\"1;1;")
	if !ok {
		return nil, fmt.Errorf("begins with %.20q", s)
	}
	s, ok = strings.CutSuffix(s, "\x1b\\")
	if !ok {
		return nil, fmt.Errorf("does not end in ST")
	}
	number := func() (n int) {
		for s != "" && s[0] >= '0' && s[0] <= '9' {
			n = n*10 + int(s[0]-'0')
			s = s[1:]
		}
		return n
	}
	next := func() { s = s[1:] }
	width := number()
	next()
	height := number()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	colors := map[int]color.NRGBA{}
	var now color.NRGBA
	x, y := 0, 0
	draw := func(bits byte, n int) error {
		for range n {
			for row := range 6 {
				if bits>>row&1 == 0 {
					continue
				}
				if x >= width || y+row >= height {
					return fmt.Errorf("draws at %d, %d of %d × %d", x, y+row, width, height)
				}
				img.SetNRGBA(x, y+row, now)
			}
			x++
		}
		return nil
	}
	for s != "" {
		c := s[0]
		next()
		switch {
		case c == '#':
			n := number()
			if s != "" && s[0] == ';' {
				var v [4]int
				for i := range 4 {
					next()
					v[i] = number()
				}
				if v[0] != 2 || v[1] > 100 || v[2] > 100 || v[3] > 100 {
					return nil, fmt.Errorf("colour %v", v)
				}
				colors[n] = color.NRGBA{uint8(v[1] * 255 / 100), uint8(v[2] * 255 / 100), uint8(v[3] * 255 / 100), 255}
				continue
			}
			if now, ok = colors[n]; !ok {
				return nil, fmt.Errorf("colour %d is not defined", n)
			}
		case c == '!':
			n := number()
			bits := s[0] - '?'
			next()
			if err := draw(bits, n); err != nil {
				return nil, err
			}
		case c == '$':
			x = 0
		case c == '-':
			x, y = 0, y+6
		case c >= '?' && c <= '~':
			if err := draw(c-'?', 1); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("unexpected %q", c)
		}
	}
	return img, nil
}
