package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// sample is what the session costs at one moment.
type sample struct {
	at                time.Duration
	driver, perWorker float64 // resident memory without what is shared, MiB
	workers           int
	goroutines, files int
	objects           int
	shared            float64 // of the object store, MiB
}

const mib = 1 << 20

func take(at time.Duration) sample {
	s := sample{at: at, driver: resident(os.Getpid()), goroutines: runtime.NumGoroutine(), files: descriptors()}
	if list, err := ray.ListWorkers(ray.Limit(0)); err == nil {
		for _, w := range list.Items {
			if m := resident(w.PID); m > 0 {
				s.perWorker += m
				s.workers++
			}
		}
		if s.workers > 0 {
			s.perWorker /= float64(s.workers)
		}
	}
	if list, err := ray.ListObjects(ray.Limit(1)); err == nil {
		s.objects = list.Total
	}
	total, free := ray.ClusterResources(), ray.AvailableResources()
	s.shared = (total["object_store_memory"] - free["object_store_memory"]) / mib
	return s
}

func (s sample) String() string {
	return fmt.Sprintf("%6.0fs driver %6.1f MiB  %2d workers of %6.1f MiB  %4d goroutines %4d files  %5d objects  %6.1f MiB shared",
		s.at.Seconds(), s.driver, s.workers, s.perWorker, s.goroutines, s.files, s.objects, s.shared)
}

// resident is RssAnon of a process in MiB; 0 when it has ended.
func resident(pid int) float64 {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib float64
		if rest, ok := strings.CutPrefix(lines.Text(), "RssAnon:"); ok {
			if _, err := fmt.Sscanf(rest, "%f kB", &kib); err == nil {
				return kib / 1024
			}
		}
	}
	return 0
}

func descriptors() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return len(entries)
}
