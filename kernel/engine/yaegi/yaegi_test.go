package yaegi

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

func session(t *testing.T) engine.Engine {
	t.Helper()
	e, err := New(engine.Config{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestCells(t *testing.T) {
	e := session(t)
	for i, c := range []struct{ source, want string }{
		{"x := 40\nx + 2", "42 int"},
		{"fmt.Sprint(x)", "40 string"},
		{"func square(n int) int { return n * n }\ny := square(x)\ny", "1600 int"},
		{"strconv.Atoi(\"12\")", "12 int, <nil> error"},
		{"func later() int { return z }\nz := 7\nlater()", "7 int"},
		{"import \"strings\"\nstrings.ToUpper(\"a\")", "A string"},
		{"type P struct{ A int }\nP{3}.A", "3 int"},
		{"x = 5;", ""},
		{"x", "5 int"},
		{"y +", "error In[10]:1:4: syntax error: expected operand, found the end of the cell"},
		{"undefinedName", "error In[11]:1:1: undefined: undefinedName"},
		{"panic(\"boom\")", "error panic: boom"},
		{"var e error = io.EOF\ne", "EOF error"},
		{"for i := 0; i < 3; i++ { x += i }\nx", "8 int"},
	} {
		res, err := e.Execute(context.Background(), engine.Cell{Number: i + 1, Source: c.source})
		var words []string
		for _, v := range res.Values {
			if v.Reflect.IsValid() {
				words = append(words, fmt.Sprint(v.Reflect.Interface(), " ", v.Type))
			} else {
				words = append(words, "<nil> "+v.Type)
			}
		}
		got := strings.Join(words, ", ")
		if err != nil {
			got = "error " + err.Error()
		}
		if got != c.want {
			t.Errorf("%q: got %s, want %s", c.source, got, c.want)
		}
	}
	found := false
	for _, v := range e.Variables() {
		found = found || v.Name == "x" && v.Type == "int" && v.Value.IsValid() && v.Value.Int() == 8
	}
	if !found {
		t.Errorf("x is not among %v", e.Variables())
	}
	if c := e.Complete("squ", 3); len(c.Items) != 1 || c.Items[0].Text != "square" {
		t.Errorf("completions %v", c.Items)
	}
	if e.Code() != nil {
		t.Error("yaegi cannot ship code")
	}
}

func TestInterrupt(t *testing.T) {
	e := session(t)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	_, err := e.Execute(ctx, engine.Cell{Number: 1, Source: "for { }"})
	if !errors.Is(err, engine.ErrInterrupted) {
		t.Errorf("error %v", err)
	}
	res, err := e.Execute(context.Background(), engine.Cell{Number: 2, Source: "1 + 1"})
	if err != nil || len(res.Values) != 1 || res.Values[0].Reflect.Int() != 2 {
		t.Errorf("the next cell: %v, %v", res, err)
	}
}

func TestPackages(t *testing.T) {
	count := 3
	type box struct{ Size int }
	e, err := New(engine.Config{Packages: []engine.Package{{
		Path: "example.com/box", Predeclared: "box",
		Symbols: []engine.Symbol{{Name: "Box", Value: (*box)(nil)}, {Name: "Count", Value: &count}, {Name: "New", Value: func(n int) box { return box{n} }}},
		Source:  source{},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	res, err := e.Execute(context.Background(), engine.Cell{Number: 1, Source: "box.Count++\nbox.New(box.Count).Size + box.Extra"})
	if err != nil || len(res.Values) != 1 || res.Values[0].Reflect.Int() != 14 || count != 4 {
		t.Errorf("%v, %v, count %d", res, err, count)
	}
}
