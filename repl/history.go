package repl

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// What is kept of the history: so many cells, and so many bytes of them in the file. A cell that is
// larger than maxItem is only for this session.
const (
	maxHistory = 5000
	maxBytes   = 8 << 20
	maxItem    = 1 << 20
)

// history is the earlier input, in memory and, one JSON string a line, in a file. It is the
// edit.History of the line editor.
type history struct {
	path  string // "" for none
	items []string
}

// openHistory reads the file; a missing one is an empty history. Lines that are no JSON strings
// are left out.
func openHistory(path string) (*history, error) {
	h := &history{path: path}
	if path == "" {
		return h, nil
	}
	f, err := os.Open(path)
	if os.IsNotExist(err) {
		return h, nil
	}
	if err != nil {
		h.path = ""
		return h, fmt.Errorf("repl: the history cannot be read: %w; this session keeps none", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var item string
		if json.Unmarshal(lines.Bytes(), &item) == nil {
			h.items = append(h.items, item)
		}
	}
	if err := lines.Err(); err != nil {
		h.path = ""
		return h, fmt.Errorf("repl: the history cannot be read: %w; this session keeps none", err)
	}
	read := len(h.items)
	h.items = h.items[max(0, read-maxHistory):]
	if info, err := f.Stat(); err == nil && (read > 2*maxHistory || info.Size() > 2*maxBytes) {
		if err := h.shorten(); err != nil {
			return h, fmt.Errorf("repl: the history cannot be shortened: %w; it goes on growing", err)
		}
	}
	return h, nil
}

// shorten writes the file anew, with the newest cells. What another REPL writes at this moment is
// lost, which is why the file is left to grow to twice its size before.
func (h *history) shorten() error {
	path, err := filepath.EvalSymlinks(h.path)
	if err != nil {
		return err
	}
	first, size := len(h.items), 0
	for ; first > 0 && size+len(h.items[first-1]) <= maxBytes; first-- {
		size += len(h.items[first-1])
	}
	f, err := os.CreateTemp(filepath.Dir(path), "history") // for this user alone
	if err != nil {
		return err
	}
	lines := json.NewEncoder(f)
	for _, item := range h.items[first:] {
		err = errors.Join(err, lines.Encode(item))
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// historyPath is where the history is, "" for none.
func historyPath(option string, getenv func(string) string) string {
	switch {
	case option == "-":
		return ""
	case option != "":
		return option
	}
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) {
		home := getenv("HOME")
		if home == "" {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "goray", "history")
}

// Write adds a cell, unless it repeats the last one. Other users cannot read the file: cells may
// hold secrets.
func (h *history) Write(cell string) error {
	cell = strings.TrimSpace(cell)
	if cell == "" || (len(h.items) > 0 && h.items[len(h.items)-1] == cell) {
		return nil
	}
	h.items = append(h.items, cell)
	if h.path == "" || len(cell) > maxItem {
		return nil
	}
	line, err := json.Marshal(cell)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(line, '\n'))
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// Len and At serve the line editor.
func (h *history) Len() int        { return len(h.items) }
func (h *history) At(i int) string { return h.items[i] }
