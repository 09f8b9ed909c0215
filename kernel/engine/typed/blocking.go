package typed

import (
	"fmt"
	"log"
	"os"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// contained replaces functions of compiled packages that must not end the process of a session.
var contained = map[string]reflect.Value{
	"os.Exit":      reflect.ValueOf(exit),
	"syscall.Exit": reflect.ValueOf(exit),
	"log.Fatal":    reflect.ValueOf(func(v ...any) { fatal(log.Default(), fmt.Sprint(v...)) }),
	"log.Fatalf":   reflect.ValueOf(func(f string, v ...any) { fatal(log.Default(), fmt.Sprintf(f, v...)) }),
	"log.Fatalln":  reflect.ValueOf(func(v ...any) { fatal(log.Default(), fmt.Sprintln(v...)) }),
}

// exits says that this process is a worker, which code of cells may end.
var exits atomic.Bool

func exit(code int) {
	if exits.Load() {
		os.Exit(code)
	}
	panic(exitPanic{code})
}

func fatal(l *log.Logger, text string) {
	l.Output(2, text) //nolint:errcheck // as log.Fatal does
	exit(1)
}

// cellIntrinsic implements blocking and exiting calls of cells so that an interrupt ends them.
func cellIntrinsic(name string, ar, rr []reg) op {
	switch name {
	case "time.Sleep":
		return func(fr *frame) {
			t := time.NewTimer(*at[time.Duration](fr, ar[0].off))
			defer t.Stop()
			fr.g.wait(t.C)
		}
	case "(*log.Logger).Fatal", "(*log.Logger).Fatalln":
		return func(fr *frame) {
			fatal(*at[*log.Logger](fr, ar[0].off), fmt.Sprintln(*at[[]any](fr, ar[1].off)...))
		}
	case "(*log.Logger).Fatalf":
		return func(fr *frame) {
			fatal(*at[*log.Logger](fr, ar[0].off), fmt.Sprintf(*at[string](fr, ar[1].off), *at[[]any](fr, ar[2].off)...))
		}
	case "(*sync.Mutex).Lock":
		return lockOp((*sync.Mutex).TryLock, (*sync.Mutex).Lock, (*sync.Mutex).Unlock, ar[0].off)
	case "(*sync.RWMutex).Lock":
		return lockOp((*sync.RWMutex).TryLock, (*sync.RWMutex).Lock, (*sync.RWMutex).Unlock, ar[0].off)
	case "(*sync.RWMutex).RLock":
		return lockOp((*sync.RWMutex).TryRLock, (*sync.RWMutex).RLock, (*sync.RWMutex).RUnlock, ar[0].off)
	case "(*sync.WaitGroup).Wait":
		return func(fr *frame) {
			wg := *at[*sync.WaitGroup](fr, ar[0].off)
			done := make(chan struct{})
			go func() {
				wg.Wait()
				close(done)
			}()
			waitFor(fr.g, done)
		}
	case "(*sync.WaitGroup).Go":
		return waitGroupGo(ar[0].off, ar[1].off)
	}
	return fileIntrinsic(name, ar, rr)
}

// waitGroupGo makes the goroutine of WaitGroup.Go one of the run from the start. Entered from compiled
// code it would be known only from its first call on, which on a busy machine may come so long after an
// interrupt that it is taken for what outlives the cell on purpose, and never stopped.
func waitGroupGo(wo, fo uintptr) op {
	return func(fr *frame) {
		wg, p := *at[*sync.WaitGroup](fr, wo), *at[unsafe.Pointer](fr, fo)
		var c *closure
		if p != nil {
			c = ours(p)
		}
		if c == nil {
			wg.Go(*at[func()](fr, fo))
			return
		}
		g := newGor(fr.g.run)
		wg.Add(1)
		g.run.enter()
		go func() {
			defer wg.Done()
			g.start(func(*frame) {
				nf := g.root.push(c.target)
				c.bind(nf)
				nf.run()
			})
		}()
	}
}

// wait blocks until c delivers or the run is interrupted.
func (g *gor) wait(c <-chan time.Time) { waitFor(g, c) }

func waitFor[T any](g *gor, c <-chan T) {
	done := g.run.done
	if g.leaving {
		done = expired()
	}
	select {
	case <-c:
	case <-done:
		panic(interruptPanic{})
	}
}

// lockOp takes a lock; an interrupted wait gives it back as soon as it gets it.
func lockOp[M any](try func(*M) bool, lock, unlock func(*M), o uintptr) op {
	return func(fr *frame) {
		m := (*M)(*at[unsafe.Pointer](fr, o))
		if try(m) {
			return
		}
		var mu sync.Mutex
		abandoned := false
		got := make(chan struct{})
		go func() {
			lock(m)
			mu.Lock()
			defer mu.Unlock()
			if abandoned {
				unlock(m)
			}
			close(got)
		}()
		done := fr.g.run.done
		if fr.g.leaving {
			done = expired()
		}
		select {
		case <-got:
		case <-done:
			mu.Lock()
			defer mu.Unlock()
			select {
			case <-got: // it came at the last moment
				unlock(m)
			default:
				abandoned = true
			}
			panic(interruptPanic{})
		}
	}
}
