package cells

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"github.com/goray/goray/kernel/display"
	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
	"github.com/goray/goray/kernel/session"
)

// runCells runs the cells of a file in a session of this process, and writes what they showed to
// out, as JSON. It takes over standard output and error: a process of its own runs each file.
func runCells(path string, out io.Writer) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	c, err := parseCase(data)
	if err != nil {
		return err
	}
	stdout, err := capture(&os.Stdout)
	if err != nil {
		return err
	}
	stderr, err := capture(&os.Stderr)
	if err != nil {
		return err
	}
	screen := &memory{}
	s, err := session.Open(session.Config{NewEngine: typed.New, Engine: "typed", Version: "test", Screen: screen})
	if err != nil {
		return err
	}
	defer s.Close()
	for i := range c.cells {
		cell := &c.cells[i]
		result := s.Execute(context.Background(), engine.Cell{Number: i + 1, Source: cell.Source})
		cell.Shown = map[string]string{"stdout": stdout(), "stderr": stderr(), "display": screen.take()}
		for _, page := range result.Pages {
			cell.Shown["display"] += text(page)
		}
		if result.Result != nil {
			cell.Shown["text/plain"] = text(*result.Result)
		}
		if result.Err != nil {
			cell.Shown["error"] = session.NewReport(result.Err, false).Text() + "\n"
		}
	}
	return json.NewEncoder(out).Encode(c.cells)
}

// capture puts a file in the place of f; read returns what was written since the last call.
func capture(f **os.File) (read func() string, err error) {
	file, err := os.CreateTemp("", "goray-cells-*")
	if err != nil {
		return nil, err
	}
	os.Remove(file.Name())
	*f = file
	var done int64
	return func() string {
		end, err := file.Seek(0, io.SeekEnd)
		if err != nil {
			return err.Error()
		}
		data := make([]byte, end-done)
		n, _ := file.ReadAt(data, done)
		done = end
		return string(data[:n])
	}, nil
}

// text is the plain form of a bundle.
func text(b display.Bundle) string {
	plain, _ := b.Data[display.MIMETypeText].(string)
	return line(plain)
}

// memory is a display.Screen that remembers.
type memory struct {
	mu    sync.Mutex
	shown strings.Builder
}

func (m *memory) add(what, id string, b display.Bundle) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id != "" {
		what += " " + id
	}
	fmt.Fprintf(&m.shown, "%s: %s", what, text(b))
}

func (m *memory) take() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.shown.String()
	m.shown.Reset()
	return s
}

func (m *memory) Display(id string, b display.Bundle) { m.add("display", id, b) }
func (m *memory) Update(id string, b display.Bundle)  { m.add("update", id, b) }
func (m *memory) Clear(bool)                          {}
func (m *memory) Input(prompt string, _ bool) (string, error) {
	return "answer", nil
}
