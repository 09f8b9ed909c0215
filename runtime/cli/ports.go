package cli

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// openPort is a TCP port on which a process listens.
type openPort struct {
	PID     int    `json:"pid"`
	Process string `json:"process"`
	Address string `json:"address"`
	Port    uint16 `json:"port"`
	Public  bool   `json:"public"` // other machines may reach it
}

// CheckPortsMain is "goray check-open-ports": it lists the ports on which the head, its workers and its
// drivers listen. The exit code is 1 when other machines may reach one.
func CheckPortsMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("check-open-ports", "[--json]", "The TCP ports on which processes of the head listen. The exit code is 1 when other machines may reach one of them.", stdout, stderr)
	asJSON := c.Bool("json", false, "for programs")
	if code, done := c.Read(args); done {
		return code
	}
	if len(c.Rest) > 0 {
		return c.Refuse("%q is no flag; see goray check-open-ports --help", c.Rest[0])
	}
	leave, err := join("auto")
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	names, err := processes()
	if err != nil {
		return c.Fail(err)
	}
	ports := []openPort{}
	public := 0
	for pid, name := range names {
		for _, p := range listening(pid) {
			p.Process = name
			if ports = append(ports, p); p.Public {
				public++
			}
		}
	}
	slices.SortFunc(ports, func(x, y openPort) int { return int(x.Port) - int(y.Port) })
	switch {
	case *asJSON:
		if err := writeJSON(stdout, ports); err != nil {
			return c.Fail(err)
		}
	case len(ports) == 0:
		fmt.Fprintln(stdout, "No process of the head listens on a port.")
	default:
		for _, p := range ports {
			who := "this machine only"
			if p.Public {
				who = "OTHER MACHINES MAY REACH IT: listen on 127.0.0.1, or let a firewall close it"
			}
			fmt.Fprintf(stdout, "%s:%d  pid %d (%s)  %s\n", p.Address, p.Port, p.PID, p.Process, who)
		}
	}
	if public > 0 {
		return 1
	}
	return 0
}

// processes names the head's processes by their pids.
func processes() (map[int]string, error) {
	names := map[int]string{}
	if text, err := os.ReadFile(pidFile()); err == nil {
		if pid, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
			names[pid] = "head"
		}
	}
	for _, w := range workers() {
		names[w.PID] = "worker"
	}
	warden, err := backend[core.Warden]()
	if err != nil {
		return nil, err
	}
	for _, d := range warden.Drivers() {
		if d.Left.IsZero() && d.Namespace != ownNamespace {
			names[d.PID] = "driver"
		}
	}
	return names, nil
}

// listening lists a process's ports, as the system tells them.
func listening(pid int) (list []openPort) {
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(fds) == 0 {
		return nil
	}
	sockets := map[string]bool{}
	for _, fd := range fds {
		if to, err := os.Readlink(fd); err == nil {
			if inode, ok := strings.CutPrefix(to, "socket:["); ok {
				sockets[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	for _, table := range []string{"tcp", "tcp6"} {
		f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			const stateListen = "0A"
			fields := strings.Fields(lines.Text())
			if len(fields) < 10 || fields[3] != stateListen || !sockets[fields[9]] {
				continue
			}
			if a, ok := kernelAddress(fields[1]); ok {
				list = append(list, openPort{PID: pid, Address: a.Addr().String(), Port: a.Port(), Public: !a.Addr().IsLoopback()})
			}
		}
		f.Close()
	}
	return list
}

// kernelAddress reads "0100007F:2049": the address in words of the machine's order, and the port.
func kernelAddress(text string) (netip.AddrPort, bool) {
	host, port, _ := strings.Cut(text, ":")
	b, err := hex.DecodeString(host)
	n, err2 := strconv.ParseUint(port, 16, 16)
	if err != nil || err2 != nil || len(b)%4 != 0 {
		return netip.AddrPort{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	a, ok := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), ok
}
