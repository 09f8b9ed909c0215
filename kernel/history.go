package kernel

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
)

// maxHistory is the size at which the older half of the history file is dropped.
const maxHistory = 8 << 20

// HistoryFile is where all kernels of this user keep their history: $GORAY_HISTORY, or
// goray/history.jsonl in the user's data directory. It is "off" where there is neither.
func HistoryFile() string {
	if f := os.Getenv("GORAY_HISTORY"); f != "" {
		return f
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "off"
	}
	dir := filepath.Join(home, ".local", "share")
	switch {
	case os.Getenv("XDG_DATA_HOME") != "":
		dir = os.Getenv("XDG_DATA_HOME")
	case runtime.GOOS == "darwin":
		dir = filepath.Join(home, "Library", "Application Support")
	case os.Getenv("APPDATA") != "":
		dir = os.Getenv("APPDATA")
	}
	return filepath.Join(dir, "goray", "history.jsonl")
}

// history is what was run, here and in earlier sessions: a file of JSON lines that many kernels
// append to. Where it cannot be written, this session's cells are remembered all the same.
type history struct {
	path string // empty: no file

	mu      sync.Mutex
	session int
	here    []entry
}

// entry is a cell that was run; the first of a session has no line and only claims the number.
type entry struct {
	Session int    `json:"s"`
	Line    int    `json:"n,omitempty"`
	Input   string `json:"i,omitempty"`
	Output  string `json:"o,omitempty"`
}

func newHistory(path string) *history {
	if path == "" {
		path = HistoryFile()
	}
	if path == "off" {
		path = ""
	}
	return &history{path: path}
}

// number gives the session its number, when it is first needed; h.mu is held.
func (h *history) number() int {
	if h.session > 0 {
		return h.session
	}
	h.session = 1
	h.locked(func(f *os.File) {
		all := readEntries(f)
		if n := len(all); n > 0 {
			h.session = all[n-1].Session + 1
		}
		if st, err := f.Stat(); err == nil && st.Size() > maxHistory {
			all = all[len(all)/2:]
			f.Truncate(0)
			for _, e := range all {
				appendEntry(f, e)
			}
		}
		appendEntry(f, entry{Session: h.session})
	})
	return h.session
}

// locked opens the file for whoever holds its lock.
func (h *history) locked(f func(*os.File)) {
	if h.path == "" || os.MkdirAll(filepath.Dir(h.path), 0o700) != nil {
		return
	}
	file, err := os.OpenFile(h.path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err != nil {
		return
	}
	defer file.Close()
	if lock(file) == nil {
		f(file)
	}
}

func appendEntry(f io.Writer, e entry) {
	if b, err := json.Marshal(e); err == nil {
		f.Write(append(b, '\n'))
	}
}

func readEntries(f io.Reader) (all []entry) {
	s := bufio.NewScanner(f)
	s.Buffer(nil, maxHistory)
	for s.Scan() {
		var e entry
		if json.Unmarshal(s.Bytes(), &e) == nil && e.Session > 0 {
			all = append(all, e)
		}
	}
	return all
}

func (h *history) add(line int, input, output string) {
	if strings.TrimSpace(input) == "" || len(input) > maxHistory/8 {
		return
	}
	if len(output) > 4<<10 {
		output = output[:4<<10]
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	e := entry{h.number(), line, input, strings.ToValidUTF8(output, "")}
	h.here = append(h.here, e)
	h.locked(func(f *os.File) { appendEntry(f, e) })
}

// entries is everything, oldest first, this session last.
func (h *history) entries() []entry {
	h.mu.Lock()
	defer h.mu.Unlock()
	own := h.number()
	var all []entry
	h.locked(func(f *os.File) { all = readEntries(f) })
	all = slices.DeleteFunc(all, func(e entry) bool { return e.Line == 0 || e.Session == own })
	return append(all, h.here...)
}

type historyRequest struct {
	Type    string `json:"hist_access_type"` // "tail", "range" or "search"
	Output  bool   `json:"output"`
	Session int    `json:"session"`
	Start   int    `json:"start"`
	Stop    *int   `json:"stop"`
	N       int    `json:"n"`
	Pattern string `json:"pattern"`
	Unique  bool   `json:"unique"`
}

func (h *history) answer(r historyRequest) any {
	all := h.entries()
	switch r.Type {
	case "range":
		all = h.between(all, r)
	case "search":
		all = search(all, r)
	}
	if r.Type != "range" && r.N > 0 && len(all) > r.N {
		all = all[len(all)-r.N:]
	}
	found := make([][3]any, len(all))
	for i, e := range all {
		found[i] = [3]any{e.Session, e.Line, e.Input}
		if r.Output {
			found[i][2] = [2]string{e.Input, e.Output}
		}
	}
	return map[string]any{"status": "ok", "history": found}
}

// between finds a session's lines from start until before stop; session 0 is this one, −1 the
// one before it.
func (h *history) between(all []entry, r historyRequest) []entry {
	session := r.Session
	if session <= 0 {
		h.mu.Lock()
		session += h.number()
		h.mu.Unlock()
	}
	return slices.DeleteFunc(all, func(e entry) bool {
		return e.Session != session || e.Line < r.Start || r.Stop != nil && e.Line >= *r.Stop
	})
}

func search(all []entry, r historyRequest) []entry {
	pattern := r.Pattern
	if pattern == "" {
		pattern = "*"
	}
	glob := regexp.MustCompile(`(?s)^` + strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern)) + `$`)
	all = slices.DeleteFunc(all, func(e entry) bool { return !glob.MatchString(e.Input) })
	if r.Unique { // the newest of equal ones stays
		seen := map[string]bool{}
		slices.Reverse(all)
		all = slices.DeleteFunc(all, func(e entry) bool {
			was := seen[e.Input]
			seen[e.Input] = true
			return was
		})
		slices.Reverse(all)
	}
	return all
}
