package supervisor

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
)

// What is kept of a job's output: a file of up to so many bytes and so many older ones. The variables
// are Ray's.
const (
	defaultMaxBytes = 64 << 20
	defaultBackups  = 1

	envMaxBytes = "RAY_ROTATION_MAX_BYTES"
	envBackups  = "RAY_ROTATION_BACKUP_COUNT"
)

// output keeps what a job prints, the last of it when that is much. Readers follow it by offsets,
// which count from its first byte.
type output struct {
	path     string
	maxBytes int64
	backups  int

	mu      sync.Mutex
	file    *os.File
	parts   []int64 // where each file begins: the oldest first, the current one last
	size    int64   // of all that was ever written
	ended   bool
	changed chan struct{} // closed, and replaced, when there is more
	failed  error
}

func setting(name string, fallback int64) int64 {
	if n, err := strconv.ParseInt(os.Getenv(name), 10, 64); err == nil && n > 0 {
		return n
	}
	return fallback
}

func newOutput(path string) (*output, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	return &output{
		path: path, file: f, parts: []int64{0}, changed: make(chan struct{}),
		maxBytes: setting(envMaxBytes, defaultMaxBytes), backups: int(setting(envBackups, defaultBackups)),
	}, nil
}

// part is the file of a part: path, path.1 for the one before …
func (o *output) part(i int) string {
	if age := len(o.parts) - 1 - i; age > 0 {
		return fmt.Sprintf("%s.%d", o.path, age)
	}
	return o.path
}

// Write never fails: a job does not end because its output cannot be kept.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.size-o.parts[len(o.parts)-1] >= o.maxBytes && o.failed == nil {
		o.failed = o.rotate()
	}
	if o.failed == nil {
		var n int
		n, o.failed = o.file.Write(b)
		o.size += int64(n)
		o.wake()
	}
	return len(b), nil
}

// rotate begins another file.
func (o *output) rotate() error {
	for age := len(o.parts) - 1; age >= 0; age-- {
		from := o.part(len(o.parts) - 1 - age)
		if age+1 > o.backups {
			os.Remove(from)
			o.parts = o.parts[1:]
			continue
		}
		if err := os.Rename(from, fmt.Sprintf("%s.%d", o.path, age+1)); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(o.path, os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	o.file.Close()
	o.file = f
	o.parts = append(o.parts, o.size)
	return nil
}

func (o *output) wake() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// end says that nothing follows.
func (o *output) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
	if err := o.failed; err != nil { // of a disk without room, as a rule
		fmt.Fprintf(os.Stderr, "goray: the output of a job could not be kept: %v\n", err)
	}
	o.file.Close()
	o.wake()
}

// readAt reads what is kept from an offset on; next is where it goes on. skipped counts what is not
// kept any more.
func (o *output) readAt(offset int64, buf []byte) (n int, next, skipped int64, ended bool, changed <-chan struct{}, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if first := o.parts[0]; offset < first {
		skipped, offset = first-offset, first
	}
	next, ended, changed = offset, o.ended, o.changed
	if offset >= o.size {
		return 0, next, skipped, ended, changed, nil
	}
	i := len(o.parts) - 1
	for o.parts[i] > offset {
		i--
	}
	end := o.size
	if i+1 < len(o.parts) {
		end = o.parts[i+1]
	}
	f, err := os.Open(o.part(i))
	if err != nil {
		return 0, next, skipped, ended, changed, err
	}
	defer f.Close()
	n, err = f.ReadAt(buf[:min(int64(len(buf)), end-offset)], offset-o.parts[i])
	if n > 0 {
		err = nil
	}
	return n, offset + int64(n), skipped, ended, changed, err
}

// copyTo writes what is kept, and with wait also what comes until the end.
func (o *output) copyTo(ctx context.Context, w io.Writer, wait bool) error {
	buf := make([]byte, 64<<10)
	var offset int64
	for {
		n, next, skipped, ended, changed, err := o.readAt(offset, buf)
		if err != nil {
			return err
		}
		if skipped > 0 {
			if _, err := fmt.Fprintf(w, "[%d bytes before this are not kept; %s sets how many are]\n", skipped, envMaxBytes); err != nil {
				return err
			}
		}
		offset = next
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			continue
		}
		if ended || !wait {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (o *output) follow(ctx context.Context, w io.Writer) error { return o.copyTo(ctx, w, true) }

func (o *output) text() (string, error) {
	var b strings.Builder
	err := o.copyTo(context.Background(), &b, false)
	return b.String(), err
}

// lastLines are the last n lines, for messages.
func (o *output) lastLines(n int) string {
	const most = 20000 // bytes, as with Ray
	o.mu.Lock()
	from := max(0, o.size-most)
	o.mu.Unlock()
	buf := make([]byte, most)
	read, _, _, _, _, err := o.readAt(from, buf)
	if err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimRight(string(buf[:read]), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// remove forgets what is kept.
func (o *output) remove() {
	o.mu.Lock()
	defer o.mu.Unlock()
	for i := range o.parts {
		os.Remove(o.part(i))
	}
}
