package codec

import (
	"bytes"
	"container/ring"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"math"
	"math/big"
	"math/rand/v2"
	"net"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/goray/goray/runtime/internal/store"
)

type (
	point  struct{ X, Y float64 }
	label  string
	level  int8
	nested struct {
		Name  string
		inner point
		tags  map[string][]label
		up    *nested
		level level
		blank [3]bool
	}
	embedded struct {
		point
		*nested
		Extra any
	}
	tree struct {
		Left, Right *tree
		Value       int
	}
	pair[K comparable, V any] struct {
		Key K
		val V
	}
	event struct { // the promoted MarshalBinary must not swallow Name
		time.Time
		Name string
	}
	secret struct{ code string } // has its own encoding
	shape  interface{ Area() float64 }
	square struct{ side float64 }
	loop   []loop
	table  struct {
		rows [][]byte
		hold *store.Buffer
	}
	codeError struct {
		Code  int
		cause error
	}
	lockedError struct {
		mu  sync.Mutex
		msg string
		err error
	}
	config struct {
		Name string
		Log  struct{ mu sync.Mutex }
	}
	withFunc struct{ Do func(int) int }
	withChan struct{ Items map[string][]chan int }
	withFile struct{ In *os.File }
)

func (s secret) MarshalBinary() ([]byte, error)   { return []byte("<" + s.code + ">"), nil }
func (s *secret) UnmarshalBinary(b []byte) error  { s.code = strings.Trim(string(b), "<>"); return nil }
func (s square) Area() float64                    { return s.side * s.side }
func (t *table) MarshalObject() ([][]byte, error) { return t.rows, nil }
func (t *table) UnmarshalObject(s [][]byte, hold *store.Buffer) error {
	t.rows, t.hold = s, hold
	return nil
}
func (e *codeError) Error() string   { return fmt.Sprint("code ", e.Code, ": ", e.cause) }
func (e *codeError) Unwrap() error   { return e.cause }
func (e *lockedError) Error() string { return e.msg }
func (e *lockedError) Unwrap() error { return e.err }

var errOurs = errors.New("ours")

func big1(s string) *big.Int { n, _ := new(big.Int).SetString(s, 10); return n }

func numbers(n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = float64(i) / 3
	}
	return x
}

// plain values equal their decoded selves by reflect.DeepEqual.
var plain = []any{
	true, int(-1), int8(-128), int16(math.MinInt16), int32(math.MaxInt32), int64(math.MinInt64), uint(7), uint8(255),
	uint16(math.MaxUint16), uint32(math.MaxUint32), uint64(math.MaxUint64), uintptr(12345), float32(1.5), math.Inf(-1),
	complex64(1 + 2i), complex(math.Pi, -1), "héllo", "", label("l"), level(-3),
	[]byte{1, 2}, []byte(nil), []byte{}, []int{1, -2}, []string{"a", ""}, []bool{true, false}, [3]int{1, 2, 3}, [0]int{}, [2]string{"x", "y"},
	[]point{{1, 2}, {3, 4}}, []struct{}{{}, {}}, [][]int{{1}, nil, {}}, numbers(5000), strings.Repeat("x", 20000),
	map[string]int{"a": 1}, map[string]int(nil), map[int]string{}, map[point]bool{{1, 2}: true}, map[label]map[int]any{"k": {1: "v"}},
	map[any]any{1: "int", "1": 2.5, int8(1): nil},
	point{1, 2}, nested{Name: "n", inner: point{3, 4}, tags: map[string][]label{"a": {"b"}}, up: &nested{Name: "up"}, level: 4, blank: [3]bool{false, true, false}},
	embedded{point{1, 2}, &nested{Name: "e"}, []any{1, int64(2), float32(3), uint8(4), "s", nil, point{5, 6}, &point{7, 8}}},
	tree{&tree{nil, nil, 1}, &tree{nil, &tree{Value: 3}, 2}, 0}, (*tree)(nil), new(int), new(*int),
	pair[string, int]{"k", 1}, pair[label, pair[int, *point]]{"l", pair[int, *point]{2, &point{1, 1}}},
	time.Duration(5), time.Date(2024, 2, 29, 23, 59, 59, 999999999, time.UTC), time.Time{}, time.Unix(1<<40, 5).UTC(),
	time.Date(2024, 7, 1, 0, 0, 0, 1, time.FixedZone("", 3600)), time.Date(2024, 7, 1, 0, 0, 0, 0, time.FixedZone("UTC", -60)), time.Month(3),
	event{time.Unix(5, 6).UTC(), "launch"}, big1("123456789012345678901234567890"), *big1("-5"), big.NewFloat(1.25), big.NewRat(22, 7),
	&url.URL{Scheme: "http", User: url.UserPassword("u", "p"), Host: "h", RawQuery: "q=1"}, netip.MustParseAddr("fe80::1%eth0"), netip.MustParsePrefix("10.0.0.0/8"),
	netip.MustParseAddrPort("1.2.3.4:5"), net.IPv4(1, 2, 3, 4), net.HardwareAddr{1, 2, 3}, secret{"x"}, &secret{"y"}, []secret{{"z"}},
	struct {
		A int
		b string
	}{1, "anonymous"}, map[string]any{"list": []any{1, "two", 3.0}, "map": map[string]any{"x": nil}}, []any{[]int{1}, map[string]int{"a": 1}, [2]int8{1, 2}},
	[]shape{square{2}, &square{3}, nil}, [1]*point{{1, 2}}, struct{ P *point }{&point{3, 4}}, func() any { var i atomic.Int64; i.Store(5); return &i }(),
	any(nil), withFunc{}, withChan{}, withFile{}, *bytes.NewBufferString("buffered"), *rand.NewPCG(1, 2), reflect.Struct,
	&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrNotExist}, &strconv.NumError{Func: "Atoi", Num: "x", Err: strconv.ErrSyntax},
}

func roundTrip(t *testing.T, v any) any {
	t.Helper()
	p, err := EncodeAs(reflect.ValueOf(&v).Elem(), reflect.TypeFor[any](), nil)
	if err != nil {
		t.Fatalf("encode %T: %v", v, err)
	}
	flat, err := ParseFlat(p.Flat())
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(flat, reflect.TypeFor[any](), nil)
	if err != nil {
		t.Fatalf("decode %T: %v", v, err)
	}
	return got.Interface()
}

func TestPlainValues(t *testing.T) {
	types := map[reflect.Type]bool{}
	for i, v := range plain {
		types[reflect.TypeOf(v)] = true
		t.Run(fmt.Sprintf("%02d %T", i, v), func(t *testing.T) {
			if got := roundTrip(t, v); !reflect.DeepEqual(got, v) {
				t.Errorf("inside an interface: got %#v, want %#v", got, v)
			}
			if v == nil {
				return
			}
			p, err := Encode(reflect.ValueOf(v), nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(p, reflect.TypeOf(v), nil)
			if err != nil || !reflect.DeepEqual(got.Interface(), v) {
				t.Errorf("as itself: got %#v, %v, want %#v", got, err, v)
			}
		})
	}
	if len(types) < 60 {
		t.Errorf("only %d types", len(types))
	}
}

func TestTimes(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	for _, want := range []time.Time{time.Now(), time.Now().In(berlin), time.Now().In(time.FixedZone("here", 1234))} {
		got := roundTrip(t, want).(time.Time)
		if !got.Equal(want) || got.Location().String() != want.Location().String() || got.Format(time.RFC3339Nano) != want.Format(time.RFC3339Nano) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	loc := roundTrip(t, berlin).(*time.Location)
	if loc.String() != "Europe/Berlin" || roundTrip(t, time.UTC) != time.UTC {
		t.Errorf("location %v", loc)
	}
}

func TestSharingAndCycles(t *testing.T) {
	shared := &point{1, 2}
	two := roundTrip(t, []*point{shared, shared}).([]*point)
	if two[0] != two[1] {
		t.Error("a shared pointer was split")
	}
	root := &tree{Value: 1}
	root.Left, root.Right = root, &tree{Left: root}
	got := roundTrip(t, root).(*tree)
	if got.Left != got || got.Right.Left != got {
		t.Error("a cycle was cut")
	}
	m := map[string]any{}
	m["self"] = m
	gm := roundTrip(t, m).(map[string]any)
	gm["new"] = 1
	if gm["self"].(map[string]any)["new"] != 1 {
		t.Error("a map in itself was split")
	}
	l := loop{nil, nil}
	l[1] = l
	gl := roundTrip(t, l).(loop)
	if &gl[1][1] != &gl[1] {
		t.Error("a slice in itself was split")
	}
	a := []any{1, nil}
	a[1] = a
	ga := roundTrip(t, a).([]any)
	if &ga[1].([]any)[0] != &ga[0] {
		t.Error("an []any in itself was split")
	}
	r := ring.New(3)
	if roundTrip(t, r).(*ring.Ring).Len() != 3 {
		t.Error("ring")
	}
	var many []*int
	for i := range 1000 {
		many = append(many, &i, &i)
	}
	gp := roundTrip(t, many).([]*int)
	for i := 0; i < len(gp); i += 2 {
		if gp[i] != gp[i+1] || *gp[i] != i/2 {
			t.Fatal("many shared pointers", i)
		}
	}
}

func TestMethodsOfTheType(t *testing.T) {
	re := regexp.MustCompile(`a+(b)?`)
	if got := roundTrip(t, re).(*regexp.Regexp); got.String() != re.String() || !got.MatchString("ab") {
		t.Error(got)
	}
	var b strings.Builder
	b.WriteString("abc")
	got := roundTrip(t, &b).(*strings.Builder)
	if got.WriteString("d"); got.String() != "abcd" {
		t.Error(got.String())
	}
	rng := rand.New(rand.NewPCG(3, 4))
	rng.Uint64()
	if g := roundTrip(t, rng).(*rand.Rand); g.Uint64() != rng.Uint64() {
		t.Error("a random generator lost its place")
	}
}

func TestObjectMarshaler(t *testing.T) {
	in := &table{rows: [][]byte{[]byte("abc"), {}, make([]byte, 1000)}}
	p, err := Encode(reflect.ValueOf([]*table{in, nil, in}), nil)
	if err != nil || len(p.Segments) != 3 {
		t.Fatal(err, len(p.Segments))
	}
	flat := p.Flat()
	parts, _ := ParseFlat(flat)
	for i, s := range parts.Segments {
		if off := uintptr(unsafe.Pointer(unsafe.SliceData(s))) - uintptr(unsafe.Pointer(&flat[0])); len(s) > 0 && off%Align != 0 {
			t.Errorf("segment %d at offset %d", i, off)
		}
	}
	hold := new(store.Buffer)
	v, err := Decode(parts, reflect.TypeFor[[]*table](), &Options{Hold: hold})
	if err != nil {
		t.Fatal(err)
	}
	got := v.Interface().([]*table)
	if got[0] != got[2] || got[1] != nil || string(got[0].rows[0]) != "abc" || len(got[0].rows[2]) != 1000 || got[0].hold != hold {
		t.Errorf("%+v", got[0])
	}
	if &got[0].rows[0][0] != &parts.Segments[0][0] {
		t.Error("the segments were copied")
	}
}

func TestErrors(t *testing.T) {
	chain := fmt.Errorf("outer: %w", &codeError{3, fmt.Errorf("%w and %w", io.EOF, context.DeadlineExceeded)})
	got := roundTrip(t, chain).(error)
	var ce *codeError
	if got.Error() != chain.Error() || !errors.Is(got, io.EOF) || !errors.Is(got, context.DeadlineExceeded) || !errors.As(got, &ce) || ce.Code != 3 {
		t.Errorf("%#v", got)
	}
	if roundTrip(t, io.EOF) != io.EOF || roundTrip(t, os.ErrNotExist) != os.ErrNotExist {
		t.Error("a sentinel lost its identity")
	}
	if got := roundTrip(t, errOurs); got != errOurs {
		t.Error("a package variable made by errors.New lost its identity")
	}
	if e := roundTrip(t, errors.New("fresh")).(error); e.Error() != "fresh" {
		t.Error(e)
	}
	locked := &lockedError{msg: "locked", err: &codeError{4, io.EOF}}
	e := roundTrip(t, fmt.Errorf("w: %w", locked)).(error)
	var re *RemoteError
	if !errors.As(e, &re) || re.TypeName != "*codec.lockedError" || e.Error() != "w: locked" || !errors.Is(e, io.EOF) || !errors.As(e, &ce) {
		t.Errorf("%#v", e)
	}
	_, err := os.Open("/nonexistent/x")
	if got := roundTrip(t, err).(error); !errors.Is(got, fs.ErrNotExist) || got.Error() != err.Error() {
		t.Error(got)
	}
}

func TestRefused(t *testing.T) {
	c := make(chan int)
	for _, x := range []struct {
		v    any
		path string
		why  string
	}{
		{config{}, "config.Log.mu", "lock"},
		{&config{}, "config.Log.mu", "lock"},
		{c, "chan int", "channel"},
		{withChan{map[string][]chan int{"k": {nil, c}}}, "withChan.Items[k][1]", "channel"},
		{withFunc{func(i int) int { return i }}, "withFunc.Do", "function"},
		{withFile{os.Stdin}, "withFile.In", "open file"},
		{map[string]any{"x": []any{1, c}}, "map[string]interface {}[x].([]interface {})[1].(chan int)", "channel"},
		{unsafe.Pointer(&c), "Pointer", "address"},
		{struct{ L *log.Logger }{log.Default()}, "struct { L *log.Logger }.L.outMu", "lock"},
		{new(sync.Once), "Once", "lock"},
		{&sync.Map{}, "Map", "sync.Map"},
		{struct{ Ctx context.Context }{context.Background()}, "struct { Ctx context.Context }.Ctx", "context"},
		{reflect.ValueOf(1), "Value", "reflected"},
		{time.NewTimer(time.Hour), "Timer.C", "channel"},
		{&atomic.Pointer[int]{}, "Pointer[int]", "address"},
	} {
		_, err := Encode(reflect.ValueOf(x.v), nil)
		var u *UnsupportedError
		if !errors.As(err, &u) {
			t.Errorf("%T: %v", x.v, err)
			continue
		}
		if u.Path != x.path || !strings.Contains(u.Why, x.why) || u.Fix == "" {
			t.Errorf("%T: %v; want path %s because of %s", x.v, err, x.path, x.why)
		}
	}
}

func TestCheck(t *testing.T) {
	for want, typ := range map[string]reflect.Type{
		"":                   reflect.TypeFor[map[string][]nested](),
		"config.Log.mu":      reflect.TypeFor[*config](),
		"withFunc.Do":        reflect.TypeFor[withFunc](),
		"withChan.Items[][]": reflect.TypeFor[withChan](),
		"withFile.In":        reflect.TypeFor[withFile](),
		"func()":             reflect.TypeFor[func()](),
		"Context":            reflect.TypeFor[context.Context](),
	} {
		err := Check(typ)
		var u *UnsupportedError
		if errors.As(err, &u); want == "" && err != nil || want != "" && (u == nil || u.Path != want) {
			t.Errorf("%s: %v, want path %q", typ, err, want)
		}
	}
}

func TestDeepNesting(t *testing.T) {
	var head *tree
	for range maxDepth + 1 {
		head = &tree{Left: head}
	}
	var u *UnsupportedError
	if _, err := Encode(reflect.ValueOf(head), nil); !errors.As(err, &u) {
		t.Errorf("a list too long: %.100v", err)
	}
	long := &tree{}
	for range maxDepth / 2 {
		long = &tree{Left: long}
	}
	if _, err := Encode(reflect.ValueOf(long), nil); err != nil {
		t.Error(err)
	}
}
