package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"

	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"github.com/goray/goray/kernel/display"
)

// screen shows bundles in the terminal; it is the display.Screen of the session.
//
// An output with an id is rewritten in place on a terminal, as long as it is the last one;
// elsewhere only its last state is printed, at the end of the cell.
type screen struct {
	term terminal
	in   io.Reader
	out  io.Writer

	stream *stream // what cells print, where it passes through us; or nil

	mu    sync.Mutex
	last  string // id of the output that ends at the cursor
	rows  int    // that it takes
	held  map[string]string
	order []string
}

var _ display.Screen = (*screen)(nil)

func newScreen(t terminal, in io.Reader, out io.Writer) *screen {
	return &screen{term: t, in: in, out: out, held: map[string]string{}}
}

// Display prints b.
func (s *screen) Display(id string, b display.Bundle) {
	s.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	if id != "" && !s.term.escape {
		s.hold(id, s.text(b))
		return
	}
	s.print(id, s.form(id, b))
}

// Update replaces the output id.
func (s *screen) Update(id string, b display.Bundle) {
	s.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	text := s.text(b)
	if !s.term.escape {
		s.hold(id, text)
		return
	}
	if id == s.last && s.rows > 0 {
		fmt.Fprintf(s.out, "\x1b[%dA\r\x1b[J", s.rows)
	}
	s.print(id, text)
}

// Clear does nothing: a terminal keeps what was printed.
func (s *screen) Clear(bool) {}

// Input asks for a line; password hides what is typed.
func (s *screen) Input(prompt string, password bool) (string, error) {
	s.flush()
	if !s.term.input {
		return "", errors.New("repl: input is not a terminal, nobody can be asked; run goray repl in a terminal")
	}
	fmt.Fprint(s.out, prompt)
	if f, ok := s.in.(*os.File); ok && password {
		secret, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(s.out)
		return string(secret), err
	}
	line, err := bufio.NewReaderSize(s.in, 16).ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}

// drain waits until what cells have printed is on the terminal.
func (s *screen) drain() {
	if s.stream != nil {
		s.stream.drain()
	}
}

// printed is told that something else printed: later updates start below.
func (s *screen) printed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = ""
}

// watch lets everything that cells print on the terminal pass through the screen; the function that
// it returns undoes that.
func (s *screen) watch() (restore func(), err error) {
	files := []**os.File{&os.Stdout}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		files = append(files, &os.Stderr)
	}
	if s.stream, err = openStream(s.printed, files...); err != nil {
		return func() {}, err
	}
	return func() {
		s.stream.close()
		s.stream = nil
	}, nil
}

// direct runs f with the terminal as standard output and error.
func (s *screen) direct(f func()) {
	if s.stream == nil {
		f()
		return
	}
	s.stream.drain()
	s.stream.direct(f)
}

// flush prints what is held back; later updates start below.
func (s *screen) flush() {
	s.drain()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		io.WriteString(s.out, s.held[id])
		delete(s.held, id)
	}
	s.order, s.last = nil, ""
}

func (s *screen) hold(id, text string) {
	if _, ok := s.held[id]; !ok {
		s.order = append(s.order, id)
	}
	s.held[id] = text
}

func (s *screen) print(id, text string) {
	io.WriteString(s.out, text)
	s.last, s.rows = id, 0
	if id == "" {
		return
	}
	columns := max(1, s.term.columns())
	for line := range strings.Lines(text) {
		s.rows += 1 + max(0, uniseg.StringWidth(strings.TrimSuffix(line, "\n"))-1)/columns
	}
}

// form is what is printed for b: an image where the terminal can, unless it is to be rewritten.
func (s *screen) form(id string, b display.Bundle) string {
	if id == "" {
		if picture := s.term.pictureOf(b); picture != "" {
			return picture
		}
	}
	return s.text(b)
}

// text is the plain form. A pipe or a dumb terminal gets no escape sequences, whoever wrote them.
func (s *screen) text(b display.Bundle) string {
	text, _ := b.Data[display.MIMETypeText].(string)
	if !s.term.color {
		text = stripEscapes(text)
	}
	return lineBreak(text)
}

// escape is a control sequence of a terminal: CSI (colours, cursor), a string such as OSC (titles,
// links) up to its end, or one that is shorter than both.
var escape = regexp.MustCompile("\x1b(?:\\[[^\x40-\x7e]*[\x40-\x7e]?|[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~]?)")

func stripEscapes(s string) string {
	if !strings.Contains(s, "\x1b") {
		return s
	}
	return escape.ReplaceAllLiteralString(s, "")
}
