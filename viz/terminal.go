package viz

import (
	"io"
	"os"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// Terminal is a Screen of text. On a terminal an update rewrites the output in place, as long as
// that output is still the last one; elsewhere (a pipe, a file, TERM=dumb) only the last state of
// an output is printed, when it is done or flushed.
type Terminal struct {
	// Columns gives the width to fit text to; nil means the terminal's, or 80.
	Columns func() int

	mu    sync.Mutex
	w     io.Writer
	live  bool
	last  string            // id of the output that ends at the cursor
	lines int               // rows that it takes
	held  map[string]string // outputs of a pipe that are not done yet
	order []string
}

// NewTerminal returns a Screen that writes to w. It rewrites in place when w is a terminal that
// understands cursor movement.
func NewTerminal(w io.Writer) *Terminal {
	t := &Terminal{w: w, held: map[string]string{}}
	f, ok := w.(*os.File)
	t.live = ok && term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
	t.Columns = func() int {
		if ok {
			if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
				return width
			}
		}
		return defaultColumns
	}
	return t
}

// SetLive says whether w understands cursor movement, for writers that are not files.
func (t *Terminal) SetLive(live bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.live = live
}

// Display prints the text of a bundle.
func (t *Terminal) Display(id string, bundle map[string]any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := textOf(bundle)
	if id != "" && !t.live {
		t.hold(id, text)
		return
	}
	t.print(id, text)
}

// Update replaces the text of output id.
func (t *Terminal) Update(id string, bundle map[string]any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	text := textOf(bundle)
	if !t.live {
		t.hold(id, text)
		return
	}
	if id == t.last && t.lines > 0 {
		// Up to the first row of the output, then clear to the end of the screen.
		io.WriteString(t.w, "\x1b["+formatInt(int64(t.lines), false)+"A\r\x1b[J")
	}
	t.print(id, text)
}

// Done says that output id will not change any more.
func (t *Terminal) Done(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if text, ok := t.held[id]; ok {
		delete(t.held, id)
		io.WriteString(t.w, text)
	}
	if id == t.last {
		t.last = ""
	}
}

// Flush prints the outputs that are still held back, and lets later updates start below: call it
// when something else is about to print.
func (t *Terminal) Flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range t.order {
		if text, ok := t.held[id]; ok {
			delete(t.held, id)
			io.WriteString(t.w, text)
		}
	}
	t.order = t.order[:0]
	t.last = ""
}

func (t *Terminal) show(r Renderer) { t.Display("", t.fit(r)) }

// fit renders r for the terminal's width.
func (t *Terminal) fit(r Renderer) map[string]any {
	s, ok := r.(Sized)
	if !ok {
		return bundleOf(r)
	}
	return bundleOf(fitted{s, t.Columns()})
}

type fitted struct {
	Sized
	columns int
}

func (f fitted) MIMEBundle() map[string]any {
	return map[string]any{mimeText: f.Text(f.columns)}
}

func (t *Terminal) hold(id, text string) {
	if _, ok := t.held[id]; !ok {
		t.order = append(t.order, id)
	}
	t.held[id] = text
}

func (t *Terminal) print(id, text string) {
	io.WriteString(t.w, text)
	t.last, t.lines = id, 0
	if id != "" {
		t.lines = rowsOf(text, t.Columns())
	}
}

// textOf is the text form of a bundle, ending in a line break.
func textOf(bundle map[string]any) string {
	text, _ := bundle[mimeText].(string)
	if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	return text
}

// rowsOf counts the rows of the screen that text takes, long lines wrapping.
func rowsOf(text string, columns int) int {
	rows := 0
	for line := range strings.Lines(text) {
		width := uniseg.StringWidth(strings.TrimSuffix(line, "\n"))
		rows += 1 + max(0, width-1)/max(1, columns)
	}
	return rows
}
