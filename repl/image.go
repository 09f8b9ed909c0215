package repl

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"strings"

	"golang.org/x/image/draw"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/repl/sixel"
)

// imageProtocol is a way to show a picture in a terminal.
type imageProtocol int

const (
	noImages imageProtocol = iota
	kittyImages
	itermImages
	sixelImages
)

// envImages overrides what we find out: none, kitty, iterm or sixel.
const envImages = "GORAY_IMAGES"

var imageNames = map[string]imageProtocol{"none": noImages, "kitty": kittyImages, "iterm": itermImages, "sixel": sixelImages}

// imagesOf knows the terminals that say in the environment which pictures they show; sure is false
// where the terminal itself has to be asked. Inside tmux and screen the environment is that of
// another terminal, and kitty's and iTerm's sequences would be swallowed.
func imagesOf(getenv func(string) string) (p imageProtocol, sure bool) {
	if p, ok := imageNames[getenv(envImages)]; ok {
		return p, true
	}
	if getenv("TMUX") != "" || strings.HasPrefix(getenv("TERM"), "screen") || strings.HasPrefix(getenv("TERM"), "tmux") {
		return noImages, false
	}
	program := getenv("TERM_PROGRAM")
	switch {
	case getenv("KITTY_WINDOW_ID") != "" || getenv("TERM") == "xterm-kitty" || program == "ghostty":
		return kittyImages, true
	case program == "iTerm.app" || program == "WezTerm" || getenv("LC_TERMINAL") == "iTerm2":
		return itermImages, true
	}
	return noImages, false
}

// maxPixels is the size of a picture that is decoded; a larger one is a file of a few bytes that
// takes all memory, or nothing for a terminal.
const maxPixels = 64 << 20

// pictureOf is the sequence that shows a bundle's picture at the cursor; empty when the bundle has
// none that the terminal shows.
func (t terminal) pictureOf(b display.Bundle) string {
	data, ok := b.Data[display.MIMETypePNG].([]byte)
	if !ok {
		if data, ok = b.Data[display.MIMETypeJPEG].([]byte); !ok || t.images == noImages {
			return ""
		}
	}
	switch t.images {
	case itermImages:
		return itermSequence(data)
	case noImages:
		return ""
	}
	cfg, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || cfg.Width <= 0 || cfg.Height <= 0 || cfg.Width > maxPixels/cfg.Height {
		return ""
	}
	width, height := t.pixels()
	if t.images == kittyImages && format == "png" {
		columns := 0
		if cfg.Width > width {
			columns = t.columns()
		}
		return kittySequence(data, columns)
	}
	img, err := decodePicture(data, format)
	if err != nil {
		return ""
	}
	img = fit(img, width, height)
	var out bytes.Buffer
	if t.images == kittyImages {
		if png.Encode(&out, img) != nil {
			return ""
		}
		return kittySequence(out.Bytes(), 0)
	}
	if sixel.Encode(&out, img, t.background) != nil {
		return ""
	}
	return out.String() + "\n"
}

func decodePicture(data []byte, format string) (image.Image, error) {
	if format == "jpeg" {
		return jpeg.Decode(bytes.NewReader(data))
	}
	return png.Decode(bytes.NewReader(data))
}

// fit makes a picture smaller that is larger than the screen.
func fit(img image.Image, width, height int) image.Image {
	size := img.Bounds().Size()
	if size.X <= width && size.Y <= height {
		return img
	}
	scale := min(float64(width)/float64(size.X), float64(height)/float64(size.Y))
	small := image.NewNRGBA(image.Rect(0, 0, max(1, int(float64(size.X)*scale)), max(1, int(float64(size.Y)*scale))))
	draw.CatmullRom.Scale(small, small.Bounds(), img, img.Bounds(), draw.Src, nil)
	return small
}

// itermSequence shows a file; the terminal makes it fit.
func itermSequence(data []byte) string {
	return fmt.Sprintf("\x1b]1337;File=inline=1;size=%d:%s\a\n", len(data), base64.StdEncoding.EncodeToString(data))
}

// kittySequence shows a PNG, in pieces, over so many columns; 0 is its own size.
func kittySequence(png []byte, columns int) string {
	const chunk = 4096
	data := base64.StdEncoding.EncodeToString(png)
	size := ""
	if columns > 0 {
		size = fmt.Sprintf(",c=%d", columns)
	}
	var b strings.Builder
	for first := true; first || data != ""; first = false {
		part := data[:min(chunk, len(data))]
		data = data[len(part):]
		more := 0
		if data != "" {
			more = 1
		}
		if first {
			fmt.Fprintf(&b, "\x1b_Ga=T,f=100,q=2%s,m=%d;%s\x1b\\", size, more, part)
		} else {
			fmt.Fprintf(&b, "\x1b_Gm=%d;%s\x1b\\", more, part)
		}
	}
	return b.String() + "\n"
}
