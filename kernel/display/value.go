package display

import (
	"fmt"
	"html"
	"reflect"
	"strings"
)

// Value is one value of a cell's last expression with its static type, as the source would
// write it.
type Value struct {
	V    any
	Type string
}

// Result is what a cell shows for the values of its last expression; ok is false when that is
// nothing. A nil error, as of a call that went well, is left out; nil shows nothing; several
// values are shown as "(a, b)".
func Result(values []Value) (b Bundle, ok bool) {
	var shown []Value
	for _, v := range values {
		if v.Type == "error" && isNil(v.V) {
			continue
		}
		shown = append(shown, v)
	}
	switch {
	case len(shown) == 0:
		return Bundle{}, false
	case len(shown) == 1:
		if isNil(shown[0].V) || showsItself(shown[0].V) {
			return Bundle{}, false
		}
		return Of(shown[0].V), true
	}
	var texts, forms []string
	rich := false
	for _, v := range shown {
		one := Of(v.V)
		text, _ := one.Data[MIMETypeText].(string)
		texts = append(texts, text)
		form, ok := one.Data[MIMETypeHTML].(string)
		if !ok {
			form = "<pre>" + html.EscapeString(text) + "</pre>"
		}
		forms, rich = append(forms, form), rich || ok
	}
	b.Data = map[string]any{MIMETypeText: "(" + strings.Join(texts, ", ") + ")"}
	if rich {
		b.Data[MIMETypeHTML] = "<div>" + strings.Join(forms, "\n") + "</div>"
	}
	return b, true
}

// showsItself lets a value that goes on changing show itself, in an output that is updated after the
// cell, where the screen can do that: it is no result then. Like the other methods, this one panics for
// itself.
func showsItself(v any) bool {
	l, ok := v.(interface{ ShowLive() bool })
	if !ok {
		return false
	}
	if s, ok := screen.Load().(holder).Screen.(interface{ Lasting() bool }); !ok || !s.Lasting() {
		return false
	}
	shown, ok := guarded(func() (bool, bool) { return l.ShowLive(), true })
	return ok && shown
}

func isNil(v any) bool {
	if v == nil {
		return true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return r.IsNil()
	}
	return false
}

// Of is v in every form that it offers; text/plain is always among them.
func Of(v any) Bundle {
	switch v := v.(type) {
	case Bundle:
		return complete(v, "")
	case Data:
		return complete(v.bundle(), "")
	}
	b := Bundle{Data: map[string]any{}}
	render(v, &b)
	if err, ok := v.(error); ok && len(b.Data) == 0 && !isNil(v) {
		text := Text(v)
		b.Data[MIMETypeHTML] = errorCard(fmt.Sprintf("%T", err), text)
		b.Data[MIMETypeText] = text
		return b
	}
	if _, ok := b.Data[MIMETypeText]; ok {
		return b
	}
	return complete(b, Text(v))
}

// complete adds what every bundle has.
func complete(b Bundle, text string) Bundle {
	if _, ok := b.Data[MIMETypeText]; ok {
		return b
	}
	data := make(map[string]any, len(b.Data)+1)
	for k, v := range b.Data {
		data[k] = v
	}
	if text == "" && len(data) > 0 {
		text = plainOf(data)
	}
	data[MIMETypeText] = text
	b.Data = data
	return b
}

// plainOf finds words for data without text/plain: Markdown and LaTeX read well as they are, the
// rest is named.
func plainOf(data map[string]any) string {
	for _, mime := range []string{MIMETypeMarkdown, MIMETypeLatex} {
		if s, ok := data[mime].(string); ok {
			return s
		}
	}
	for _, mime := range []string{MIMETypeHTML, MIMETypeSVG, MIMETypePNG, MIMETypeJPEG, MIMETypePDF, MIMETypeJSON, MIMETypeJavaScript} {
		if _, ok := data[mime]; ok {
			return "<" + mime + ">"
		}
	}
	return ""
}

func errorCard(typ, text string) string {
	return `<div style="border-left:3px solid #c62828;padding:.3em .8em"><code style="color:#c62828">` +
		html.EscapeString(typ) + `</code><pre style="margin:.2em 0;white-space:pre-wrap">` + html.EscapeString(text) + `</pre></div>`
}
