package edit

import "strings"

// search goes backwards through the history while its query is typed.
type search struct {
	query  string
	at     int // of the item that is shown; Len before the first hit
	before string
}

func (e *Editor) startSearch() {
	if e.historyLen() == 0 {
		return
	}
	e.search = &search{at: e.historyLen(), before: e.buf.string()}
}

// searchKey handles a key of a search; used is false for the key that ends it and is meant for the
// text.
func (e *Editor) searchKey(k key) (used bool) {
	s := e.search
	switch k.name {
	case "text":
		s.query += k.text
		e.find(min(s.at, e.historyLen()-1))
	case "backspace":
		if r := []rune(s.query); len(r) > 0 {
			s.query = string(r[:len(r)-1])
		}
		e.find(e.historyLen() - 1)
	case "ctrl-r":
		e.find(s.at - 1)
	case "ctrl-g", "ctrl-c":
		e.buf.set(s.before)
		e.search = nil
	default:
		if s.at < e.historyLen() {
			e.item = s.at
		}
		e.search = nil
		return false
	}
	return true
}

// find shows the newest item at or before from that holds the query.
func (e *Editor) find(from int) {
	if e.search.query == "" {
		return
	}
	for i := min(from, e.historyLen()-1); i >= 0; i-- {
		if item := e.History.At(i); strings.Contains(item, e.search.query) {
			e.search.at = i
			e.buf.set(item)
			return
		}
	}
}
