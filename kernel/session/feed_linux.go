package session

import (
	"context"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// watchEvery is how often a running cell is looked at for a read of standard input.
const watchEvery = 20 * time.Millisecond

// feed is this process's standard input: a pipe that is filled when somebody reads it. Whether
// somebody does is in /proc: a thread that blocks in read(0, …), whatever library called it.
type feed struct {
	w       *os.File
	r       *os.File // a duplicate of descriptor 0, to look whether all was read
	pattern string   // how a line of /proc/self/task/*/syscall begins for read(0, …)
}

// newFeed puts a pipe in the place of standard input.
func newFeed() (*feed, error) {
	f := &feed{pattern: fmt.Sprintf("%d 0x0 ", syscall.SYS_READ)}
	return f, f.renew()
}

// renew gives readers of the old pipe its end, and later ones a new pipe.
func (f *feed) renew() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	if err := unix.Dup3(int(r.Fd()), 0, 0); err != nil { // Fd makes it blocking, as standard input is
		return err
	}
	if f.w != nil {
		f.w.Close()
		f.r.Close()
	}
	f.r, f.w = r, w
	return nil
}

// unread is how many bytes wait in the pipe.
func (f *feed) unread() int {
	n, err := unix.IoctlGetInt(int(f.r.Fd()), unix.TIOCINQ)
	if err != nil {
		return 0
	}
	return n
}

// wanted reports whether a thread waits for standard input.
func (f *feed) wanted() bool {
	if f.unread() > 0 {
		return false
	}
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return false
	}
	for _, t := range tasks {
		b, err := os.ReadFile("/proc/self/task/" + t.Name() + "/syscall")
		if err == nil && strings.HasPrefix(string(b), f.pattern) {
			return true
		}
	}
	return false
}

// watch feeds a cell until ctx ends, and a question with it. When ask has no answer, the cell is
// stopped with its error.
func (f *feed) watch(ctx context.Context, ask func(context.Context) (string, error), stop context.CancelCauseFunc) {
	if f.unread() > 0 { // left over from an earlier cell
		f.renew()
	}
	t := time.NewTicker(watchEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			if f.wanted() { // an interrupted read must not take the next cell's input
				f.renew()
			}
			return
		case <-t.C:
		}
		if !f.wanted() {
			continue
		}
		text, err := ask(ctx)
		if err != nil {
			if ctx.Err() == nil {
				stop(err)
			}
			f.renew()
			return
		}
		f.w.WriteString(text + "\n")
	}
}

// put adds a line to what is read next.
func (f *feed) put(line string) { f.w.WriteString(line + "\n") }
