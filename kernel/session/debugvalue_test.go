package session

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestMurmur2(t *testing.T) {
	// What ipykernel 7 computes.
	for text, want := range map[string]uint32{"": 0xedd39288, "a": 0x8129eeee, "ab": 0xa73301b9, "abc": 0xc7bbdbb5, "print(1)\n": 0xb82788d4, "Grüße": 0xcbccfc98} {
		if got := murmur2([]byte(text), debugSeed); got != want {
			t.Errorf("the hash of %q is %#x, want %#x", text, got, want)
		}
	}
	if debugPath("x := 1") != debugPath("x := 1") || debugPath("x := 1") == debugPath("x := 2") {
		t.Error("paths do not tell sources apart")
	}
}

func TestHits(t *testing.T) {
	for text, want := range map[string]string{"": "123456", "3": "3", "== 3": "3", ">= 5": "56", ">4": "56", "% 2": "246", "< 3": "12", "<= 1": "1", "often": "error", "0": "error", "=> 3": "error"} {
		hit, err := hits(text)
		got := ""
		for n := 1; n <= 6; n++ {
			if err == nil && (hit == nil || hit(n)) {
				got += fmt.Sprint(n)
			}
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%q stops at %s, want %s", text, got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	for line, want := range map[int]int{1: 2, 2: 2, 3: 5, 5: 5, 9: 5} {
		if got, ok := nearest([]int{2, 5}, line); got != want || !ok {
			t.Errorf("line %d goes to %d, %v; want %d", line, got, ok, want)
		}
	}
	if _, ok := nearest(nil, 1); ok {
		t.Error("a line was found where there is none")
	}
}

type shape struct {
	Name  string
	sides []int
	next  *shape
	at    map[string]time.Duration
}

func TestPreview(t *testing.T) {
	s := shape{"square", []int{4, 4}, nil, map[string]time.Duration{"b": 2, "a": 1}}
	var none error
	for want, v := range map[string]any{
		`{Name: "square", sides: (2) [4, 4], next: nil, at: (2) {"a": 1, "b": 2}}`:  s,
		`&{Name: "square", sides: (2) [4, 4], next: nil, at: (2) {"a": 1, "b": 2}}`: &s,
		`broken`: errors.New("broken"),
		`1.5`:    1.5,
		`(12) [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]`: make([]int, 12),
		`func(int) bool`: func(int) bool { return true },
	} {
		if got := preview(reflect.ValueOf(v)); got != want {
			t.Errorf("%T is shown as %s, want %s", v, got, want)
		}
	}
	if got := preview(reflect.ValueOf(strings.Repeat("ü", 200))); len(got) > previewBytes+5 || !strings.HasSuffix(got, "…") {
		t.Errorf("a long string is shown as %s", got)
	}
	if got := preview(reflect.ValueOf(&none).Elem()); got != "nil" {
		t.Errorf("no error is shown as %s", got)
	}
}

func TestChildren(t *testing.T) {
	s := &shape{"square", []int{4, 5, 6}, &shape{Name: "next"}, map[string]time.Duration{"a": 1}}
	list := func(v any, expr string, start, count int) (out []string) {
		for _, c := range children(reflect.ValueOf(v), expr, start, count) {
			out = append(out, c.expr+"="+preview(c.value))
		}
		return out
	}
	for want, got := range map[string][]string{
		`[s.Name="square" s.sides=[4, 5, 6]]`: list(s, "s", 0, 2),
		`[s[1]=5 s[2]=6]`:                     list(s.sides, "s", 1, 5),
		`[m["a"]=1]`:                          list(s.at, "m", 0, 0),
		`[(*p)=7]`:                            list(new(int(7)), "p", 0, 0),
		`[=1 =2]`:                             list([]int{1, 2}, "", 0, 0),
	} {
		if fmt.Sprint(got) != want {
			t.Errorf("children %s, want %s", got, want)
		}
	}
	if n := len(children(reflect.ValueOf(make([]int, 5000)), "s", 0, 0)); n != childrenAtMost {
		t.Errorf("%d children of a large slice", n)
	}
}
