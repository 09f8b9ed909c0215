package sixel_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/goray/goray/repl/sixel"
	"github.com/goray/goray/repl/sixel/sixeltest"
	"github.com/goray/goray/viz"
)

// keep leaves a picture for whoever wants to look, in the folder GORAY_PICTURES.
func keep(t *testing.T, name string, img image.Image) {
	if dir := os.Getenv("GORAY_PICTURES"); dir != "" {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+".png"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// off is how far two pictures are from each other, in the root of the mean square of a channel, and
// at most. Pixels that got does not have are to be transparent in want.
func off(t *testing.T, got *image.NRGBA, want image.Image, page color.Color) (mean float64, most int) {
	t.Helper()
	if got.Bounds().Size() != want.Bounds().Size() {
		t.Fatalf("size %v, want %v", got.Bounds().Size(), want.Bounds().Size())
	}
	flat := image.NewNRGBA(got.Bounds())
	draw.Draw(flat, flat.Bounds(), image.NewUniform(page), image.Point{}, draw.Src)
	draw.Draw(flat, flat.Bounds(), want, want.Bounds().Min, draw.Over)
	sum, n := 0.0, 0
	for i := 0; i < len(got.Pix); i += 4 {
		if got.Pix[i+3] == 0 {
			continue
		}
		for k := range 3 {
			d := int(got.Pix[i+k]) - int(flat.Pix[i+k])
			sum += float64(d * d)
			n++
			most = max(most, d, -d)
		}
	}
	return math.Sqrt(sum / float64(max(n, 1))), most
}

func encoded(t *testing.T, img image.Image, background color.Color) *image.NRGBA {
	t.Helper()
	var b bytes.Buffer
	if err := sixel.Encode(&b, img, background); err != nil {
		t.Fatal(err)
	}
	out, err := sixeltest.Decode(b.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v: %d bytes", img.Bounds().Size(), b.Len())
	return out
}

func TestFewColours(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {7, 5}, {30, 6}, {31, 13}, {0, 0}} {
		img := image.NewRGBA(image.Rect(3, 4, 3+size.X, 4+size.Y))
		for y := range size.Y {
			for x := range size.X {
				img.Set(3+x, 4+y, color.RGBA{uint8(x%3) * 100, uint8(y%2) * 200, 50, 255})
			}
		}
		// A colour is written in per cent: 255 steps become 101.
		if _, most := off(t, encoded(t, img, nil), img, color.White); most > 3 {
			t.Errorf("%v: a channel is off by %d", size, most)
		}
	}
}

func TestManyColours(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 200, 120))
	for y := range 120 {
		for x := range 200 {
			img.Set(x, y, color.RGBA{uint8(x * 255 / 199), uint8(y * 255 / 119), uint8((x + y) * 255 / 318), 255})
		}
	}
	got := encoded(t, img, nil)
	keep(t, "gradient", got)
	if mean, _ := off(t, got, img, color.White); mean > 12 {
		t.Errorf("the colours are off by %.1f", mean)
	}
}

func TestChart(t *testing.T) {
	var values []float64
	for i := range 100 {
		values = append(values, math.Sin(float64(i)/8)*float64(i))
	}
	picture, err := png.Decode(bytes.NewReader(viz.Hist("values", values, 30).PNG()))
	if err != nil {
		t.Fatal(err)
	}
	dark := color.NRGBA{0x11, 0x11, 0x11, 0xff}
	for name, page := range map[string]color.Color{"chart": nil, "chart-dark": dark} {
		got := encoded(t, picture, page)
		behind := page
		if page == nil {
			behind = color.White
		}
		if mean, most := off(t, got, picture, behind); mean > 4 {
			t.Errorf("%s: off by %.1f, at most %d", name, mean, most)
		}
		transparent := 0
		for i := 3; i < len(got.Pix); i += 4 {
			if got.Pix[i] == 0 {
				transparent++
			}
		}
		if (transparent > 0) != (page != nil) {
			t.Errorf("%s: %d pixels are left as they were", name, transparent)
		}
		whole := image.NewNRGBA(got.Bounds())
		draw.Draw(whole, whole.Bounds(), image.NewUniform(behind), image.Point{}, draw.Src)
		draw.Draw(whole, whole.Bounds(), got, image.Point{}, draw.Over)
		keep(t, name, whole)
	}
}

func ExampleEncode() {
	img := image.NewGray(image.Rect(0, 0, 8, 2)) // two black rows
	var b bytes.Buffer
	if err := sixel.Encode(&b, img, nil); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%q\n", b.String())
	// Output:
	// "\x1bP0;1;0q\"1;1;8;2#0;2;0;0;0#0!8B\x1b\\"
}

func BenchmarkEncode(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 800, 500))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i >> 8)
	}
	for b.Loop() {
		if err := sixel.Encode(bytes.NewBuffer(nil), img, nil); err != nil {
			b.Fatal(err)
		}
	}
}
