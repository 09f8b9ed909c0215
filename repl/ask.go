package repl

import (
	"bytes"
	"image/color"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"
)

const (
	// question asks for the colour of the background, and then what the terminal can: every
	// terminal answers the second, so nobody waits for the first one's answer.
	question = "\x1b]11;?\x1b\\\x1b[c"
	// answerTime is how long a terminal may take; one that is slower shows no pictures, and its
	// answer, when it comes, is ignored by the line editor.
	answerTime = 200 * time.Millisecond
)

// ask finds out whether the terminal draws sixels, where the environment does not say. What a person
// has typed meanwhile is kept for the line editor.
func (t *terminal) ask(in *os.File, out io.Writer) {
	if t.sure || !t.input || !t.escape {
		return
	}
	state, err := term.MakeRaw(int(in.Fd()))
	if err != nil {
		return
	}
	defer term.Restore(int(in.Fd()), state)
	if _, err := io.WriteString(out, question); err != nil {
		return
	}
	var got []byte
	for end := time.Now().Add(answerTime); ; {
		chunk := readWithin(in, time.Until(end))
		if chunk == nil {
			break
		}
		got = append(got, chunk...)
		if _, done := answerOf(got); done {
			break
		}
	}
	a, _ := answerOf(got)
	t.ahead = a.typed
	if a.sixel {
		t.images, t.background = sixelImages, a.background
	}
}

// answer is what a terminal says of itself.
type answer struct {
	sixel      bool
	background color.Color // nil: unknown
	typed      []byte      // what is no answer
}

// answerOf takes the answers out of what was read; done says that the last one is there.
func answerOf(b []byte) (a answer, done bool) {
	for len(b) > 0 {
		switch {
		case bytes.HasPrefix(b, []byte("\x1b[?")):
			end := bytes.IndexByte(b, 'c')
			if end < 0 {
				return a, false
			}
			// The first parameter is a level, the others are abilities: 4 is sixel graphics.
			for i, p := range strings.Split(string(b[3:end]), ";") {
				a.sixel = a.sixel || i > 0 && p == "4"
			}
			b, done = b[end+1:], true
		case bytes.HasPrefix(b, []byte("\x1b]11;")):
			text, after, found := bytes.Cut(b, []byte("\x1b\\"))
			if bell := bytes.IndexByte(b, '\a'); bell >= 0 && (!found || bell < len(text)) {
				text, after, found = b[:bell], b[bell+1:], true
			}
			if !found {
				return a, done
			}
			a.background = colorOf(string(text[5:]))
			b = after
		default:
			a.typed = append(a.typed, b[0])
			b = b[1:]
		}
	}
	return a, done
}

// colorOf reads X11's rgb:rrrr/gggg/bbbb, with one to four digits each.
func colorOf(s string) color.Color {
	s, ok := strings.CutPrefix(s, "rgb:")
	parts := strings.Split(s, "/")
	if !ok || len(parts) != 3 {
		return nil
	}
	var v [3]uint8
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 16, 16)
		if err != nil || p == "" {
			return nil
		}
		v[i] = uint8(n * 255 / (1<<(4*len(p)) - 1))
	}
	return color.NRGBA{v[0], v[1], v[2], 0xff}
}
