package rayclient

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

// progressFrom is the size from which sending is told about: over Ray's client protocol it takes
// seconds.
const progressFrom = 64 << 20

// envKernel is set in the processes of a notebook's kernel.
const envKernel = "GORAY_CONNECTION_FILE"

// progressOf tells on standard error how far something large has been sent; nil for what is small.
func progressOf(what string, size int) func(sent, total int64) {
	if size < progressFrom {
		return nil
	}
	// Notebooks obey a carriage return as terminals do.
	inPlace := os.Getenv(envKernel) != "" || term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("TERM") != "dumb"
	p := &progress{what: what, to: os.Stderr, inPlace: inPlace, now: time.Now}
	p.began = p.now()
	return p.tell
}

// progress is a line that grows, or, in a log, one now and then.
type progress struct {
	what    string
	to      io.Writer
	inPlace bool
	now     func() time.Time
	began   time.Time
	last    time.Time
	told    bool
}

// How often a line is told. What takes less than the first of them is not told about at all.
const (
	tellFirst   = 500 * time.Millisecond
	tellInPlace = 200 * time.Millisecond
	tellInLog   = 5 * time.Second
)

const barWidth = 24

func (p *progress) tell(sent, total int64) {
	now := p.now()
	pause := tellInLog
	if p.inPlace {
		pause = tellInPlace
	}
	end := sent == total
	switch {
	case !p.told && (end || now.Sub(p.began) < tellFirst):
		return
	case p.told && !end && now.Sub(p.last) < pause:
		return
	}
	p.last, p.told = now, true
	counts := fmt.Sprintf("%d of %d MB", sent>>20, total>>20)
	if seconds := now.Sub(p.began).Seconds(); seconds > 0 {
		counts += fmt.Sprintf(", %.0f MB/s", float64(sent)/(1<<20)/seconds)
	}
	if !p.inPlace {
		fmt.Fprintf(p.to, "ray: %s: %s sent to the cluster\n", p.what, counts)
		return
	}
	full := int(barWidth * sent / max(total, 1))
	fmt.Fprintf(p.to, "\rray: %s %s%s %s ", p.what, strings.Repeat("━", full), strings.Repeat("╌", barWidth-full), counts)
	if end {
		fmt.Fprintln(p.to)
	}
}
