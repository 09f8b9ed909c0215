package viz

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Progress shows one line for each step of a job, in place: name, bar, counts, rate, a remark.
//
//	p := viz.NewProgress("reading")
//	defer p.Close()
//	p.Set("parquet", done, total, "")
//
// All methods may be called from any goroutine.
type Progress struct {
	mu    sync.Mutex
	title string
	live  *Live
	start time.Time // of the first step
	steps []step
}

type step struct {
	name        string
	done, total int64
	remark      string
	begun, last time.Time
}

// NewProgress opens an output with a title (may be empty). Nothing is shown before the first Set.
func NewProgress(title string) *Progress {
	return &Progress{title: clean(title), live: NewLive()}
}

// Set says how far a step is; a new name adds a line. A total ≤ 0 means that it is not known.
func (p *Progress) Set(name string, done, total int64, remark string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, name := time.Now(), clean(name)
	if p.start.IsZero() {
		p.start = now
	}
	at := -1
	for i, s := range p.steps {
		if s.name == name {
			at = i
		}
	}
	if at < 0 {
		p.steps = append(p.steps, step{name: name, begun: now})
		at = len(p.steps) - 1
	}
	s := &p.steps[at]
	s.done, s.total, s.remark, s.last = done, total, clean(remark), now
	p.live.Update(p.snapshot())
}

// Close shows the last state and ends the output.
func (p *Progress) Close() { p.live.Close() }

func (p *Progress) snapshot() Renderer {
	return &progressLines{title: p.title, elapsed: time.Since(p.start), steps: append([]step(nil), p.steps...)}
}

// progressLines is the state of a Progress at one moment.
type progressLines struct {
	title   string
	elapsed time.Duration
	steps   []step
}

func (p *progressLines) MIMEBundle() map[string]any {
	return map[string]any{mimeText: p.Text(columnsNow())}
}

// Text is one line for each step.
func (p *progressLines) Text(width int) string {
	var b strings.Builder
	if p.title != "" {
		b.WriteString(truncate(fmt.Sprintf("%s  %s", p.title, roundDuration(p.elapsed)), width) + "\n")
	}
	names, bar := 0, min(24, max(8, width/4))
	for _, s := range p.steps {
		names = max(names, textColumns(s.name))
	}
	names = min(names, width/3)
	for _, s := range p.steps {
		line := padRight(truncate(s.name, names), names) + " " + s.bar(bar) + " " + s.counts()
		b.WriteString(strings.TrimRight(truncate(line, width), " ") + "\n")
	}
	return b.String()
}

func (s step) bar(width int) string {
	if s.total <= 0 {
		return strings.Repeat("·", width)
	}
	full := int(min(max(float64(s.done)/float64(s.total), 0), 1) * float64(width))
	return strings.Repeat("━", full) + strings.Repeat("╌", width-full)
}

func (s step) counts() string {
	parts := []string{formatInt(s.done, true)}
	if s.total > 0 {
		parts[0] += "/" + formatInt(s.total, true)
	}
	if seconds := s.last.Sub(s.begun).Seconds(); seconds > 0.05 && s.done > 0 {
		parts = append(parts, shortCount(float64(s.done)/seconds)+"/s")
	}
	if s.remark != "" {
		parts = append(parts, s.remark)
	}
	return strings.Join(parts, "  ")
}

// shortCount has three digits and a k or M.
func shortCount(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.3gM", v/1e6)
	case v >= 1e3:
		return fmt.Sprintf("%.3gk", v/1e3)
	}
	return fmt.Sprintf("%.3g", v)
}
