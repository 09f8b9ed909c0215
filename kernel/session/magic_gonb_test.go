package session

import (
	"slices"
	"testing"
)

func TestGonbCells(t *testing.T) {
	for _, c := range []struct {
		source string
		kinds  []partKind
		texts  []string
	}{
		{"func f() {}\n%%\nf()", []partKind{goPart, cellPart}, []string{"func f() {}\n", "main"}},
		{"//gonb:%main -x=1\nf()", []partKind{cellPart}, []string{"main -x=1"}},
		{"!if true; then \\\n  ls; \\\nfi\nx := 1", []partKind{shellPart, goPart}, []string{"if true; then \\\n  ls; \\\nfi", "x := 1"}},
		{"%test\nfunc TestA() {}", []partKind{goPart, linePart}, []string{"func TestA() {}", "test"}},
		{"x := 7 \\\n%% 3", []partKind{goPart}, nil},
	} {
		var kinds []partKind
		for i, p := range split(c.source) {
			kinds = append(kinds, p.kind)
			if c.texts != nil && (i >= len(c.texts) || p.text != c.texts[i]) {
				t.Errorf("%q: part %d is %q", c.source, i, p.text)
			}
		}
		if c.texts != nil && !slices.Equal(kinds, c.kinds) {
			t.Errorf("%q: %v", c.source, kinds)
		}
	}
}

func TestMainBody(t *testing.T) {
	for body, want := range map[string]bool{"return": true, "x := 1\nf(x)": true, "1 + 1": false, "func f() {}": false, "": false, "print a b": false} {
		if isMainBody(body) != want {
			t.Errorf("%q: %v", body, !want)
		}
	}
}

func TestFields(t *testing.T) {
	t.Setenv("WHO", "me")
	got, err := fields(`-a  "b c" '' $WHO`)
	if err != nil || !slices.Equal(got, []string{"-a", "b c", "", "me"}) {
		t.Errorf("%q %v", got, err)
	}
	if _, err := fields(`"`); err == nil {
		t.Error("no error")
	}
}

func TestWithoutBodiless(t *testing.T) {
	if got := withoutBodiless("func f(int) error\nvar x = 1"); got != "                 \nvar x = 1" {
		t.Errorf("%q", got)
	}
	if got := withoutBodiless("func f()\n{ }"); got != "func f()\n{ }" {
		t.Errorf("%q", got)
	}
}
