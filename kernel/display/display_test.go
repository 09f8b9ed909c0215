package display

import (
	"errors"
	"image"
	"math/big"
	"strings"
	"testing"
	"time"
)

type point struct{ X, Y int }
type named string
type celsius float64

func (c celsius) String() string { return "warm" }

type card struct{ name string }

func (c card) HTML() string     { return "<b>" + c.name + "</b>" }
func (c card) Markdown() string { panic("not today") }

type everything struct{}

func (everything) MIMEBundle() map[string]any { return map[string]any{"text/html": "<i>all</i>"} }
func (everything) String() string             { return "all" }

type broken struct{}

func (broken) MIMEBundle() map[string]any { panic("broken") }
func (broken) HTML() string               { return "<i>spare</i>" }

func TestText(t *testing.T) {
	var nothing *point
	for _, c := range []struct {
		v    any
		want string
	}{
		{42, "42"}, {1.5, "1.5"}, {true, "true"}, {"a\n\"b\"", `"a\n\"b\""`}, {named("x"), `"x"`}, {celsius(3), "warm"},
		{point{1, 2}, "{X:1 Y:2}"}, {&point{1, 2}, "&{X:1 Y:2}"}, {nothing, "nil"}, {[]int{1, 2}, "[1 2]"},
		{map[string]int{"b": 2, "a": 1}, "map[a:1 b:2]"}, {errors.New("bad"), "bad"}, {big.NewInt(5), "5"}, {3 * time.Second, "3s"},
		{func(int) string { return "" }, "func(int) string"}, {image.NewGray(image.Rect(0, 0, 3, 2)), "*image.Gray 3×2"},
	} {
		if got := Text(c.v); got != c.want {
			t.Errorf("%T: %s, want %s", c.v, got, c.want)
		}
	}
	if got := Text(make([]int, 5000)); !strings.HasSuffix(got, "… 4000 more]") {
		t.Errorf("a long slice ends %q", got[len(got)-20:])
	}
}

func TestResult(t *testing.T) {
	bad := errors.New("no <file>")
	for _, c := range []struct {
		name   string
		values []Value
		text   string
		html   string
	}{
		{"nothing", nil, "", ""},
		{"one", []Value{{2, "int"}}, "2", ""},
		{"nil", []Value{{nil, "any"}}, "", ""},
		{"went well", []Value{{2, "int"}, {nil, "error"}}, "2", ""},
		{"only nil error", []Value{{nil, "error"}}, "", ""},
		{"pair", []Value{{2, "int"}, {"a", "string"}}, `(2, "a")`, ""},
		{"failed", []Value{{0, "int"}, {bad, "error"}}, "(0, no <file>)", "no &lt;file&gt;"},
		{"error", []Value{{bad, "error"}}, "no <file>", "no &lt;file&gt;"},
		{"rich", []Value{{card{"a"}, "card"}, {"<x>", "string"}}, `({name:a}, "<x>")`, "&lt;x&gt;"},
	} {
		b, ok := Result(c.values)
		if ok != (c.text != "") {
			t.Errorf("%s: shown %v", c.name, ok)
			continue
		}
		text, _ := b.Data[MIMETypeText].(string)
		html, _ := b.Data[MIMETypeHTML].(string)
		if text != c.text || (html != "") != (c.html != "") || !strings.Contains(html, c.html) {
			t.Errorf("%s: %q, %q", c.name, text, html)
		}
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		v    any
		want map[string]string // prefix of the content
	}{
		{card{"a"}, map[string]string{MIMETypeHTML: "<b>a</b>", MIMETypeText: "{name:a}"}},
		{everything{}, map[string]string{MIMETypeHTML: "<i>all</i>", MIMETypeText: "all"}},
		{broken{}, map[string]string{MIMETypeHTML: "<i>spare</i>", MIMETypeText: "{}"}},
		{image.NewGray(image.Rect(0, 0, 3, 2)), map[string]string{MIMETypePNG: "\x89PNG", MIMETypeText: "*image.Gray"}},
		{HTML("<b>"), map[string]string{MIMETypeHTML: "<b>", MIMETypeText: "<text/html>"}},
		{Math("x^2"), map[string]string{MIMETypeLatex: "$$x^2$$", MIMETypeText: "$$x^2$$"}},
		{MakeData3("image/png", "plot", []byte("p")), map[string]string{MIMETypePNG: "p", MIMETypeText: "plot"}},
		{(*card)(nil), map[string]string{MIMETypeText: "nil"}},
	} {
		got := Of(c.v).Data
		if len(got) != len(c.want) {
			t.Errorf("%T: %v", c.v, got)
		}
		for mime, want := range c.want {
			content, _ := got[mime].(string)
			if b, ok := got[mime].([]byte); ok {
				content = string(b)
			}
			if !strings.HasPrefix(content, want) {
				t.Errorf("%T: %s is %q, want %q", c.v, mime, got[mime], want)
			}
		}
	}
}

// recorder is a screen that writes down what it is told.
type recorder struct{ log []string }

func (r *recorder) Display(id string, b Bundle) {
	r.log = append(r.log, "display "+id+" "+b.Data[MIMETypeText].(string))
}
func (r *recorder) Update(id string, b Bundle) {
	r.log = append(r.log, "update "+id+" "+b.Data[MIMETypeText].(string))
}
func (r *recorder) Clear(wait bool)                             { r.log = append(r.log, "clear") }
func (r *recorder) Input(prompt string, _ bool) (string, error) { return "me", nil }

func TestScreen(t *testing.T) {
	r := &recorder{}
	defer SetScreen(r)()
	Display(1, Markdown("two"))
	DisplayID("bar", 3)
	UpdateDisplay("bar", 4)
	ClearOutput(true)
	if who, err := Input("who? ", false); who != "me" || err != nil {
		t.Error(who, err)
	}
	if got := strings.Join(r.log, "|"); got != "display  1|display  two|display bar 3|update bar 4|clear" {
		t.Error(got)
	}
}
