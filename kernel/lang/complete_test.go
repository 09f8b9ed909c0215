package lang

import (
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/goray/goray/kernel/engine"
)

// prepared is a session with something to complete.
func prepared(t testing.TB) *Session {
	t.Helper()
	src := fstest.MapFS{"box.go": {Data: []byte(`// Package box holds things.
package box

// Box is a container of one thing.
type Box struct {
	// Size is in bytes.
	Size int
	hidden bool
}

// Open opens the box and returns what it finds.
func (b *Box) Open(key string) (any, error) { return nil, nil }

// New makes a box.
func New(size int) *Box { return &Box{Size: size} }
`)}}
	pkgs, err := NewPackages([]engine.Package{{Path: "example.com/box", Short: "box", Predeclared: "box", Source: src}})
	if err != nil {
		t.Fatal(err)
	}
	s := NewSession(pkgs)
	for i, c := range []string{
		"counter := 1\ntype Inner struct{ Deep int }\nfunc (Inner) Promoted() {}\n// Point is a place.\ntype Point struct { X, Y float64; Label string; Inner }\n\n// Norm is its length.\nfunc (p *Point) Norm() float64 { return p.X }\nvar pt Point\npoints := []Point{}",
		"import \"net/http\"\nclient := http.DefaultClient",
		"points[0]",
	} {
		checked, err := s.Check(engine.Cell{Number: i + 1, Source: c})
		if err != nil {
			t.Fatal(err)
		}
		s.Commit(checked)
	}
	return s
}

func TestComplete(t *testing.T) {
	s := prepared(t)
	for _, c := range []struct{ source, want string }{
		{"coun|", "counter:variable:int"},
		{"pt.|", "Deep:field:int Inner:field:Inner Label:field:string Norm:method:func()·float64 Promoted:method:func() X:field:float64 Y:field:float64"},
		{"pt.no|", "Norm:method:func()·float64"},
		{"points[0].La|", "Label:field:string"},
		{"strings.ToUp|", "ToUpper:function:func(s·string)·string ToUpperSpecial:function:func(c·unicode.SpecialCase,·s·string)·string"},
		{"client.Do|", "Do:method:func(req·*http.Request)·(*http.Response,·error)"},
		{"http.MethodDel|", "MethodDelete:constant:\"DELETE\""},
		{"box.|", "Box:type:struct New:function:func(size·int)·*box.Box"},
		{"b := box.New(1)\nb.|", "Open:method:func(key·string)·(any,·error) Size:field:int"},
		{"Point{X: 1, L|}", "Label:field:string len:function: list:package:container/list log:package:log lzw:package:compress/lzw"},
		{"import \"net/ht|", "net/http:package: net/http/cgi:package: net/http/cookiejar:package: net/http/fcgi:package: net/http/httptest:package: net/http/httptrace:package: net/http/httputil:package: net/http/pprof:package:"},
		{"import (\n\t\"bo|", "box:package:"},
		{"func f(argument int) {\n\tlocalName := 1\n\tloc|\n", "localName:variable:int"},
		{"func f(argument int) {\n\targ|\n}", "argument:variable:int"},
		{"x := 1 +\nif counter > { }\ncoun|", "counter:variable:int"},
		{"var broken int = \"s\"\nlocal := pt\nlocal.Lab|", "Label:field:string"},
		{"f(strings.TrimSp|", "TrimSpace:function:func(s·string)·string"},
		{"for _, p := range points { p.Nor|", "Norm:method:func()·float64"},
		{"\"in a coun|", ""},
		{"// coun|", ""},
		{"fallth|", "fallthrough:keyword:"},
		{"pt.Inner.|", "Deep:field:int Promoted:method:func()"},
		{"(*Point).|", "Norm:method:func()·float64 Promoted:method:func()"},
		{"pt.X.|", ""},
		{"undefined.|", ""},
		{"Out[3].La|", "Label:field:string"},
		{"_.No|", "Norm:method:func()·float64"},
		{"Ou|", "Out:variable:results·of·cells"},
		{"var z map[string]Point\nz[\"a\"].La|\nz[1]", "Label:field:string"},
	} {
		cursor := strings.Index(c.source, "|")
		source := c.source[:cursor] + c.source[cursor+1:]
		got := s.Complete(source, cursor)
		var words []string
		for _, it := range got.Items {
			words = append(words, it.Text+":"+it.Kind+":"+strings.ReplaceAll(it.Signature, " ", "·"))
		}
		if g := strings.Join(words, " "); g != c.want {
			t.Errorf("%q:\n\tgot  %s\n\twant %s", c.source, g, c.want)
		}
		if got.End != cursor || got.Start > got.End {
			t.Errorf("%q: range %d to %d", c.source, got.Start, got.End)
		}
	}
}

// TestLooksBesideCells completes and inspects while cells are checked; run with -race.
func TestLooksBesideCells(t *testing.T) {
	s := prepared(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 20 {
				s.Complete("pt.", 3)
				s.Complete("renamed.", 8)
				s.Inspect("strings.ToUpper(counter)", 9, 1)
				s.IsComplete("if counter > 1 {")
			}
		})
	}
	for i := range 50 {
		c, err := s.Check(engine.Cell{Number: 10 + i, Source: "renamed := counter\ncounter := renamed + counter\nrenamed, counter = counter, renamed\ntype Point struct{ X int }\nvar pt Point\nslices.Sorted(maps.Keys(map[int]int{}))"})
		if err != nil {
			t.Fatal(err)
		}
		s.Commit(c)
	}
	wg.Wait()
}

func TestInspect(t *testing.T) {
	s := prepared(t)
	for _, c := range []struct{ source, signature, doc string }{
		{"b|ox.New(1)", `package box // import "example.com/box"`, "Package box holds things."},
		{"box.Ne|w(1)", "func box.New(size int) *box.Box", "New makes a box."},
		{"box.New(1).Op|en", "func (*box.Box).Open(key string) (any, error)", "Open opens the box and returns what it finds."},
		{"box.New(1).Size|", "field Size int", "Size is in bytes."},
		{"box.New(|", "func box.New(size int) *box.Box", "New makes a box."},
		{"pt.No|rm()", "func (*Point).Norm() float64", "Norm is its length."},
		{"Poi|nt{}", "type Point struct{X float64; Y float64; Label string; Inner}", "Point is a place."},
		{"counter|", "var counter int", ""},
		{"slices.Reve|rse(points)", "func slices.Reverse[S ~[]E, E any](s S)", "Reverse reverses the elements of the slice in place."},
		{"le|n(points)", "func len", "The len built-in function"},
		{"x := 1 +\npt.Norm|(", "func (*Point).Norm() float64", "Norm is its length."},
		{"   |", "", ""},
	} {
		cursor := strings.Index(c.source, "|")
		got, ok := s.Inspect(c.source[:cursor]+c.source[cursor+1:], cursor, 1)
		if ok != (c.signature != "") || got.Signature != c.signature {
			t.Errorf("%q: %v %q, want %q", c.source, ok, got.Signature, c.signature)
		}
		if !strings.HasPrefix(got.Doc, c.doc) && (goroot() != "" || got.Package != "builtin") {
			t.Errorf("%q: doc %q, want %q", c.source, got.Doc, c.doc)
		}
	}
	in, _ := s.Inspect("pt.Norm()", 4, 1)
	if !strings.HasPrefix(in.Source, "func (p *Point) Norm()") {
		t.Errorf("source %q", in.Source)
	}
	in, _ = s.Inspect("box.New", 5, 1)
	if !strings.HasPrefix(in.Source, "func New(size int) *Box {") {
		t.Errorf("source %q", in.Source)
	}
}

func TestIsComplete(t *testing.T) {
	s := prepared(t)
	for _, c := range []struct {
		source string
		want   engine.Completeness
		indent string
	}{
		{"x := 1", engine.Complete, ""},
		{"", engine.Complete, ""},
		{"undefinedName", engine.Complete, ""},
		{"for {", engine.Incomplete, "\t"},
		{"for {\n\tif true {", engine.Incomplete, "\t\t"},
		{"f(1,", engine.Incomplete, "\t"},
		{"x := `raw", engine.Incomplete, ""},
		{"/* comment", engine.Incomplete, ""},
		{"x := 1 +", engine.Incomplete, "\t"},
		{"x.", engine.Incomplete, "\t"},
		{"x++", engine.Complete, ""},
		{"func", engine.Incomplete, "\t"},
		{"}", engine.Invalid, ""},
		{"x := \"open", engine.Invalid, ""},
		{"x := := 1", engine.Invalid, ""},
		{"return", engine.Complete, ""},
		{"import \"fmt\"\nfunc main() {\n}", engine.Complete, ""},
		{"f(]", engine.Invalid, ""},
	} {
		got, indent := s.IsComplete(c.source)
		if got != c.want || indent != c.indent {
			t.Errorf("%q: %s %q, want %s %q", c.source, got, indent, c.want, c.indent)
		}
	}
}
