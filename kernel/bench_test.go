package kernel_test

import (
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/goray/goray/kernel"
	"github.com/goray/goray/kernel/session/sessiontest"
	"github.com/goray/goray/kernel/wire"
)

func attach(b *testing.B) *wire.Client {
	b.Helper()
	k, err := kernel.Serve(context.Background(), wire.Connection{Key: "k"}, kernel.Options{Start: sessiontest.Start, History: "off", Log: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { k.Close() })
	c, err := wire.Dial(b.Context(), k.Connection())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	if _, err := c.Execute(b.Context(), wire.Request{Code: "value 1"}, wire.Handlers{}); err != nil {
		b.Fatal(err)
	}
	return c
}

// BenchmarkCell is a cell with a result: everything but the engine.
func BenchmarkCell(b *testing.B) {
	c := attach(b)
	for b.Loop() {
		if _, err := c.Execute(b.Context(), wire.Request{Code: "value 1"}, wire.Handlers{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkDisplay is one display of a cell, in order with what is printed.
func BenchmarkDisplay(b *testing.B) {
	c := attach(b)
	code := ""
	for i := range 1000 {
		code += fmt.Sprintf("update x %d\n", i)
	}
	shown := 0
	for b.Loop() {
		c.Execute(b.Context(), wire.Request{Code: code}, wire.Handlers{Output: func(m *wire.Message) {
			if m.Header.Type == "update_display_data" {
				shown++
			}
		}})
	}
	b.ReportMetric(float64(shown)/b.Elapsed().Seconds(), "displays/s")
}

// BenchmarkPrint is how many lines a second a cell can print.
func BenchmarkPrint(b *testing.B) {
	c := attach(b)
	messages := 0
	for b.Loop() {
		c.Execute(b.Context(), wire.Request{Code: "burst 100000"}, wire.Handlers{Output: func(m *wire.Message) {
			if m.Header.Type == "stream" {
				messages++
			}
		}})
	}
	b.ReportMetric(100000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
	b.ReportMetric(float64(messages)/b.Elapsed().Seconds(), "messages/s")
}
