package repl

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/repl/sixel/sixeltest"
)

func TestAnswers(t *testing.T) {
	white, black := color.NRGBA{255, 255, 255, 255}, color.NRGBA{0, 0, 0, 255}
	for _, c := range []struct {
		read       string
		sixel      bool
		background color.Color
		typed      string
		done       bool
	}{
		{"", false, nil, "", false},
		{"\x1b[?62;4;22c", true, nil, "", true},
		{"\x1b[?62;22c", false, nil, "", true},
		{"\x1b[?4c", false, nil, "", true}, // a VT132; 4 is no ability here
		{"\x1b[?62;", false, nil, "", false},
		{"\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?64;4c", true, white, "", true},
		{"\x1b]11;rgb:00/00/00\a\x1b[?64;4c", true, black, "", true},
		{"x := 1\r\x1b]11;rgb:0/0/0\ay\x1b[?64;4cz", true, black, "x := 1\ryz", true},
		{"\x1b[A\x1b[?64c", false, nil, "\x1b[A", true},
		{"\x1b]11;rgb:zz/00/00\a\x1b[?64;4c", true, nil, "", true},
	} {
		a, done := answerOf([]byte(c.read))
		if a.sixel != c.sixel || a.background != c.background || string(a.typed) != c.typed || done != c.done {
			t.Errorf("%q: %+v %v", c.read, a, done)
		}
	}
}

// square is a picture of one colour, as a PNG or a JPEG.
func square(t *testing.T, size int, mime string) display.Bundle {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, size, size/2))
	for i := range img.Pix {
		img.Pix[i] = []uint8{200, 0, 0, 255}[i%4]
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	if mime == display.MIMETypeJPEG {
		b.Reset()
		err = jpeg.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return display.Bundle{Data: map[string]any{mime: b.Bytes(), display.MIMETypeText: "a square"}}
}

func TestPictures(t *testing.T) {
	for _, mime := range []string{display.MIMETypePNG, display.MIMETypeJPEG} {
		for size, want := range map[int]int{100: 100, 3000: 80 * 8} { // the width of a terminal that is none
			text, pictures, err := sixeltest.Split(terminal{images: sixelImages}.pictureOf(square(t, size, mime)))
			if err != nil || text != "\n" || len(pictures) != 1 {
				t.Fatalf("%q %v", text, err)
			}
			if got := pictures[0].Bounds().Size(); got != (image.Point{want, want / 2}) {
				t.Errorf("%s of %d: %v", mime, size, got)
			}
		}
		kitty := terminal{images: kittyImages}.pictureOf(square(t, 3000, mime))
		if !strings.HasPrefix(kitty, "\x1b_Ga=T,f=100") || mime == display.MIMETypePNG && !strings.Contains(kitty, ",c=80,") {
			t.Errorf("%.60q", kitty)
		}
		if none := (terminal{}).pictureOf(square(t, 10, mime)); none != "" {
			t.Errorf("%.60q", none)
		}
	}
	broken := display.Bundle{Data: map[string]any{display.MIMETypePNG: []byte("no picture")}}
	if got := (terminal{images: sixelImages}).pictureOf(broken); got != "" {
		t.Errorf("%q", got)
	}
}
