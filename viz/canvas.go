package viz

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"regexp"
	"strings"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// systemFonts are what readers have; pictures are measured with Liberation Sans, whose widths
// are Arial's.
const systemFonts = `Arial, 'Liberation Sans', Helvetica, 'Noto Sans', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', sans-serif`

var (
	svgHead = regexp.MustCompile(`(?s)^.*?<svg[^>]*>`)
	svgFont = regexp.MustCompile(`font-family:[^;"]*;font-variant:[^;"]*;font-weight:(\w+);font-style:normal;?`)
	svgText = regexp.MustCompile(`(<text [^>]*?)\n\t`)
)

// renderSVG runs paint on a canvas of width × height CSS pixels. One unit of the canvas is one
// pixel. The head is ours: sizes in pixels, an accessible title, the fonts of the reader.
func renderSVG(width, height int, alt string, paint func(draw.Canvas)) string {
	canvas := vgsvg.New(vg.Length(width), vg.Length(height))
	paint(draw.New(canvas))
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\"><title>%s</title></svg>", html.EscapeString(err.Error()))
	}
	alt = html.EscapeString(clean(alt))
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" font-family="%s"><title>%s</title>`,
		width, height, width, height, systemFonts, alt)
	body := svgHead.ReplaceAllString(buf.String(), "")
	body = svgText.ReplaceAllString(body, "$1 ")
	body = svgFont.ReplaceAllStringFunc(body, func(s string) string {
		if weight := svgFont.FindStringSubmatch(s)[1]; weight != "normal" {
			return "font-weight:" + weight + ";"
		}
		return ""
	})
	return head + strings.TrimSpace(body) + "\n"
}

// renderPNG paints at one pixel per unit. It returns nil when a text needs a glyph that the
// built-in font lacks.
func renderPNG(width, height int, paint func(draw.Canvas)) []byte {
	canvas := vgimg.NewWith(vgimg.UseWH(vg.Length(width), vg.Length(height)), vgimg.UseDPI(72), vgimg.UseBackgroundColor(color.Transparent))
	watch := &glyphWatch{CanvasSizer: canvas}
	paint(draw.NewCanvas(watch, vg.Length(width), vg.Length(height)))
	if watch.missing {
		return nil
	}
	var buf bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(&buf); err != nil {
		return nil
	}
	return buf.Bytes()
}

// glyphWatch notices text that the font cannot draw.
type glyphWatch struct {
	vg.CanvasSizer
	missing bool
}

func (g *glyphWatch) FillString(f font.Face, pt vg.Point, text string) {
	for _, r := range text {
		if i, err := f.Face.GlyphIndex(nil, r); err != nil || (i == 0 && r > ' ') {
			g.missing = true
			return
		}
	}
	g.CanvasSizer.FillString(f, pt, text)
}
