// Command chapter estimates π with tasks, counts with an actor, and plays a small tournament: the
// chapter that runs in four ways.
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"slices"
	"strings"

	"github.com/goray/goray/runtime/ray"
)

// hits counts the points of a seeded generator that fall into the quarter circle.
func hits(seed int64, n int) int {
	r, count := rand.New(rand.NewSource(seed)), 0
	for range n {
		if x, y := r.Float64(), r.Float64(); x*x+y*y < 1 {
			count++
		}
	}
	return count
}

// unit is initialised before what it needs is declared.
var unit = 4 / whole

var whole = float64(points)

const points = 20_000

// ErrTired is what a tired player says.
var ErrTired = errors.New("tired")

// Board is an actor: it keeps the score.
type Board struct{ points map[string]int }

// NewBoard begins a tournament.
func NewBoard(names ...string) *Board {
	b := &Board{map[string]int{}}
	for _, n := range names {
		b.points[n] = 0
	}
	return b
}

// Won notes a win and returns the points.
func (b *Board) Won(name string) (int, error) {
	if _, ok := b.points[name]; !ok {
		return 0, fmt.Errorf("%s does not play", name)
	}
	b.points[name]++
	return b.points[name], nil
}

// Table lists the players, best first.
func (b *Board) Table() []string {
	var lines []string
	for n, p := range b.points {
		lines = append(lines, fmt.Sprintf("%d %s", p, n))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	return lines
}

func play(ctx context.Context, round int, players []string) (string, error) {
	if round == 3 {
		return "", fmt.Errorf("round %d: %w", round, ErrTired)
	}
	return players[round%len(players)], nil
}

type average[T int | float64] struct{ values []T }

func (a *average[T]) add(v T) { a.values = append(a.values, v) }
func (a average[T]) String() string {
	sum := 0.0
	for _, v := range a.values {
		sum += float64(v)
	}
	return fmt.Sprintf("%.2f of %d", sum/float64(len(a.values)), len(a.values))
}

func main() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	count := ray.Remote[int](hits)
	var refs []ray.ObjectRef[int]
	for seed := range int64(6) {
		refs = append(refs, count.Remote(seed, points))
	}
	var share average[float64]
	for i, n := range ray.Must(ray.GetAll(refs)) {
		fmt.Printf("seed %d: %d hits\n", i, n)
		share.add(unit * float64(n))
	}
	fmt.Println("π is about", share)

	players := ray.Put([]string{"Ada", "Grace", "Edsger"})
	board := ray.NewActor[Board](NewBoard, "Ada", "Grace", "Edsger")
	game := ray.Remote[string](play)
	for round := range 6 {
		winner, err := ray.Get(game.Remote(round, players))
		if err != nil {
			fmt.Println("round", round, "failed:", errors.Is(err, ErrTired), strings.Contains(err.Error(), "tired"))
			continue
		}
		fmt.Println(winner, ray.Must(ray.Get(ray.Call[int](board, (*Board).Won, winner))))
	}
	_, err := ray.Get(ray.Call[int](board, (*Board).Won, "Alan"))
	fmt.Println("an error:", strings.Contains(err.Error(), "Alan does not play"))
	for _, line := range ray.Must(ray.Get(ray.Call[[]string](board, (*Board).Table))) {
		fmt.Println(line)
	}
	ready, pending, err := ray.Wait(refs, ray.NumReturns(6))
	fmt.Println(len(ready), len(pending), err)
	fmt.Printf("%v %+v %T\n", share, share, share)
}
