package viz

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// frame is a chart with two numeric axes, laid out: what Hist, Lines and Scatter share between
// the picture and the text.
type frame struct {
	x, y   scale
	layers []layer
	empty  bool
}

// layer is what is drawn in a frame: bars over edges, a line in pieces, or dots.
type layer struct {
	name   string
	index  int // of the series: colour and dash
	edges  []float64
	counts []float64 // len(edges)-1
	lines  [][]point // each piece is unbroken
	dots   []point
}

type point struct{ x, y float64 }

// draw uses gonum's axes and grid; the layers are gonum plotters of ours.
func (f *frame) draw(c *Chart, dc draw.Canvas) {
	p := plot.New()
	p.BackgroundColor = nil
	p.TextHandler = handler
	size := dc.Size()
	f.x.gonum(&p.X, int(size.X/85))
	f.y.gonum(&p.Y, int(size.Y/45))
	restyle(&p.X, clean(c.XLabel))
	restyle(&p.Y, clean(c.YLabel))
	p.X.Label.Text = ellipsis(p.X.Label.Text, size.X*0.8, labelSize)
	p.Y.Label.Text = ellipsis(p.Y.Label.Text, size.Y*0.8, labelSize)
	p.Add(grid(f.y.ticks(int(size.Y / 45))))
	for _, l := range f.layers {
		p.Add(l)
	}
	p.Draw(dc)
	if f.empty {
		drawText(dc, dc.Center().X, dc.Center().Y, "no data", centred(labelStyle))
	}
}

// restyle gives an axis of gonum our colours and fonts.
func restyle(a *plot.Axis, label string) {
	a.Label.Text = label
	a.Label.TextStyle.Font, a.Label.TextStyle.Color, a.Label.TextStyle.Handler = labelStyle.Font, inkText, handler
	a.Label.Padding = 3
	a.LineStyle = draw.LineStyle{Color: inkAxis, Width: 1}
	a.Padding = 0
	a.Tick.Label.Font, a.Tick.Label.Color, a.Tick.Label.Handler = labelStyle.Font, inkText, handler
	a.Tick.LineStyle = draw.LineStyle{Color: inkAxis, Width: 1}
	a.Tick.Length = 4
}

// grid draws a horizontal hairline at every tick.
type grid []tick

func (g grid) Plot(dc draw.Canvas, p *plot.Plot) {
	for _, t := range g {
		y := dc.Y(p.Y.Norm(t.value))
		dc.StrokeLine2(draw.LineStyle{Color: inkGrid, Width: 1}, dc.Min.X, y, dc.Max.X, y)
	}
}

// Plot draws the layer; it is a plot.Plotter.
func (l layer) Plot(dc draw.Canvas, p *plot.Plot) {
	at := func(x, y float64) vg.Point {
		return vg.Point{X: dc.X(p.X.Norm(x)), Y: dc.Y(p.Y.Norm(y))}
	}
	l.plotBars(dc, at)
	style := seriesLine(l.index)
	for _, piece := range l.lines {
		points := make([]vg.Point, 0, len(piece))
		for _, q := range thin(piece, p) {
			points = append(points, at(q.x, q.y))
		}
		if len(points) == 1 {
			// One point has no line; it is still data.
			dc.SetColor(style.Color)
			dc.Fill(disc(points[0], 3))
			continue
		}
		dc.StrokeLines(style, points)
	}
	if len(l.dots) > 0 {
		// One path for all dots keeps the file small.
		var path vg.Path
		for _, q := range l.dots {
			path = append(path, disc(at(q.x, q.y), 2.5)...)
		}
		dc.SetColor(faded(seriesColor(l.index), 0xb8))
		dc.Fill(path)
	}
}

func (l layer) plotBars(dc draw.Canvas, at func(x, y float64) vg.Point) {
	if len(l.counts) == 0 {
		return
	}
	gap := vg.Length(0.5)
	if (dc.Max.X-dc.Min.X)/vg.Length(len(l.counts)) < 3 {
		gap = 0
	}
	var path vg.Path
	for i, n := range l.counts {
		if !(n > 0) {
			continue
		}
		a, b := at(l.edges[i], n), at(l.edges[i+1], n)
		top := max(a.Y, dc.Min.Y+1) // a rare bin is not an empty one
		path = append(path, vg.Rectangle{Min: vg.Point{X: a.X + gap, Y: dc.Min.Y}, Max: vg.Point{X: max(b.X-gap, a.X+gap+0.5), Y: top}}.Path()...)
	}
	dc.SetColor(seriesColor(l.index))
	dc.Fill(path)
}

func disc(center vg.Point, radius vg.Length) vg.Path {
	var path vg.Path
	path.Move(vg.Point{X: center.X + radius, Y: center.Y})
	path.Arc(center, radius, 0, 6.283185307179586)
	path.Close()
	return path
}

// thin keeps, of a long line with rising x, the first, lowest, highest and last point of every
// pixel: the picture is the same and the file small.
func thin(line []point, p *plot.Plot) []point {
	const columns = 800
	if len(line) <= 2*columns {
		return line
	}
	for i := 1; i < len(line); i++ {
		if line[i].x < line[i-1].x {
			return line
		}
	}
	out := make([]point, 0, 4*columns)
	column := func(q point) int { return int(p.X.Norm(q.x) * columns) }
	for start := 0; start < len(line); {
		end, low, high := start, start, start
		for ; end < len(line) && column(line[end]) == column(line[start]); end++ {
			if line[end].y < line[low].y {
				low = end
			}
			if line[end].y > line[high].y {
				high = end
			}
		}
		last := -1
		for _, i := range []int{start, min(low, high), max(low, high), end - 1} {
			if i > last {
				out = append(out, line[i])
				last = i
			}
		}
		start = end
	}
	return out
}
