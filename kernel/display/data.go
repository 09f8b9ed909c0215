package display

import (
	"fmt"
	"image"
	"os"
	"strings"
)

// Data is something to show: as the last expression of a cell, or given to Display.
type Data struct {
	Data      MIMEMap
	Metadata  MIMEMap
	Transient MIMEMap // "display_id" names the output, see UpdateDisplay
}

func (d Data) bundle() Bundle { return Bundle{Data: d.Data, Metadata: d.Metadata} }

// String is the text form.
func (d Data) String() string {
	text, _ := complete(d.bundle(), "").Data[MIMETypeText].(string)
	return text
}

// HTML shows s as HTML. It is shown as it is: escape what comes from elsewhere.
func HTML(s string) Data { return Any(MIMETypeHTML, s) }

// Markdown shows s as Markdown.
func Markdown(s string) Data { return Any(MIMETypeMarkdown, s) }

// Latex shows s as LaTeX.
func Latex(s string) Data { return Any(MIMETypeLatex, s) }

// Math shows s as a LaTeX formula.
func Math(s string) Data { return Any(MIMETypeLatex, "$$"+strings.Trim(s, "$")+"$$") }

// SVG shows s as a drawing.
func SVG(s string) Data { return Any(MIMETypeSVG, s) }

// JavaScript runs s in front ends that allow it.
func JavaScript(s string) Data { return Any(MIMETypeJavaScript, s) }

// PNG shows an encoded picture.
func PNG(b []byte) Data { return Any(MIMETypePNG, b) }

// JPEG shows an encoded picture.
func JPEG(b []byte) Data { return Any(MIMETypeJPEG, b) }

// PDF shows a document.
func PDF(b []byte) Data { return Any(MIMETypePDF, b) }

// JSON shows v, which encoding/json must be able to encode, as a tree.
func JSON(v any) Data { return Any(MIMETypeJSON, v) }

// Image shows a picture, encoded as PNG.
func Image(img image.Image) Data {
	return MIME(MIMEMap{MIMETypePNG: encodePNG(img), MIMETypeText: Text(img)}, nil)
}

// MIME shows data, which maps MIME types to contents. The metadata may be nil.
func MIME(data, metadata MIMEMap) Data { return Data{Data: data, Metadata: metadata} }

// Any shows content as what its MIME type says: a string, bytes, or for JSON types any value.
func Any(mimeType string, content any) Data { return MIME(MIMEMap{mimeType: content}, nil) }

// MakeData is Any under the name that gophernotes gives it.
func MakeData(mimeType string, content any) Data { return Any(mimeType, content) }

// MakeData3 shows content with a text for those who cannot show it.
func MakeData3(mimeType, plaintext string, content any) Data {
	return MIME(MIMEMap{mimeType: content, MIMETypeText: plaintext}, nil)
}

// Auto shows v in every form that it offers, as the result of a cell would be.
func Auto(v any) Data {
	b := Of(v)
	return MIME(b.Data, b.Metadata)
}

// File shows the content of a file. It panics when the file cannot be read.
func File(mimeType, path string) Data {
	b, err := os.ReadFile(path)
	if err != nil {
		panic(fmt.Errorf("display: %w", err))
	}
	if strings.HasPrefix(mimeType, "text/") || mimeType == MIMETypeSVG || mimeType == MIMETypeJavaScript {
		return Any(mimeType, string(b))
	}
	return Any(mimeType, b)
}
