package display

import (
	"bytes"
	"image"
	"image/png"
)

// MIME types by the names that gophernotes gives them.
const (
	MIMETypeHTML       = "text/html"
	MIMETypeJavaScript = "application/javascript"
	MIMETypeJPEG       = "image/jpeg"
	MIMETypeJSON       = "application/json"
	MIMETypeLatex      = "text/latex"
	MIMETypeMarkdown   = "text/markdown"
	MIMETypePNG        = "image/png"
	MIMETypePDF        = "application/pdf"
	MIMETypeSVG        = "image/svg+xml"
	MIMETypeText       = "text/plain"
)

// MIMEMap maps MIME types to contents.
type MIMEMap = map[string]any

// forms are the methods that say one form each; a form is absent when its method is.
var forms = []struct {
	mime string
	of   func(v any) (content any, ok bool)
}{
	{MIMETypeHTML, form(func(v interface{ HTML() string }) any { return v.HTML() })},
	{MIMETypeMarkdown, form(func(v interface{ Markdown() string }) any { return v.Markdown() })},
	{MIMETypeSVG, form(func(v interface{ SVG() string }) any { return v.SVG() })},
	{MIMETypeLatex, form(func(v interface{ LaTeX() string }) any { return v.LaTeX() })},
	{MIMETypeLatex, form(func(v interface{ Latex() string }) any { return v.Latex() })},
	{MIMETypeJavaScript, form(func(v interface{ JavaScript() string }) any { return v.JavaScript() })},
	{MIMETypeJSON, form(func(v interface{ JSON() map[string]any }) any { return v.JSON() })},
	{MIMETypePNG, form(func(v interface{ PNG() []byte }) any { return v.PNG() })},
	{MIMETypeJPEG, form(func(v interface{ JPEG() []byte }) any { return v.JPEG() })},
	{MIMETypePDF, form(func(v interface{ PDF() []byte }) any { return v.PDF() })},
	{MIMETypePNG, form(func(v image.Image) any { return encodePNG(v) })},
}

func form[T any](call func(T) any) func(any) (any, bool) {
	return func(v any) (any, bool) {
		t, ok := v.(T)
		if !ok {
			return nil, false
		}
		content := call(t)
		switch c := content.(type) { // a method that has nothing to say offers no form
		case string:
			ok = c != ""
		case []byte:
			ok = len(c) > 0
		case map[string]any:
			ok = c != nil
		}
		return content, ok
	}
}

// render asks v for its forms. A method that panics costs that form only.
func render(v any, b *Bundle) {
	if isNil(v) {
		return
	}
	whole := []func() (Bundle, bool){
		func() (Bundle, bool) {
			r, ok := v.(interface{ MIMEBundle() map[string]any })
			if !ok {
				return Bundle{}, false
			}
			return Bundle{Data: r.MIMEBundle()}, true
		},
		func() (Bundle, bool) {
			r, ok := v.(interface{ Render() Data })
			if !ok {
				return Bundle{}, false
			}
			return r.Render().bundle(), true
		},
		func() (Bundle, bool) {
			r, ok := v.(interface{ SimpleRender() MIMEMap })
			if !ok {
				return Bundle{}, false
			}
			return Bundle{Data: r.SimpleRender()}, true
		},
	}
	for _, f := range whole {
		if r, ok := guarded(f); ok && len(r.Data) > 0 {
			*b = r
			return
		}
	}
	for _, f := range forms {
		content, ok := guarded(func() (any, bool) { return f.of(v) })
		if _, have := b.Data[f.mime]; ok && !have {
			b.Data[f.mime] = content
		}
	}
}

func guarded[T any](f func() (T, bool)) (v T, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return f()
}

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	if png.Encode(&b, img) != nil {
		return nil
	}
	return b.Bytes()
}
