package sixel

import (
	"bufio"
	"image"
	"image/color"
	"io"
	"strconv"
)

// Encode writes img as one sixel sequence. On a background that is known, transparent pixels stay
// as the terminal has them and edges blend into it; nil means unknown, and the picture gets a
// white page.
func Encode(w io.Writer, img image.Image, background color.Color) error {
	bounds := img.Bounds()
	width, height := bounds.Dx(), bounds.Dy()
	pixels, visible := flatten(img, background)
	colors, exact := paletteOf(pixels, visible)
	var indices []uint8
	if exact {
		index := make(map[rgb]uint8, len(colors))
		for i, c := range colors {
			index[c] = uint8(i)
		}
		indices = make([]uint8, len(pixels))
		for i, p := range pixels {
			indices[i] = index[p]
		}
	} else {
		indices = reduce(pixels, visible, width, colors)
	}
	out := bufio.NewWriter(w)
	// The second parameter leaves alone what is not drawn; the size lets terminals make room.
	out.WriteString("\x1bP0;1;0q\"1;1;" + strconv.Itoa(width) + ";" + strconv.Itoa(height))
	for i, c := range colors {
		out.WriteString("#" + strconv.Itoa(i) + ";2")
		for k := range 3 {
			out.WriteString(";" + strconv.Itoa((int(c[k])*100+127)/255))
		}
	}
	b := band{width: width, rows: make([][]byte, len(colors))}
	for top := 0; top < height; top += 6 {
		b.fill(indices, visible, top, min(6, height-top))
		b.write(out)
		if top+6 < height {
			out.WriteByte('-')
		}
	}
	out.WriteString("\x1b\\")
	return out.Flush()
}

// flatten makes the pixels opaque; visible are those that are drawn at all.
func flatten(img image.Image, background color.Color) (pixels []rgb, visible []bool) {
	bounds := img.Bounds()
	page, known := [3]uint32{0xffff, 0xffff, 0xffff}, background != nil
	if known {
		page[0], page[1], page[2], _ = background.RGBA()
	}
	pixels, visible = make([]rgb, 0, bounds.Dx()*bounds.Dy()), make([]bool, 0, bounds.Dx()*bounds.Dy())
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			r, g, b, a := img.At(x, y).RGBA()
			var p rgb
			for k, v := range [3]uint32{r, g, b} {
				p[k] = uint8((v + page[k]*(0xffff-a)/0xffff) >> 8)
			}
			pixels, visible = append(pixels, p), append(visible, !known || a >= 0x0800)
		}
	}
	return pixels, visible
}

// band is six rows: for each colour that it has, a bit for every row of every column.
type band struct {
	width int
	rows  [][]byte // by colour; nil where the band has none of it
	used  []int
}

func (b *band) fill(indices []uint8, visible []bool, top, rows int) {
	for _, c := range b.used {
		clear(b.rows[c])
	}
	b.used = b.used[:0]
	seen := [maxColors + 1]bool{}
	for y := range rows {
		at := (top + y) * b.width
		for x := range b.width {
			if !visible[at+x] {
				continue
			}
			c := int(indices[at+x])
			if !seen[c] {
				seen[c] = true
				b.used = append(b.used, c)
				if b.rows[c] == nil {
					b.rows[c] = make([]byte, b.width)
				}
			}
			b.rows[c][x] |= 1 << y
		}
	}
}

// write draws the band colour by colour; "$" goes back to its beginning.
func (b *band) write(out *bufio.Writer) {
	for i, c := range b.used {
		if i > 0 {
			out.WriteByte('$')
		}
		out.WriteString("#" + strconv.Itoa(c))
		row := b.rows[c]
		end := len(row)
		for end > 0 && row[end-1] == 0 {
			end--
		}
		for x := 0; x < end; {
			n := 1
			for x+n < end && row[x+n] == row[x] {
				n++
			}
			sign := '?' + row[x]
			if n > 3 {
				out.WriteString("!" + strconv.Itoa(n))
				out.WriteByte(sign)
			} else {
				for range n {
					out.WriteByte(sign)
				}
			}
			x += n
		}
	}
}
