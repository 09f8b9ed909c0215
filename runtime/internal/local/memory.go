package local

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// usage is how much memory is in use, of how much.
type usage struct {
	used, total int64
	of          string // what total is, for people
}

// memoryUsage reads what the cgroup or the machine says; without either total is 0.
func memoryUsage() usage {
	machine := meminfo()
	if group, ok := cgroupUsage(); ok && group.total < machine.total {
		return group
	}
	return machine
}

func meminfo() usage {
	f := fields("/proc/meminfo")
	return usage{used: (f["MemTotal:"] - f["MemAvailable:"]) << 10, total: f["MemTotal:"] << 10, of: "the machine's memory"}
}

// fields reads lines of a name and a number.
func fields(file string) map[string]int64 {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	m := map[string]int64{}
	for line := range bytes.Lines(content) {
		if words := bytes.Fields(line); len(words) >= 2 {
			m[string(words[0])], _ = strconv.ParseInt(string(words[1]), 10, 64)
		}
	}
	return m
}

// cgroupUsage reads the limit of the innermost cgroup that has one. Pages of files that nobody has
// used for a while are not counted: the kernel takes them first.
func cgroupUsage() (u usage, ok bool) {
	for _, dir := range cgroups() {
		for _, names := range [][3]string{
			{"memory.max", "memory.current", "inactive_file"},
			{"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"},
		} {
			total, known := number(filepath.Join(dir, names[0]))
			used, alsoKnown := number(filepath.Join(dir, names[1]))
			if known && alsoKnown && total > 0 {
				used -= fields(filepath.Join(dir, "memory.stat"))[names[2]]
				return usage{used: max(0, used), total: total, of: "the container's memory"}, true
			}
		}
	}
	return u, false
}

// cgroups lists the directories of this process's cgroup and those around it, innermost first.
func cgroups() (dirs []string) {
	content, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(content)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root := "/sys/fs/cgroup"
		switch {
		case parts[1] == "": // version 2
		case slices.Contains(strings.Split(parts[1], ","), "memory"):
			root += "/memory"
		default:
			continue
		}
		for at := parts[2]; ; at = filepath.Dir(at) {
			dirs = append(dirs, filepath.Join(root, at))
			if at == "/" || at == "." {
				break
			}
		}
	}
	return dirs
}

func number(file string) (int64, bool) {
	b, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	return n, err == nil // "max" is no limit
}

// user is a process and the memory that is its own.
type user struct {
	pid   int
	name  string
	bytes int64
}

// private is the memory of a process and its children that they share with nobody; 0 when it has
// ended.
func private(pid int) int64 {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	b, err := os.ReadFile(filepath.Join(dir, "statm"))
	if err != nil {
		return 0
	}
	var size, resident, shared int64
	if _, err := fmt.Sscan(string(b), &size, &resident, &shared); err != nil {
		return 0
	}
	sum := (resident - shared) * int64(os.Getpagesize())
	children, _ := os.ReadFile(filepath.Join(dir, "task", strconv.Itoa(pid), "children"))
	for _, child := range strings.Fields(string(children)) {
		if n, err := strconv.Atoi(child); err == nil {
			sum += private(n)
		}
	}
	return sum
}

// byMemory sorts the largest first.
func byMemory(users []user) {
	slices.SortFunc(users, func(x, y user) int { return cmp.Or(cmp.Compare(y.bytes, x.bytes), cmp.Compare(x.pid, y.pid)) })
}
