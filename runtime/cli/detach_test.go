package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// hangs names the file in which the test binary, started as a head, says that it never will be one.
const hangs = "GORAY_TEST_HANGS"

func TestMain(m *testing.M) {
	if os.Getenv(hangs) != "" {
		fmt.Printf("%s\nI am %d\n", strings.Repeat("a line before the end\n", 1000), os.Getpid())
		select {
		case <-time.After(5 * time.Minute): // should the test be gone
		}
	}
	os.Exit(m.Run())
}

// TestDetachEndsWhatHangs: who waits in vain leaves no process behind, and sees what it said last.
func TestDetachEndsWhatHangs(t *testing.T) {
	t.Setenv(hangs, "1")
	log := filepath.Join(t.TempDir(), "log")
	said := func() string {
		text, _ := os.ReadFile(log)
		return string(text)
	}
	for begun := time.Now(); ; {
		_, err := detach(nil, log, time.Second, func(*os.File) bool { return false })
		if err == nil {
			t.Fatal("it was ready")
		}
		pid := regexp.MustCompile(`I am (\d+)`).FindStringSubmatch(said())
		if pid == nil && time.Since(begun) < time.Minute { // a busy machine: it had no time to speak
			continue
		}
		n, _ := strconv.Atoi(pid[1])
		if err := syscall.Kill(n, 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("process %d: %v", n, err)
		}
		if text := err.Error(); !strings.Contains(text, pid[0]) || !strings.Contains(text, log) || len(text) > 3000 {
			t.Errorf("%d bytes: %s", len(text), text)
		}
		return
	}
}
