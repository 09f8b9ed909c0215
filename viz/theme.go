package viz

import (
	"image/color"

	"github.com/rivo/uniseg"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/font/liberation"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	xfont "golang.org/x/image/font"
)

// Every colour has a contrast of at least 3:1 against white and against the #111 of dark pages;
// text has 4:1. TestContrast holds us to it.
var (
	inkText = color.NRGBA{0x76, 0x76, 0x76, 0xff}
	inkAxis = color.NRGBA{0x80, 0x80, 0x80, 0xff}
	inkGrid = color.NRGBA{0x80, 0x80, 0x80, 0x38}

	// palette follows Okabe and Ito's colours for the colour-blind, the light ones darkened.
	palette = []color.NRGBA{
		{0x1f, 0x78, 0xc8, 0xff}, // blue
		{0xd5, 0x5e, 0x00, 0xff}, // vermillion
		{0x00, 0x94, 0x6c, 0xff}, // green
		{0xb8, 0x62, 0x98, 0xff}, // purple
		{0xa3, 0x76, 0x00, 0xff}, // ochre
		{0x6c, 0x7a, 0x89, 0xff}, // slate
	}

	// dashes repeat the difference between series without colour.
	dashes = [][]vg.Length{nil, {6, 3}, {2, 2.5}, {9, 3, 2, 3}}
)

const (
	titleSize = vg.Length(15)
	labelSize = vg.Length(11.5)
)

var (
	fonts   = font.NewCache(liberation.Collection())
	handler = text.Plain{Fonts: fonts}

	labelStyle = textStyle(labelSize, false)
	titleStyle = textStyle(titleSize, true)
)

func textStyle(size vg.Length, bold bool) text.Style {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return text.Style{Color: inkText, Font: f, Handler: handler}
}

func centred(s text.Style) text.Style { s.XAlign = text.XCenter; return s }
func rightward(s text.Style) text.Style {
	s.XAlign = text.XRight
	return s
}
func coloured(s text.Style, c color.Color) text.Style { s.Color = c; return s }

func seriesColor(i int) color.NRGBA { return palette[i%len(palette)] }

// seriesLine is the line of series i: after the colours are used up, dashes tell series apart;
// of few series the second is dashed already.
func seriesLine(i int) draw.LineStyle {
	return draw.LineStyle{Color: seriesColor(i), Width: 2, Dashes: dashes[i%len(dashes)]}
}

// ramp colours t in [0, 1]: blue, purple, vermillion. It avoids the light and the dark end, which
// one of the two pages would swallow.
func ramp(t float64) color.NRGBA {
	stops := []color.NRGBA{{0x1f, 0x78, 0xc8, 0xff}, {0x96, 0x6c, 0xa8, 0xff}, {0xd5, 0x5e, 0x00, 0xff}}
	t = min(max(t, 0), 1) * float64(len(stops)-1)
	i := min(int(t), len(stops)-2)
	t -= float64(i)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + t*(float64(b)-float64(a)) + 0.5) }
	a, b := stops[i], stops[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 0xff}
}

func faded(c color.NRGBA, alpha uint8) color.NRGBA { c.A = alpha; return c }

// textWidth measures s. The font has no wide characters; a front end draws them one em wide.
func textWidth(s string, size vg.Length) vg.Length {
	face := fonts.Lookup(labelStyle.Font, size)
	var width vg.Length
	narrow := make([]rune, 0, len(s))
	for _, r := range s {
		if r > 0x2E80 && uniseg.StringWidth(string(r)) == 2 {
			width += size
			continue
		}
		narrow = append(narrow, r)
	}
	return width + face.Width(string(narrow))
}

// ellipsis shortens s to width.
func ellipsis(s string, width, size vg.Length) string {
	if textWidth(s, size) <= width {
		return s
	}
	clusters := []string{}
	for g := uniseg.NewGraphemes(s); g.Next(); {
		clusters = append(clusters, g.Str())
	}
	low, high := 0, len(clusters)
	join := func(n int) string {
		out := ""
		for _, c := range clusters[:n] {
			out += c
		}
		return out + "…"
	}
	for low < high {
		middle := (low + high + 1) / 2
		if textWidth(join(middle), size) <= width {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return join(low)
}

// drawText draws s with its baseline at y.
func drawText(dc draw.Canvas, x, y vg.Length, s string, style text.Style) {
	if s == "" {
		return
	}
	face := fonts.Lookup(style.Font, style.Font.Size)
	x += vg.Length(style.XAlign) * textWidth(s, style.Font.Size)
	dc.SetColor(style.Color)
	dc.FillString(face, vg.Point{X: x, Y: y}, s)
}

func fillRect(dc draw.Canvas, c color.Color, x0, y0, x1, y1 vg.Length) {
	dc.SetColor(c)
	dc.Fill(vg.Rectangle{Min: vg.Point{X: x0, Y: y0}, Max: vg.Point{X: x1, Y: y1}}.Path())
}
