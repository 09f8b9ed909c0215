package viz

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"
)

// sampleInterval is long enough for /proc/stat, which counts in hundredths of a second.
const sampleInterval = 200 * time.Millisecond

func sampleMachine() (cpu []float64, used, total uint64, err error) {
	before, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, 0, 0, err
	}
	time.Sleep(sampleInterval)
	after, err := os.ReadFile("/proc/stat")
	if err != nil {
		return nil, 0, 0, err
	}
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil, 0, 0, err
	}
	used, total, err = parseMeminfo(info)
	if limit, current, ok := cgroupMemory("/sys/fs/cgroup"); ok && limit < total {
		used, total = current, limit
	}
	return busyPercent(parseStat(before), parseStat(after)), used, total, err
}

type coreTime struct{ idle, all uint64 }

// parseStat reads the cpuN lines of /proc/stat.
func parseStat(data []byte) []coreTime {
	var out []coreTime
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 6 || !strings.HasPrefix(fields[0], "cpu") || fields[0] == "cpu" {
			continue
		}
		var c coreTime
		for i, f := range fields[1:min(len(fields), 9)] { // guest time is in user time already
			n, _ := strconv.ParseUint(f, 10, 64)
			c.all += n
			if i == 3 || i == 4 { // idle, iowait
				c.idle += n
			}
		}
		out = append(out, c)
	}
	return out
}

func busyPercent(before, after []coreTime) []float64 {
	out := make([]float64, min(len(before), len(after)))
	for i := range out {
		all := float64(after[i].all) - float64(before[i].all)
		idle := float64(after[i].idle) - float64(before[i].idle)
		if all > 0 {
			out[i] = min(max(100*(1-idle/all), 0), 100)
		}
	}
	return out
}

func parseMeminfo(data []byte) (used, total uint64, err error) {
	values := map[string]uint64{}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		name, rest, _ := strings.Cut(s.Text(), ":")
		if fields := strings.Fields(rest); len(fields) > 0 {
			n, _ := strconv.ParseUint(fields[0], 10, 64)
			values[name] = n << 10
		}
	}
	total = values["MemTotal"]
	available, ok := values["MemAvailable"]
	if total == 0 || !ok {
		return 0, 0, errors.New("/proc/meminfo has no MemTotal or no MemAvailable")
	}
	return total - min(available, total), total, nil
}

// cgroupMemory is the limit of this container and what counts against it, page cache aside.
func cgroupMemory(dir string) (limit, used uint64, ok bool) {
	read := func(name string) (uint64, bool) {
		data, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			return 0, false
		}
		n, err := strconv.ParseUint(strings.TrimSpace(string(data)), 10, 64)
		return n, err == nil
	}
	limit, hasLimit := read("memory.max")
	used, hasUsed := read("memory.current")
	if !hasLimit || !hasUsed {
		return 0, 0, false
	}
	stat, _ := os.ReadFile(dir + "/memory.stat")
	for s := bufio.NewScanner(bytes.NewReader(stat)); s.Scan(); {
		if rest, found := strings.CutPrefix(s.Text(), "inactive_file "); found {
			cache, _ := strconv.ParseUint(rest, 10, 64)
			used -= min(cache, used)
		}
	}
	return limit, used, true
}
