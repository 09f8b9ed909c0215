package repl

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

func TestStreamDrains(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string)
	go func() {
		data, _ := io.ReadAll(r)
		got <- string(data)
	}()
	file, told := w, 0
	s, err := openStream(func() { told++ }, &file)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	for i := range 2000 {
		text := fmt.Sprintf("%d \x00\x1e %s\n", i, strings.Repeat("x", i%50))
		want.WriteString(text)
		io.WriteString(file, text)
		if i%7 == 0 {
			s.drain()
		}
	}
	s.drain()
	s.direct(func() { io.WriteString(file, "direct\n") })
	want.WriteString("direct\n")
	s.close()
	if file != w {
		t.Error("the file was not put back")
	}
	w.Close()
	if g := <-got; g != want.String() {
		t.Errorf("%d bytes, want %d", len(g), want.Len())
	}
	if told == 0 {
		t.Error("before was never called")
	}
}

func TestMarkPrefix(t *testing.T) {
	for text, want := range map[string]int{"": 0, "abc": 0, "abc\x00": 1, "abc\x00\x1e": 2, "a" + markBegin: len(markBegin), "a" + markBegin + "12": len(markBegin) + 2} {
		if got := markPrefix([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
