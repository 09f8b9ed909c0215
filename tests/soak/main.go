// Command soak runs mixed work on the embedded runtime for a long time and watches what it costs:
// tasks, actors, objects, errors, panics, kills, cancellations and streams, all with checked
// results. It fails when a result is wrong, or when memory, goroutines, files, objects or shared
// memory of the second half grow beyond the stated bounds.
//
//	go run ./tests/soak            # 30 minutes
//	go run ./tests/soak -for 2m
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func main() {
	duration := flag.Duration("for", 30*time.Minute, "how long")
	every := flag.Duration("every", 0, "between samples (default: a 120th of -for)")
	cpus := flag.Int("cpus", 2, "logical CPUs")
	flag.Parse()
	off := false
	context, err := ray.Init(ray.Config{NumCPUs: *cpus, DashboardPort: -1, ObjectStoreMemory: 256 << 20, LogToDriver: &off})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if *every == 0 {
		*every = max(*duration/120, time.Second)
	}
	fmt.Println(context)
	code := soak(*duration, *every)
	if err := ray.Shutdown(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// soak plays until the time is over, and judges.
func soak(duration, every time.Duration) int {
	stop := make(chan struct{})
	interrupt := make(chan os.Signal, 1)
	signal.Notify(interrupt, os.Interrupt, syscall.SIGTERM)
	var work sync.WaitGroup
	plays := make([]*play, len(games))
	for i, g := range games {
		p := &play{game: g}
		plays[i] = p
		work.Go(func() { p.run(stop) })
	}
	var samples []sample
	begin := time.Now()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for time.Since(begin) < duration {
		select {
		case <-tick.C:
			s := take(time.Since(begin))
			samples = append(samples, s)
			fmt.Println(s)
		case <-interrupt:
			duration = 0
		}
	}
	close(stop)
	work.Wait()
	fmt.Printf("\n%d samples in %v\n", len(samples), time.Since(begin).Round(time.Second))
	failed := false
	for _, p := range plays {
		fmt.Printf("%-16s %8d rounds, %d wrong\n", p.game.name, p.rounds, p.wrong)
		if failed = failed || p.wrong > 0 || p.rounds == 0; p.first != nil {
			fmt.Printf("%-16s first: %v\n", "", p.first)
		}
	}
	for _, v := range judge(samples) {
		fmt.Println(v.text)
		failed = failed || v.bad
	}
	if failed {
		fmt.Println("FAIL")
		return 1
	}
	fmt.Println("ok")
	return 0
}
