package typed

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// TestInterrupt interrupts cells that would never end. Each closes the channel running when it is
// about to block.
func TestInterrupt(t *testing.T) {
	cells := map[string]string{
		"loop":              `for {}`,
		"loop with body":    `for { x++ }`,
		"calls":             `var f func(n int) int; f = func(n int) int { if n == 0 { return 0 }; return f(n-1) + f(n-1) }; f(60)`,
		"receive":           `<-make(chan int)`,
		"receive nil":       `var c chan int; <-c`,
		"send":              `make(chan int) <- 1`,
		"range":             `for range make(chan int) {}`,
		"select":            `select { case <-make(chan int): case make(chan int) <- 1: }`,
		"empty select":      `select {}`,
		"sleep":             `time.Sleep(time.Hour)`,
		"mutex":             `mu.Lock(); mu.Lock()`,
		"read lock":         `rw.Lock(); rw.RLock()`,
		"wait group":        `wg.Add(1); wg.Wait()`,
		"callback":          `sort.Slice([]int{1, 2}, func(i, j int) bool { for {} })`,
		"recover":           `func() { defer func() { recover() }(); for {} }(); for {}`,
		"deferred loop":     `func() { defer func() { for {} }(); for {} }()`,
		"compiled":          `io.ReadAll(r)`,
		"goroutine":         `go func() { for {} }(); for {}`,
		"range over func":   `for range func(yield func(int) bool) { for yield(1) {} } {}`,
		"loop with header":  `for i := 0; i >= 0; i++ { x = 1 }`,
		"library goroutine": `for range 3 { wg2.Go(func() { for {} }) }; for {}`,
		"goto":              `func() { again: goto again }()`,
		"string iteration":  `for { for range "abc" {} }`,
	}
	s := newSession(t, engine.Config{})
	do(t, s, 1, `x := 7
var running = make(chan bool, 1)
var mu sync.Mutex
var rw sync.RWMutex
var wg, wg2 sync.WaitGroup
r, w := io.Pipe()`)
	defer do(t, s, 99, "mu.Unlock(); rw.Unlock(); wg.Done(); w.Close()") // ends what was abandoned
	n := 1
	for name, src := range cells {
		n++
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			go func() {
				select {
				case <-s.variable(t, "running").Interface().(chan bool):
					cancel()
				case <-ctx.Done():
				}
			}()
			_, err := s.Execute(ctx, engine.Cell{Number: n, Source: "running <- true\n" + src})
			if !errors.Is(err, engine.ErrInterrupted) {
				t.Fatalf("Execute = %v, want ErrInterrupted", err)
			}
			start := time.Now()
			if got := do(t, s, n, "x = 7; x + 1"); got != "8 int" || time.Since(start) > 5*time.Second {
				t.Errorf("the next cell gives %s after %v", got, time.Since(start))
			}
		})
	}
}
