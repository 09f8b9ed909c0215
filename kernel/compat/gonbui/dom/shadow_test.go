package dom

import "testing"

func TestShadow(t *testing.T) {
	s := shadow{html: map[string]string{}}
	s.create("root")
	s.insert("root", BeforeEnd, `<div id="a"><div>x</div></div>`)
	s.insert("root", BeforeEnd, `<br id=b><p id='c'>y</p>`)
	s.insert("a", AfterBegin, "1")
	s.insert("c", AfterEnd, "2")
	s.insert("c", BeforeBegin, "3")
	s.insert("root", AfterEnd, "nowhere")
	s.set("c", "z")
	if got, _ := s.content("root"); got != `<div id="a">1<div>x</div></div><br id=b>3<p id='c'>z</p>2` {
		t.Error(got)
	}
	if got, ok := s.content("a"); !ok || got != "1<div>x</div>" {
		t.Error(got)
	}
	s.remove("a")
	s.remove("b")
	if got, _ := s.content("root"); got != `3<p id='c'>z</p>2` {
		t.Error(got)
	}
	if root, ok := s.root("c"); !ok || root != "root" {
		t.Error(root)
	}
	if _, ok := s.content("none"); ok {
		t.Error("an element that is not there")
	}
}
