package viz

import (
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Chart is a picture with a title. Constructors: [Hist], [HistCounts], [Lines], [Scatter], [Bar],
// [Box], [Heatmap] and [ParallelCoordinates]. Fields may be set until the chart is shown.
type Chart struct {
	Title          string
	XLabel, YLabel string
	LogX, LogY     bool // logarithmic axes, where the chart has numeric axes; values ≤ 0 are left out and counted
	Width, Height  int  // of the picture, in CSS pixels; 0 means 640 × 360, or what the content needs

	figure figure
}

// figure is the part of a Chart below its title.
type figure interface {
	// size is the natural size of the whole picture.
	size() (width, height int)
	// remarks says what the picture leaves out; each is a short sentence part.
	remarks(c *Chart) []string
	legend(c *Chart) []legendEntry
	draw(c *Chart, dc draw.Canvas)
	text(c *Chart, width int) string
	// describe is the alternative text, without the title.
	describe(c *Chart) string
}

type legendEntry struct {
	name  string
	style draw.LineStyle
	block bool // a filled swatch rather than a piece of line
}

// MIMEBundle gives text/plain, image/svg+xml and image/png. The PNG is left out when it could not
// show the labels: the built-in font has no ideographs.
func (c *Chart) MIMEBundle() map[string]any {
	bundle := c.draftBundle()
	if png := c.PNG(); png != nil {
		bundle[mimePNG] = png
	}
	return bundle
}

func (c *Chart) draftBundle() map[string]any {
	return map[string]any{mimeText: c.Text(columnsNow()), mimeSVG: c.SVG()}
}

// String is the text form.
func (c *Chart) String() string { return c.Text(columnsNow()) }

// Text draws the chart with Unicode block and braille characters, at most width columns wide.
func (c *Chart) Text(width int) string {
	width = min(max(width, 24), 200)
	var b strings.Builder
	if title := clean(c.Title); title != "" {
		b.WriteString(truncate(title, width) + "\n")
	}
	if c.figure == nil {
		return b.String() + "no data\n"
	}
	b.WriteString(trimLines(c.figure.text(c, width)))
	if remarks := c.figure.remarks(c); len(remarks) > 0 {
		b.WriteString(wrap("("+strings.Join(remarks, "; ")+")", width))
	}
	return b.String()
}

// SVG draws the chart as a self-contained SVG document: transparent background, no scripts, no
// external references.
func (c *Chart) SVG() string {
	width, height := c.pixels()
	return renderSVG(width, height, c.alt(), c.paint)
}

// PNG draws the chart as a PNG with a transparent background, or returns nil when a label has
// characters that the built-in font lacks.
func (c *Chart) PNG() []byte {
	width, height := c.pixels()
	return renderPNG(width, height, c.paint)
}

func (c *Chart) pixels() (width, height int) {
	width, height = 640, 360
	if c.figure != nil {
		width, height = c.figure.size()
	}
	if c.Width > 0 {
		width = c.Width
	}
	if c.Height > 0 {
		height = c.Height
	}
	return min(max(width, 160), 4000), min(max(height, 100), 4000)
}

func (c *Chart) alt() string {
	title := clean(c.Title)
	if c.figure == nil {
		return title
	}
	if title != "" {
		title += ": "
	}
	return title + c.figure.describe(c)
}

// paint draws title, remarks and legend, and gives the figure what is left.
func (c *Chart) paint(dc draw.Canvas) {
	dc = draw.Crop(dc, 8, -12, 6, -8)
	if title := clean(c.Title); title != "" {
		drawText(dc, dc.Min.X+4, dc.Max.Y-titleSize, ellipsis(title, dc.Max.X-dc.Min.X-8, titleSize), titleStyle)
		dc.Max.Y -= titleSize + 8
	}
	if c.figure == nil {
		drawText(dc, dc.Center().X, dc.Center().Y, "no data", centred(labelStyle))
		return
	}
	if remarks := c.figure.remarks(c); len(remarks) > 0 {
		line := strings.Join(remarks, "; ")
		drawText(dc, dc.Min.X+4, dc.Max.Y-labelSize, ellipsis(line, dc.Max.X-dc.Min.X-8, labelSize), labelStyle)
		dc.Max.Y -= labelSize + 6
	}
	dc.Max.Y -= drawLegend(dc, c.figure.legend(c))
	c.figure.draw(c, dc)
}

// drawLegend draws entries in rows from the top of dc and returns the height taken.
func drawLegend(dc draw.Canvas, entries []legendEntry) vg.Length {
	const swatch, gap, row, maxRows = 18, 14, labelSize + 6, 3
	if len(entries) == 0 {
		return 0
	}
	x, y, rows := dc.Min.X+4, dc.Max.Y-labelSize, 1
	for i, e := range entries {
		name := ellipsis(clean(e.name), 180, labelSize)
		width := swatch + 5 + textWidth(name, labelSize) + gap
		if x+width-gap > dc.Max.X && x > dc.Min.X+4 {
			if rows == maxRows {
				drawText(dc, x, y, "+ "+formatInt(int64(len(entries)-i), true), labelStyle)
				break
			}
			x, y, rows = dc.Min.X+4, y-row, rows+1
		}
		middle := y + labelSize*0.36
		if e.block {
			fillRect(dc, e.style.Color, x, middle-4.5, x+swatch-6, middle+4.5)
		} else {
			dc.StrokeLine2(e.style, x, middle, x+swatch, middle)
		}
		drawText(dc, x+swatch+5, y, name, labelStyle)
		x += width
	}
	return vg.Length(rows)*row + 4
}
