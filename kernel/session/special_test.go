package session_test

import (
	"testing"

	"github.com/goray/goray/kernel/session"
)

func TestFirstSpecial(t *testing.T) {
	for source, want := range map[string]struct {
		text string
		line int
	}{
		"x := 5\ny := x % 2":           {"", 0},
		"x := 1\n%time x":              {"%time x", 2},
		"\n!ls -l\nx := 1":             {"!ls -l", 2},
		"%%bash\nls":                   {"%%bash", 1},
		"s := `\n!not a command\n`\ns": {"", 0},
		"strings.ToUpper?":             {"?strings.ToUpper", 1},
		"$ ls":                         {"!ls", 1},
	} {
		text, line, ok := session.FirstSpecial(source)
		if text != want.text || line != want.line || ok != (want.text != "") {
			t.Errorf("%q: %q, line %d, %v", source, text, line, ok)
		}
	}
}
