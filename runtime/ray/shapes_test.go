package ray_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// Shapes has methods of the shapes that workers call without reflection, and of some others.
type Shapes struct{ n int }

func NewShapes() *Shapes { return &Shapes{n: 40} }

func (s *Shapes) Nothing()                  { s.n++ }
func (s *Shapes) Fail() error               { return errors.New("it failed") }
func (s *Shapes) Works() error              { return nil }
func (s *Shapes) Int() int                  { return s.n }
func (s *Shapes) Text() string              { return "text" }
func (s *Shapes) Long() string              { return strings.Repeat("long", 1000) }
func (s *Shapes) Float() float64            { return 0.5 }
func (s *Shapes) Truth() bool               { return true }
func (s *Shapes) IntOr() (int, error)       { return s.n, nil }
func (s *Shapes) IntOrFail() (int, error)   { return 7, errors.New("no number") }
func (s *Shapes) Take(n int)                { s.n += n }
func (s *Shapes) Add(n int) int             { s.n += n; return s.n }
func (s *Shapes) Join(t string) string      { return t + t }
func (s *Shapes) Half(f float64) float64    { return f / 2 }
func (s *Shapes) Odd(n int) (bool, error)   { return n%2 == 1, nil }
func (s *Shapes) Len(t string) (int, error) { return len(t), nil }
func (s *Shapes) Panic(n int) int           { return n / (s.n - s.n) }
func (s *Shapes) Byte() byte                { return 200 }
func (s *Shapes) Sum(n ...int) int          { return len(n) }
func (s *Shapes) Two(a, b int) int          { return a - b }
func (s *Shapes) Any(v any) any             { return v }
func (s Shapes) ByValue() int               { return s.n }

func fraction(n int) string         { return fmt.Sprint(1.0 / float64(n)) }
func twelfth(n int) (int, error)    { return 12 / n, nil }
func isLong(t string) (bool, error) { return len(t) > 3, nil }
func refuses() (string, error)      { return "", errors.New("refused") }
func manyTexts() string             { return strings.Repeat("x", 5000) }

func TestShapesOfCalls(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	a := ray.NewActor[Shapes](NewShapes)
	call := func(method any, args ...any) *ray.Ref { return ray.Call[any](a, method, args...).Ref() }
	task := func(f any, args ...any) *ray.Ref { return ray.Remote[any](f).Remote(args...).Ref() }
	for range 2 { // what is known from the first time is used the second
		for _, c := range []struct {
			ref  *ray.Ref
			want string
		}{
			{call((*Shapes).Nothing), "<nil>"},
			{call((*Shapes).Works), "<nil>"},
			{call((*Shapes).Fail), "it failed"},
			{call((*Shapes).Int), "41"},
			{call((*Shapes).Text), "text"},
			{call((*Shapes).Long), strings.Repeat("long", 1000)},
			{call((*Shapes).Float), "0.5"},
			{call((*Shapes).Truth), "true"},
			{call((*Shapes).IntOr), "41"},
			{call((*Shapes).IntOrFail), "no number"},
			{call((*Shapes).Take, 4), "<nil>"},
			{call((*Shapes).Add, -5), "40"},
			{call((*Shapes).Join, "ab"), "abab"},
			{call((*Shapes).Half, 3), "1.5"},
			{call((*Shapes).Odd, 3), "true"},
			{call((*Shapes).Len, "four"), "4"},
			{call((*Shapes).Panic, 1), "integer divide by zero"},
			{call((*Shapes).Byte), "200"},
			{call((*Shapes).Sum, 1, 2, 3), "3"},
			{call((*Shapes).Two, 5, 2), "3"},
			{call((*Shapes).Any, "x"), "x"},
			{call((*Shapes).ByValue), "40"},
			{call(func(s *Shapes) int { return s.n * 2 }), "80"},
			{task(fraction, 4), "0.25"},
			{task(twelfth, 4), "3"},
			{task(twelfth, 0), "integer divide by zero"},
			{task(isLong, "long"), "true"},
			{task(refuses), "refused"},
			{task(manyTexts), strings.Repeat("x", 5000)},
			{task(nothing), "<nil>"},
		} {
			got, err := ray.GetRef(t.Context(), c.ref, nil)
			if err != nil {
				if !strings.Contains(err.Error(), c.want) {
					t.Errorf("%.80v, want %.80s", err, c.want)
				}
				var failed *ray.TaskError
				if errors.As(err, &failed) && failed.Panic && (strings.Contains(failed.Stack, "internal/worker") || !strings.Contains(failed.Stack, "ray_test.")) {
					t.Errorf("the trace of a panic is\n%s", failed.Stack)
				}
			} else if fmt.Sprint(got) != c.want {
				t.Errorf("%.80v, want %.80s", got, c.want)
			}
		}
	}
}
