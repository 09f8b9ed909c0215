package typed_test

import (
	"context"
	"errors"
	"testing"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
)

// TestTraceLines: a value is computed where it is used, but a trace names the line where it stands.
func TestTraceLines(t *testing.T) {
	for src, line := range map[string]int{
		"x := 1 +\n\ts[i]":                                      4,
		"x := s[i] +\n\t1":                                      3,
		"x := s[0]*2 +\n\ts[0] +\n\ts[i]*3":                     5,
		"f := func(a, b int) int { return a }\nf(1,\n\ts[i])":   5,
		"y := s[0]\nif y > 0 &&\n\ts[i] > 0 {\n}":               5,
		"s[0] =\n\ts[i]":                                        4,
		"type T struct{ a int }\nvar p *T\ny := 1\ny +=\n\tp.a": 7,
		"for j := 0; j < 9; j++ {\n\ts[0] +=\n\t\ts[j] }":       5,
	} {
		eng, err := typed.New(engine.Config{})
		if err != nil {
			t.Fatal(err)
		}
		src = "s := []int{1}\ni := 5\n" + src
		_, err = eng.Execute(context.Background(), engine.Cell{Number: 1, Source: src})
		var p *engine.PanicError
		if !errors.As(err, &p) || len(p.Frames) == 0 {
			t.Fatalf("%s: %v", src, err)
		}
		if got := p.Frames[0].Line; got != line {
			t.Errorf("%s: the trace says line %d, want %d", src, got, line)
		}
		eng.Close()
	}
}
