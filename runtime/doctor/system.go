//go:build linux

package doctor

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// system are the checks of the machine itself.
func system() []Check {
	return []Check{
		{"shared memory", sharedMemory}, {"/dev/shm", devShm}, {"temporary files", temporary}, {"open files", openFiles},
		{"memory limit", memoryLimit}, {"cpu limit", cpuLimit}, {"dashboard port", dashboardPort}, {"clock", clock},
		{"gpu driver", gpuDriver}, {"proxies", proxies}, {"python", python},
	}
}

const probe = 1 << 20 // bytes that are tried

// sharedMemory tries what the object store does.
func sharedMemory() Finding {
	const fix = "allow memfd_create and fallocate in the container's seccomp profile"
	fd, err := unix.MemfdCreate("goray-doctor", unix.MFD_CLOEXEC)
	if err != nil {
		return Bad(Missing, fix, "memfd_create fails (%v): objects cannot be shared between processes", err)
	}
	defer unix.Close(fd)
	if err := unix.Fallocate(fd, 0, 0, probe); err != nil {
		return Bad(Missing, fix, "shared memory cannot be reserved: %v", err)
	}
	return Good("memfd works; objects do not need /dev/shm")
}

func devShm() Finding {
	var s unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &s); err != nil {
		return Bad(Warning, "docker run --shm-size=2g …, or mount -t tmpfs tmpfs /dev/shm", "there is no /dev/shm (%v); goray goes without, a real Ray and Python's multiprocessing do not", err)
	}
	size := int64(s.Blocks) * s.Bsize
	if size < 1<<30 {
		return Bad(Warning, "docker run --shm-size=2g …", "/dev/shm has %s; goray goes without, a real Ray beside it wants 30 %% of the memory there", bytesText(size))
	}
	return Good("%s", bytesText(size))
}

func temporary() Finding {
	dir := os.TempDir()
	f, err := os.CreateTemp(dir, "goray-doctor-")
	if err != nil {
		return Bad(Missing, "export TMPDIR=/a/writable/directory", "%s cannot be written (%v): sockets and spilled objects are there", dir, err)
	}
	f.Close()
	os.Remove(f.Name())
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil || s.Blocks == 0 {
		return Good("%s is writable", dir)
	}
	free, all := int64(s.Bavail)*s.Bsize, int64(s.Blocks)*s.Bsize
	if float64(free) < 0.05*float64(all) {
		return Bad(Warning, "free some of it, or export TMPDIR=/a/larger/disk", "%s has %s of %s free, less than 5 %%: objects that do not fit into memory cannot be spilled", dir, bytesText(free), bytesText(all))
	}
	// A socket's path must fit into 108 bytes.
	if len(filepath.Join(dir, "goray-4294967295", "head", "socket")) > 100 {
		return Bad(Missing, "export TMPDIR=/tmp", "the path %s is too long for sockets", dir)
	}
	return Good("%s has %s free", dir, bytesText(free))
}

func openFiles() Finding {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return Bad(Warning, "", "the limit of open files is not known: %v", err)
	}
	const fix = "ulimit -n 65536 (for good: nofile in /etc/security/limits.conf)"
	switch {
	case l.Cur < 256:
		return Bad(Missing, fix, "%d; each worker takes about ten", l.Cur)
	case l.Cur < 4096:
		return Bad(Warning, fix, "%d; each worker takes about ten, and each segment of shared memory one", l.Cur)
	}
	return Good("%d", l.Cur)
}

// cgroup reads a file of this process's control group, version 2 or 1.
func cgroup(v2, v1 string) (string, bool) {
	for _, path := range []string{v2, v1} {
		if b, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", path)); err == nil {
			return strings.TrimSpace(string(b)), true
		}
	}
	return "", false
}

func memoryLimit() Finding {
	machine := int64(0)
	if b, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kib int64
		if _, err := fmt.Sscanf(string(b), "MemTotal: %d kB", &kib); err == nil {
			machine = kib << 10
		}
	}
	limit := machine
	if text, ok := cgroup("memory.max", "memory/memory.limit_in_bytes"); ok {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n < machine {
			limit = n
		}
	}
	if limit < 512<<20 {
		return Bad(Warning, "docker run --memory=2g …", "%s; workers take about 20 MiB each besides their data", bytesText(limit))
	}
	if limit < machine {
		return Good("%s by the control group, of %s", bytesText(limit), bytesText(machine))
	}
	return Good("%s, the machine's", bytesText(limit))
}

func cpuLimit() Finding {
	text, ok := cgroup("cpu.max", "cpu/cpu.cfs_quota_us")
	quota, period, _ := strings.Cut(text, " ")
	if period == "" {
		period, _ = cgroup("cpu.max.none", "cpu/cpu.cfs_period_us")
	}
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if !ok || err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return Good("no limit by the control group")
	}
	if q/p < 1 {
		return Bad(Warning, "docker run --cpus=2 …", "%.2g CPUs by the control group; everything waits for everything", q/p)
	}
	return Good("%.3g CPUs by the control group", q/p)
}

func dashboardPort() Finding {
	const first, tries = 8265, 100
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first))
	if err == nil {
		l.Close()
		return Good("%d is free", first)
	}
	for port := first + 1; port < first+tries; port++ {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return Good("%d is in use, by a dashboard perhaps; the next would be %d", first, port)
		}
	}
	return Bad(Warning, "--dashboard-port=-1, or Config.DashboardPort", "no port from %d to %d is free", first, first+tries-1)
}

func clock() Finding {
	if year := time.Now().Year(); year < 2024 {
		return Bad(Warning, "timedatectl set-ntp true", "it says the year %d: certificates are refused, and file times are wrong", year)
	}
	begin, wall := time.Now(), time.Now().Round(0)
	time.Sleep(20 * time.Millisecond)
	if drift := time.Now().Round(0).Sub(wall) - time.Since(begin); drift.Abs() > 10*time.Millisecond {
		return Bad(Warning, "timedatectl status", "it jumps: %v within 20 ms; times of tasks are not reliable", drift)
	}
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err == nil && state == unix.TIME_ERROR {
		return Good("runs; not synchronised with others, which matters with several machines only")
	}
	return Good("runs, and is synchronised")
}

func gpuDriver() Finding {
	devices, _ := filepath.Glob("/dev/nvidia[0-9]*") // the pattern is right
	version, err := os.ReadFile("/proc/driver/nvidia/version")
	switch {
	case len(devices) == 0 && err != nil:
		return Good("no NVIDIA GPU; GPUs that are asked for are simulated")
	case len(devices) == 0:
		return Bad(Warning, "docker run --gpus all …", "there is a driver, and no device in /dev: the container was not given one")
	}
	for _, dir := range append(filepath.SplitList(os.Getenv("LD_LIBRARY_PATH")), "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/local/nvidia/lib64", "/usr/local/cuda/compat") {
		if _, err := os.Stat(filepath.Join(dir, "libcuda.so.1")); err == nil {
			first, _, _ := strings.Cut(string(version), "\n")
			return Good("%d devices; %s", len(devices), strings.Join(strings.Fields(first), " "))
		}
	}
	return Bad(Warning, "install the driver's libraries (apt-get install libnvidia-compute-…), or run with the NVIDIA container runtime", "%d devices, and no libcuda.so.1", len(devices))
}

func proxies() Finding {
	proxy := ""
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"} {
		if v := os.Getenv(name); v != "" {
			proxy = name
		}
	}
	if proxy == "" {
		return Good("none")
	}
	none := strings.Split(os.Getenv("no_proxy")+","+os.Getenv("NO_PROXY"), ",")
	for _, host := range []string{"localhost", "127.0.0.1"} {
		found := false
		for _, n := range none {
			found = found || strings.TrimSpace(n) == host || strings.TrimSpace(n) == "*"
		}
		if !found {
			return Bad(Warning, "export NO_PROXY=localhost,127.0.0.1,$NO_PROXY", "%s is set, and NO_PROXY does not name %s: browsers and clients may not reach the dashboard and Jupyter", proxy, host)
		}
	}
	return Good("%s is set, and this machine is excepted", proxy)
}

func python() Finding {
	for _, name := range []string{"python3", "python"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := exec.Command(path, "--version").CombinedOutput()
		if err == nil {
			return Good("%s (%s)", strings.TrimSpace(string(out)), path)
		}
	}
	return Bad(Warning, "apt-get install python3 python3-venv", "none in PATH; it is needed by Jupyter and a real Ray, not by goray itself")
}

func bytesText(n int64) string {
	if n >= 1<<30 {
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	}
	return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
}
