package repl

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// maxHistory is how much of the history file is kept in memory.
const maxHistory = 5000

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
	h.items = h.items[max(0, len(h.items)-maxHistory):]
	return h, nil
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
	if h.path == "" {
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
