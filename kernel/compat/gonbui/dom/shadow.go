package dom

import (
	"regexp"
	"strings"
	"sync"
)

// shadow is what the transient divs hold, as far as it is known here: their HTML, by id.
type shadow struct {
	sync.Mutex
	html map[string]string
}

var divs = shadow{html: map[string]string{}}

func (s *shadow) create(id string) {
	s.Lock()
	defer s.Unlock()
	s.html[id] = ""
}

// content is what an element holds.
func (s *shadow) content(id string) (string, bool) {
	s.Lock()
	defer s.Unlock()
	if text, ok := s.html[id]; ok {
		return text, true
	}
	for _, text := range s.html {
		if e, ok := find(text, id); ok {
			return text[e.inner:e.innerEnd], true
		}
	}
	return "", false
}

// root is the div that an element is in, or is.
func (s *shadow) root(id string) (string, bool) {
	s.Lock()
	defer s.Unlock()
	if _, ok := s.html[id]; ok {
		return id, true
	}
	for root, text := range s.html {
		if _, ok := find(text, id); ok {
			return root, true
		}
	}
	return "", false
}

// edit changes the HTML around an element; whole is true for a div itself, which is all inner.
func (s *shadow) edit(id string, f func(text string, e element, whole bool) string) {
	s.Lock()
	defer s.Unlock()
	if text, ok := s.html[id]; ok {
		s.html[id] = f(text, element{0, 0, len(text), len(text)}, true)
		return
	}
	for root, text := range s.html {
		if e, ok := find(text, id); ok {
			s.html[root] = f(text, e, false)
			return
		}
	}
}

func (s *shadow) set(id, html string) {
	s.edit(id, func(text string, e element, _ bool) string { return text[:e.inner] + html + text[e.innerEnd:] })
}

func (s *shadow) insert(id string, pos RelativePositionId, html string) {
	s.edit(id, func(text string, e element, whole bool) string {
		at, outside := e.innerEnd, false
		switch pos {
		case AfterBegin:
			at = e.inner
		case BeforeBegin:
			at, outside = e.start, true
		case AfterEnd:
			at, outside = e.end, true
		}
		if outside && whole {
			return text
		}
		return text[:at] + html + text[at:]
	})
}

func (s *shadow) remove(id string) {
	s.edit(id, func(text string, e element, _ bool) string { return text[:e.start] + text[e.end:] })
	s.Lock()
	defer s.Unlock()
	delete(s.html, id)
}

// element is where an element lies in HTML, and where what it holds does.
type element struct{ start, inner, innerEnd, end int }

var tag = regexp.MustCompile(`<(/?)([a-zA-Z][\w-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>`)

// void elements have no end tag.
var void = map[string]bool{"area": true, "br": true, "hr": true, "img": true, "input": true, "link": true, "meta": true, "source": true}

// find looks for the element with an id.
func find(text, id string) (element, bool) {
	own := regexp.MustCompile(`(?:^|\s)id\s*=\s*["']?` + regexp.QuoteMeta(id) + `(?:["'\s/]|$)`)
	tags := tag.FindAllStringSubmatchIndex(text, -1)
	for i, t := range tags {
		if t[2] < t[3] || !own.MatchString(text[t[6]:t[7]]) {
			continue
		}
		name := strings.ToLower(text[t[4]:t[5]])
		if void[name] || strings.HasSuffix(text[t[6]:t[7]], "/") {
			return element{t[0], t[1], t[1], t[1]}, true
		}
		depth := 1
		for _, u := range tags[i+1:] {
			if strings.ToLower(text[u[4]:u[5]]) != name {
				continue
			}
			if u[2] < u[3] {
				depth--
			} else {
				depth++
			}
			if depth == 0 {
				return element{t[0], t[1], u[0], u[1]}, true
			}
		}
		return element{t[0], t[1], len(text), len(text)}, true
	}
	return element{}, false
}
