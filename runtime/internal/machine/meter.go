package machine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// Meter measures between two calls of its methods. It is for one goroutine.
type Meter struct {
	cores []coreTime
	all   coreTime
	ticks map[int]int64 // of processes, when they were measured last
	last  time.Time
}

type coreTime struct{ idle, all uint64 }

// CPU returns how busy each core and all of them were since the last call, in percent.
func (m *Meter) CPU() (cores []float64, all float64) {
	content, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, 0
	}
	now, sum := parseStat(content)
	for i := range min(len(now), len(m.cores)) {
		cores = append(cores, busy(m.cores[i], now[i]))
	}
	if m.all.all > 0 {
		all = busy(m.all, sum)
	}
	m.cores, m.all = now, sum
	return cores, all
}

func parseStat(content []byte) (cores []coreTime, all coreTime) {
	for line := range bytes.Lines(content) {
		words := bytes.Fields(line)
		if len(words) < 6 || !bytes.HasPrefix(words[0], []byte("cpu")) {
			continue
		}
		var c coreTime
		for i, w := range words[1:min(len(words), 9)] { // guest time is in user time already
			n, _ := strconv.ParseUint(string(w), 10, 64)
			c.all += n
			if i == 3 || i == 4 { // idle, and idle while waiting for a disk
				c.idle += n
			}
		}
		if string(words[0]) == "cpu" {
			all = c
		} else {
			cores = append(cores, c)
		}
	}
	return cores, all
}

func busy(before, after coreTime) float64 {
	all, idle := float64(after.all)-float64(before.all), float64(after.idle)-float64(before.idle)
	if all <= 0 {
		return 0
	}
	return min(max(100*(1-idle/all), 0), 100)
}

// ticksPerSecond is in what /proc counts the time of processes, on every Linux that Go runs on.
const ticksPerSecond = 100

// Processes returns how much CPU processes used since the last call, in percent of one core.
func (m *Meter) Processes(pids []int) map[int]float64 {
	now, ticks, used := time.Now(), map[int]int64{}, map[int]float64{}
	seconds := now.Sub(m.last).Seconds()
	for _, pid := range pids {
		t, ok := processTicks(pid)
		if !ok {
			continue
		}
		if before, known := m.ticks[pid]; known && seconds > 0 {
			used[pid] = max(0, 100*float64(t-before)/ticksPerSecond/seconds)
		}
		ticks[pid] = t
	}
	m.ticks, m.last = ticks, now
	return used
}

func processTicks(pid int) (int64, bool) {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0, false
	}
	// The second word is a name in parentheses, which may contain anything.
	words := bytes.Fields(content[bytes.LastIndexByte(content, ')')+1:])
	if len(words) < 13 {
		return 0, false
	}
	user, _ := strconv.ParseInt(string(words[11]), 10, 64)
	system, err := strconv.ParseInt(string(words[12]), 10, 64)
	return user + system, err == nil
}

// Private returns the memory that only this process has, in bytes.
func Private(pid int) int64 {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	if err != nil {
		return 0
	}
	var size, resident, shared int64
	if _, err := fmt.Sscan(string(content), &size, &resident, &shared); err != nil {
		return 0
	}
	return (resident - shared) * int64(os.Getpagesize())
}
