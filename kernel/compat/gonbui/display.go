package gonbui

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"log"
	"math/rand/v2"
	"sync"

	"github.com/goray/goray/kernel/compat/gonbui/protocol"
	"github.com/goray/goray/kernel/display"
)

// Debug makes Logf print.
var Debug bool

// Logf logs where Debug is true.
func Logf(format string, args ...any) {
	if Debug {
		log.Printf(format, args...)
	}
}

// Error is what broke the connection to the notebook. There is none that could break: it is nil.
func Error() error { return nil }

// Open connects to the notebook. That has been done.
func Open() error { return nil }

// Sync returns when everything was shown: at once, since nothing is on its way.
func Sync() {}

// IsNotebook says whether the program runs in a notebook.
const IsNotebook = true

// UniqueId returns an id that nothing else has.
func UniqueId() string { return fmt.Sprintf("%016x", rand.Uint64()) }

// UniqueID is UniqueId.
func UniqueID() string { return UniqueId() }

// shown are the ids that were displayed, by the cell that did: an update needs an output.
var shown struct {
	sync.Mutex
	ids map[string]bool
}

// SendData shows data; with a DisplayID that was shown before, in the place of that.
func SendData(data *protocol.DisplayData) {
	b := display.Bundle{Data: map[string]any{}, Metadata: data.Metadata}
	for mime, content := range data.Data {
		b.Data[string(mime)] = content
	}
	id := data.DisplayID
	if id == "" {
		display.Display(b)
		return
	}
	shown.Lock()
	again := shown.ids[id]
	if shown.ids == nil {
		shown.ids = map[string]bool{}
	}
	shown.ids[id] = true
	shown.Unlock()
	if again {
		display.UpdateDisplay(id, b)
	} else {
		display.DisplayID(id, b)
	}
}

func send(id string, mime protocol.MIMEType, content any) {
	SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{mime: content}, DisplayID: id})
}

// DisplayHTML shows HTML.
func DisplayHTML(html string) { send("", protocol.MIMETextHTML, html) }

// DisplayHtml is DisplayHTML.
func DisplayHtml(html string) { DisplayHTML(html) }

// DisplayHTMLF shows HTML that fmt.Sprintf makes.
func DisplayHTMLF(format string, args ...any) { DisplayHTML(fmt.Sprintf(format, args...)) }

// DisplayHtmlf is DisplayHTMLF.
func DisplayHtmlf(format string, args ...any) { DisplayHTMLF(format, args...) }

// DisplayMarkdown shows Markdown, with formulas between dollars.
func DisplayMarkdown(markdown string) { send("", protocol.MIMETextMarkdown, markdown) }

// UpdateHTML shows HTML under id, in the place of what was shown under it before.
func UpdateHTML(id, html string) { send(id, protocol.MIMETextHTML, html) }

// UpdateHtml is UpdateHTML.
func UpdateHtml(id, html string) { UpdateHTML(id, html) }

// UpdateMarkdown is UpdateHTML for Markdown.
func UpdateMarkdown(id, markdown string) { send(id, protocol.MIMETextMarkdown, markdown) }

// DisplayPNG shows an encoded picture.
func DisplayPNG(png []byte) { send("", protocol.MIMEImagePNG, png) }

// DisplayPng is DisplayPNG.
func DisplayPng(png []byte) { DisplayPNG(png) }

// DisplaySVG shows a drawing.
func DisplaySVG(svg string) { send("", protocol.MIMEImageSVG, svg) }

// DisplaySvg is DisplaySVG.
func DisplaySvg(svg string) { DisplaySVG(svg) }

// DisplayImage shows a picture, encoded as PNG.
func DisplayImage(img image.Image) error {
	b, err := encode(img)
	if err == nil {
		DisplayPNG(b)
	}
	return err
}

// EmbedImageAsPNGSrc returns a picture as the src attribute of an HTML image.
func EmbedImageAsPNGSrc(img image.Image) (string, error) {
	b, err := encode(img)
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(b), err
}

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("gonbui: the picture cannot be encoded: %w", err)
	}
	return b.Bytes(), nil
}

// ScriptJavascript runs JavaScript in the page. A front end that runs no scripts shows nothing,
// and a saved notebook runs it again when it is opened and trusted.
func ScriptJavascript(js string) {
	SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{
		"application/javascript": js,
		protocol.MIMETextPlain:   "",
	}})
}
