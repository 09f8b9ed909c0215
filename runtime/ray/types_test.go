package ray_test

import (
	"bytes"
	"container/list"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/big"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"

	"github.com/goray/goray/runtime/ray"
)

type (
	aName   string
	aLevel  int8
	aPoint  struct{ X, Y float64 }
	aSecret struct {
		Name  string
		inner aPoint
		tags  map[aName][]aLevel
	}
	aTree struct {
		Left, Right *aTree
		Value       int
	}
	aPair[K comparable, V any] struct {
		Key   K
		Value V
	}
	aShape  interface{ Area() float64 }
	aBox    struct{ Side float64 }
	aHolder struct {
		Shape aShape
		Any   any
		Err   error
	}
	aEvent struct {
		aPoint
		*aSecret
		At time.Time
	}
	aCode   struct{ N int }
	aLogger struct {
		Level int
		mu    sync.Mutex
	}
	aConfig struct {
		Name string
		Log  *aLogger
	}
)

func (b aBox) Area() float64   { return b.Side * b.Side }
func (e *aCode) Error() string { return fmt.Sprint("code ", e.N) }

// kept are values of types that go through Put, Get and a task unchanged.
func kept() []any {
	n, text, tree := 7, "pointed at", &aTree{Value: 1, Left: &aTree{Value: 2}}
	address, _ := url.Parse("https://user@example.org:8080/path?q=1#f")
	return []any{
		true, int(-1), int8(-8), int16(-16), int32(-32), int64(math.MinInt64), uint(1), uint8(8), uint16(16), uint32(32), uint64(math.MaxUint64),
		uintptr(5), float32(1.5), math.Inf(-1), complex64(1 + 2i), complex128(3 - 4i), "text\x00\xff", aName("named"), aLevel(-3),
		[]byte("bytes"), []int{1, 2, 3}, []int{}, []float32{1.5}, []float64{math.MaxFloat64, -0.5}, []string{"", "x"}, []bool{true, false}, []complex128{1i}, []any{1, "two", nil, 3.0},
		[][]float64{{1}, nil, {2, 3}}, []aPoint{{1, 2}}, []*aPoint{{3, 4}, nil}, []aName{"a"}, [3]int{1, 2, 3}, [2][2]string{{"a", "b"}, {"c", "d"}}, [0]int{},
		map[string]int{"a": 1}, map[int]string{}, map[aPoint]bool{{1, 2}: true}, map[string][]aPoint{"p": {{1, 1}}}, map[string]any{"n": 1.5, "l": []any{nil}}, map[[2]int]*aPoint{{1, 2}: {5, 6}}, map[any]int{"k": 1, 2: 3},
		struct{}{}, struct{ A, b int }{1, 2}, aPoint{1, 2}, aSecret{"s", aPoint{1, 2}, map[aName][]aLevel{"t": {1}}}, &n, &text, &aPoint{5, 6}, tree, *tree,
		aPair[string, int]{"k", 1}, aPair[aName, aPair[int, []byte]]{"n", aPair[int, []byte]{1, []byte("b")}}, aHolder{aBox{2}, aName("any"), nil}, &aHolder{&aBox{3}, []int{1}, nil},
		aEvent{aPoint{1, 2}, &aSecret{Name: "in"}, time.Unix(1, 2).UTC()},
		time.Date(2024, 2, 29, 12, 30, 0, 5, time.UTC), time.Duration(90), time.Month(3), *big.NewInt(-1 << 62), new(big.Int).Lsh(big.NewInt(1), 200), big.NewRat(22, 7), big.NewFloat(1.25),
		netip.MustParseAddr("192.0.2.1"), netip.MustParsePrefix("2001:db8::/32"), net.ParseIP("10.0.0.1"), net.IPNet{IP: net.IPv4(10, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)}, *address, json.RawMessage(`{"a":1}`), json.Number("12.5"),
		fs.FileMode(0o755), reflect.Slice, &aCode{3}, *bytes.NewBufferString("buffered"),
	}
}

func same(v any) any { return v }

// TestTypes: a table of what people pass. Each goes through Put and Get, and through a task, and is
// what it was.
func TestTypes(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	f := ray.Remote[any](same)
	types := map[reflect.Type]bool{}
	for _, v := range kept() {
		types[reflect.TypeOf(v)] = true
		for how, ref := range map[string]ray.ObjectRef[any]{"Put": ray.Put(v), "a task": f.Remote(v), "a task with a reference": f.Remote(ray.Put(v))} {
			got, err := ray.Get(ref)
			if err != nil || !reflect.DeepEqual(got, v) {
				t.Errorf("%T through %s: %#v, %v; want %#v", v, how, got, err, v)
			}
		}
	}
	if len(types) < 60 {
		t.Errorf("%d types; C37 wants 60", len(types))
	}
}

// TestTypesThatAreEqual are those that DeepEqual cannot compare.
func TestTypesThatAreEqual(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1})
	cyclic := &aTree{Value: 1}
	cyclic.Left = cyclic
	if got, err := ray.Get(ray.Put(cyclic)); err != nil || got.Left != got || got == cyclic {
		t.Errorf("a cycle: %v, %v", got, err)
	}
	shared := &aPoint{1, 2}
	if got, err := ray.Get(ray.Put([]*aPoint{shared, shared})); err != nil || got[0] != got[1] || *got[0] != *shared {
		t.Errorf("a shared pointer: %v, %v", got, err)
	}
	if got, err := ray.Get(ray.Put(math.NaN())); err != nil || !math.IsNaN(got) {
		t.Errorf("NaN: %v, %v", got, err)
	}
	zone := time.FixedZone("CET", 3600)
	at := time.Date(2024, 7, 1, 1, 2, 3, 4, zone)
	if got, err := ray.Get(ray.Put(at)); err != nil || !got.Equal(at) || got.Format(time.RFC3339Nano) != at.Format(time.RFC3339Nano) {
		t.Errorf("a time with a zone: %v, %v", got, err)
	}
	var counter atomic.Int64
	counter.Store(9)
	if got, err := ray.Get(ray.Put(&counter)); err != nil || got.Load() != 9 {
		t.Errorf("an atomic: %v, %v", got, err)
	}
	if got, err := ray.Get(ray.Put(regexp.MustCompile(`^a+$`))); err != nil || !got.MatchString("aaa") || got.MatchString("b") {
		t.Errorf("a regular expression: %v, %v", got, err)
	}
	wrapped := fmt.Errorf("outer: %w", errBoom)
	if got, err := ray.Get(ray.Put[error](wrapped)); err != nil || got.Error() != wrapped.Error() || !errors.Is(got, errors.Unwrap(got)) {
		t.Errorf("an error: %v, %v", got, err)
	}
	l := list.New()
	l.PushBack(1)
	l.PushBack("two")
	if got, err := ray.Get(ray.Put(l)); err != nil || got.Len() != 2 || got.Back().Value != "two" {
		t.Errorf("a list: %v, %v", got, err)
	}
}

// TestRefusedTypes: what cannot travel is refused at the call, with the path of the field.
func TestRefusedTypes(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1})
	f := ray.Remote[any](same)
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"channel":   {make(chan int), "chan int"},
		"function":  {func() {}, "func()"},
		"mutex":     {&sync.Mutex{}, "sync.Mutex"},
		"a field":   {aConfig{Name: "c", Log: &aLogger{}}, "aConfig.Log.mu"},
		"an item":   {map[string]any{"out": os.Stdout}, "os.File"},
		"deep":      {[]any{1, struct{ Done chan bool }{make(chan bool)}}, "Done"},
		"template":  {template.New("x"), "Template.common"},
		"once":      {&sync.Once{}, "sync.Once"},
		"waitgroup": {&sync.WaitGroup{}, "sync.WaitGroup"},
		"conn":      {&net.TCPConn{}, "net."},
		"pool":      {&sync.Pool{}, "sync.Pool"},
	} {
		for how, err := range map[string]error{"Put": failed(ray.Put(test.value)), "a task": failed(f.Remote(test.value))} {
			if !errors.Is(err, ray.ErrInvalidCall) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s through %s: %v; want %q", name, how, err, test.want)
			}
		}
	}
}
