package viz

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"math"
	"regexp"
	"strings"
	"testing"
)

// wave is a fixed sequence that looks like data.
func wave(n int, f func(t float64) float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = f(float64(i))
	}
	return out
}

// gallery holds one of each chart, and each chart at its limits.
func gallery() map[string]*Chart {
	inf, huge := math.Inf(1), 1e308
	distances := wave(5000, func(t float64) float64 { return -3 * math.Log((t+0.5)/5000) })
	hist := Hist("trip distance", append(distances, math.NaN(), inf), 50)
	hist.XLabel = "miles"
	histLog := Hist("trip distance", distances, 40)
	histLog.LogY = true
	curves := Lines("logloss", []Series{
		{Name: "train", Y: wave(50, func(t float64) float64 { return 0.60 + 0.09*math.Exp(-t/10) })},
		{Name: "valid", Y: wave(50, func(t float64) float64 { return 0.62 + 0.07*math.Exp(-t/9) })},
	})
	curves.XLabel, curves.YLabel = "round", "logloss"
	logs := Lines("rates", []Series{{Name: "a", Y: []float64{1, 100, -3, 0, 1e5}}, {Name: "b", X: []float64{1, 2, 4}, Y: []float64{1e-9, 2, 3e18}}})
	logs.LogY = true
	parallel := ParallelCoordinates(
		[]Axis{{Name: "eta", Log: true}, {Name: "max_depth"}, {Name: "tree_method"}, {Name: "valid-logloss"}},
		[]Trace{
			{Name: "trial_00", Values: []any{0.3, 6, "hist", 0.6633}},
			{Name: "trial_01", Values: []any{0.01, 9, "exact", 0.6512}, Best: true},
			{Name: "trial_02", Values: []any{0.1, 2, "hist", nil}},
		})
	parallel.Title = "search space"
	heat := Heatmap("x² + y²", []string{"-1", "0", "1"}, []string{"-1", "0", "1"}, [][]float64{{2, 1, 2}, {1, 0, 1}, {2, 1, math.NaN()}})
	heat.XLabel, heat.YLabel = "x", "y"
	long := strings.Repeat("a very long name ", 20)
	bars := Bar("gain", []string{"distance", "duration", long, "sentinel"}, []float64{50231, 33333.25, 7, -12000})
	bars.XLabel = "gain"
	return map[string]*Chart{
		"hist": hist, "hist_log": histLog, "lines": curves, "lines_log": logs, "parallel": parallel, "heatmap": heat, "bar": bars,
		"hist_counts":  HistCounts("counted elsewhere", []float64{0, 1, 2, 4, 8}, []float64{10, 200000, 3, 0}),
		"hist_whole":   Hist("passengers", []float64{1, 1, 1, 1, 2, 2, 3, 5, 6}, 0),
		"hist_one":     Hist("one value", []float64{42}, 10),
		"hist_empty":   Hist("nothing", nil, 10),
		"hist_nan":     Hist("only NaN", []float64{math.NaN(), math.NaN()}, 10),
		"hist_huge":    Hist("huge", []float64{-huge, 0, huge, 1e299, -1e299}, 5),
		"hist_wrong":   HistCounts("wrong", []float64{0, 1}, []float64{1, 2, 3}),
		"hist_unsort":  HistCounts("unsorted", []float64{0, 2, 1}, []float64{1, 2}),
		"lines_six":    Lines("six", sixSeries()),
		"lines_one":    Lines("one point", []Series{{Name: "a", Y: []float64{3}}}),
		"lines_flat":   Lines("flat", []Series{{Y: []float64{5, 5, 5}}}),
		"lines_none":   Lines("no series", nil),
		"lines_ragged": Lines("ragged", []Series{{Name: "a", X: []float64{1, 2, 3}, Y: []float64{1, math.NaN(), inf, 5, 6}}}),
		"scatter":      Scatter("cloud", []Series{{Name: "a", X: wave(300, func(t float64) float64 { return math.Sin(t) * t }), Y: wave(300, func(t float64) float64 { return math.Cos(t) * t })}}),
		"scatter_many": Scatter("many", []Series{{X: wave(5000, math.Sin), Y: wave(5000, math.Cos)}}),
		"bar_empty":    Bar("nothing", nil, nil),
		"bar_nan":      Bar("not a number", []string{"a", "b"}, []float64{math.NaN(), 2}),
		"bar_zero":     Bar("zero", []string{"a", "b"}, []float64{0, 0}),
		"heat_empty":   Heatmap("nothing", nil, nil, nil),
		"parallel_no":  ParallelCoordinates(nil, nil),
		"parallel_nil": ParallelCoordinates([]Axis{{Name: "a"}, {Name: "b"}}, []Trace{{}, {Values: []any{math.NaN(), inf}}}),
		"labels":       Lines(long+"<&>\"'\x00\x1b[31m\n", []Series{{Name: "<script>alert(1)</script>", Y: []float64{1, 2}}, {Name: long, Y: []float64{2, 1}}}),
		"cjk":          Bar("出租车行程", []string{"距离", "时间"}, []float64{3, 2}),
		"box": Box("fares by hour", []string{"morning", "noon", "a label that is too long for the space there is", "empty"}, [][]float64{
			wave(101, func(t float64) float64 { return t }), append(wave(50, func(t float64) float64 { return 40 + t/5 }), 3, 95, math.NaN()), {7}, nil}),
		"box_empty": Box("nothing", nil, nil),
		"zero":      {},
	}
}

func sixSeries() []Series {
	var out []Series
	for k := range 6 {
		out = append(out, Series{Name: fmt.Sprintf("trial_%02d", k), Y: wave(30, func(t float64) float64 { return 1 / (1 + t*0.1*float64(k+1)) })})
	}
	return out
}

func TestChartText(t *testing.T) {
	for name, c := range gallery() {
		t.Run(name, func(t *testing.T) {
			text := c.Text(80)
			golden(t, name+".txt", text)
			for _, width := range []int{0, 24, 40, 80, 132, 10000} {
				for line := range strings.Lines(c.Text(width)) {
					if n := textColumns(strings.TrimSuffix(line, "\n")); n > min(max(width, 24), 200)+6 {
						t.Errorf("at width %d a line has %d columns: %q", width, n, line)
					}
				}
			}
			if strings.ContainsAny(text, "\x1b\x00") {
				t.Error("the text form has control characters")
			}
		})
	}
}

// elements counts the start tags of a document, which has to be well-formed.
func elements(t *testing.T, doc string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return counts
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, doc)
		}
		if start, ok := token.(xml.StartElement); ok {
			counts[start.Name.Local]++
		}
	}
}

func TestChartSVG(t *testing.T) {
	for name, c := range gallery() {
		t.Run(name, func(t *testing.T) {
			doc := c.SVG()
			counts := elements(t, doc)
			if counts["svg"] != 1 || counts["title"] != 1 {
				t.Errorf("elements: %v", counts)
			}
			if !strings.HasPrefix(doc, `<svg xmlns="http://www.w3.org/2000/svg" width="`) {
				t.Errorf("head: %.80s", doc)
			}
			for _, bad := range []string{"<script", "href", "url(", "<image"} {
				if strings.Contains(doc, bad) {
					t.Errorf("contains %q", bad)
				}
			}
			if bad := regexp.MustCompile(`(d|x|y)="[^"]*(NaN|Inf)`).FindString(doc); bad != "" {
				t.Errorf("a coordinate is no number: %s", bad)
			}
			if len(doc) > 300_000 {
				t.Errorf("%d bytes are too many", len(doc))
			}
		})
	}
	if got := elements(t, gallery()["lines"].SVG()); got["text"] < 12 || got["path"] < 10 {
		t.Errorf("the curves have %v", got)
	}
}

func TestChartPNG(t *testing.T) {
	for name, c := range gallery() {
		data := c.PNG()
		if name == "cjk" {
			if data != nil {
				t.Error("a PNG with ideographs, which the font lacks")
			}
			continue
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		width, height := c.pixels()
		if b := img.Bounds(); b.Dx() != width || b.Dy() != height {
			t.Errorf("%s: %v, want %d × %d", name, b, width, height)
		}
		inked := 0
		for i := 3; i < len(pixels(img)); i += 4 {
			if pixels(img)[i] > 0 {
				inked++
			}
		}
		// Something is drawn, and the background is left transparent.
		if inked < 50 || inked > width*height*9/10 {
			t.Errorf("%s: %d of %d pixels are inked", name, inked, width*height)
		}
		if _, _, _, a := img.At(1, 1).RGBA(); a != 0 {
			t.Errorf("%s: the background is not transparent", name)
		}
	}
}

// pixels are the bytes of img, four for each pixel, alpha last.
func pixels(img image.Image) []byte {
	switch img := img.(type) {
	case *image.RGBA:
		return img.Pix
	case *image.NRGBA:
		return img.Pix
	}
	panic(fmt.Sprintf("a PNG of %T", img))
}

func TestHistogramCountsSumToRows(t *testing.T) {
	values := wave(10007, func(t float64) float64 { return math.Mod(t*37, 1000) })
	for _, bins := range []int{0, 1, 7, 50, 100000} {
		var sum float64
		for _, n := range Hist("", values, bins).figure.(*histogram).counts {
			sum += n
		}
		if sum != 10007 {
			t.Errorf("%d bins hold %v values", bins, sum)
		}
	}
}

// luminance and contrast follow WCAG 2.
func luminance(r, g, b uint8) float64 {
	channel := func(v uint8) float64 {
		c := float64(v) / 255
		if c <= 0.03928 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*channel(r) + 0.7152*channel(g) + 0.0722*channel(b)
}

func contrast(a, b float64) float64 { return (max(a, b) + 0.05) / (min(a, b) + 0.05) }

func TestContrast(t *testing.T) {
	light, dark := luminance(255, 255, 255), luminance(0x11, 0x11, 0x11)
	colors := append(append(palette[:0:0], palette...), inkAxis, ramp(0), ramp(0.25), ramp(0.5), ramp(0.75), ramp(1))
	for _, c := range colors {
		l := luminance(c.R, c.G, c.B)
		if contrast(l, light) < 3 || contrast(l, dark) < 3 {
			t.Errorf("%v: %.2f on white, %.2f on dark", c, contrast(l, light), contrast(l, dark))
		}
	}
	l := luminance(inkText.R, inkText.G, inkText.B)
	if contrast(l, light) < 4 || contrast(l, dark) < 4 {
		t.Errorf("text: %.2f on white, %.2f on dark", contrast(l, light), contrast(l, dark))
	}
}
