package serve

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// portHolder names the process that listens on a TCP port, as far as this user may know.
func portHolder(port int) string {
	inodes := map[string]bool{}
	for _, file := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(file)
		if err != nil {
			continue
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			cols := strings.Fields(lines.Text())
			const listening = "0A"
			if len(cols) > 9 && cols[3] == listening && strings.HasSuffix(cols[1], fmt.Sprintf(":%04X", port)) {
				inodes["socket:["+cols[9]+"]"] = true
			}
		}
		f.Close()
	}
	if len(inodes) == 0 {
		return ""
	}
	links, err := filepath.Glob("/proc/[0-9]*/fd/*")
	if err != nil {
		return ""
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil || !inodes[target] {
			continue
		}
		pid := strings.Split(link, "/")[2]
		name, err := os.ReadFile("/proc/" + pid + "/comm")
		if err != nil {
			name = []byte("?")
		}
		if pid == fmt.Sprint(os.Getpid()) {
			return fmt.Sprintf("this process (%s, pid %s)", strings.TrimSpace(string(name)), pid)
		}
		return fmt.Sprintf("%s (pid %s)", strings.TrimSpace(string(name)), pid)
	}
	return ""
}
