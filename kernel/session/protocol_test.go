package session

import (
	"testing"

	"github.com/goray/goray/kernel/display"
)

func TestShow(t *testing.T) {
	for _, c := range []struct {
		mime string
		v    any
		want string
	}{
		{"text/plain", "a\"b", `"a\"b"`},
		{"text/html", []byte("<b>"), `"\u003cb\u003e"`},
		{"image/svg+xml", []byte("x"), `"x"`},
		{"image/png", []byte("png"), `"cG5n"`},
		{"application/json", map[string]int{"a": 1}, `{"a":1}`},
		{"application/vnd.vegalite.v5+json", `{"a":1}`, `{"a":1}`},
		{"application/vnd.vegalite.v5+json", []byte(`{"a":1}`), `{"a":1}`},
		{"application/json", "word", `"word"`},
	} {
		s := show("", display.Bundle{Data: map[string]any{c.mime: c.v}})
		if got := string(s.Data[c.mime]); got != c.want {
			t.Errorf("%s %v: %s, want %s", c.mime, c.v, got, c.want)
		}
	}
	s := show("", display.Bundle{Data: map[string]any{"application/json": func() {}}})
	if len(s.Data["text/plain"]) == 0 {
		t.Error("a form that JSON cannot say is not mentioned")
	}
}

func TestMentions(t *testing.T) {
	for source, want := range map[string]bool{
		"Display(x)": true, "x; Display": true, "display.Display(x)": false, "UpdateDisplay(x)": false, "Displays": false, "": false,
		"display.Display(Display)": true, "日Display": false,
	} {
		if mentions(source, "Display") != want {
			t.Errorf("%q", source)
		}
	}
}
