package raylog

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"sync"
	"time"
)

// quietFor is how long a line of the autoscaler is not shown again.
const quietFor = 5 * time.Minute

// remembered bounds how many different lines are remembered.
const remembered = 1000

// prefix is how Ray begins a line of its autoscaler, with the time since the driver's start.
var prefix = regexp.MustCompile(`^(\x1b\[[0-9;]*m)*\(autoscaler \+[0-9hms]+\)(\x1b\[[0-9;]*m)* ?`)

// Filter is a writer of lines; see the package.
type Filter struct {
	mu   sync.Mutex
	to   io.Writer
	now  func() time.Time
	part []byte
	said map[string]*line
}

type line struct {
	shown  time.Time
	hidden int
}

// New returns a filter in front of to.
func New(to io.Writer) *Filter { return &Filter{to: to, now: time.Now, said: map[string]*line{}} }

// Write implements io.Writer.
func (f *Filter) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for rest := p; ; {
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			f.part = append(f.part, rest...)
			return len(p), nil
		}
		whole := append(f.part, rest[:i+1]...)
		rest = rest[i+1:]
		f.part = nil
		if err := f.show(whole); err != nil {
			return 0, err
		}
	}
}

// Close shows a line that has no end.
func (f *Filter) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.part) == 0 {
		return nil
	}
	_, err := f.to.Write(f.part)
	f.part = nil
	return err
}

func (f *Filter) show(whole []byte) error {
	at := prefix.FindIndex(whole)
	if at == nil {
		_, err := f.to.Write(whole)
		return err
	}
	now, text := f.now(), string(bytes.TrimSpace(whole[at[1]:]))
	l := f.said[text]
	if l == nil {
		if len(f.said) >= remembered {
			clear(f.said)
		}
		l = &line{}
		f.said[text] = l
	} else if now.Sub(l.shown) < quietFor {
		l.hidden++
		return nil
	}
	l.shown = now
	if l.hidden > 0 {
		whole = fmt.Appendf(bytes.TrimRight(whole, "\n"), " [%d times more in the meantime]\n", l.hidden)
		l.hidden = 0
	}
	_, err := f.to.Write(whole)
	return err
}
