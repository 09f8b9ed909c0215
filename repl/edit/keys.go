package edit

import (
	"io"
	"strings"
	"unicode/utf8"
)

// key is one press: a rune that is text, or a name such as "up", "ctrl-a", "alt-b".
type key struct {
	name string
	text string // of "text" and "paste"
}

// keys decodes the bytes of a terminal. What was read beyond a cell stays for the next one.
type keys struct {
	in  io.Reader
	buf []byte
}

const pasteEnd = "\x1b[201~"

// next waits for a key.
func (k *keys) next() (key, error) {
	if err := k.need(1); err != nil {
		return key{}, err
	}
	b := k.buf[0]
	switch {
	case b == 0x1b:
		return k.escape()
	case b < 0x20 || b == 0x7f:
		k.buf = k.buf[1:]
		return key{name: control(b)}, nil
	}
	for !utf8.FullRune(k.buf) {
		if err := k.need(len(k.buf) + 1); err != nil {
			break
		}
	}
	r, size := utf8.DecodeRune(k.buf)
	k.buf = k.buf[size:]
	return key{name: "text", text: string(r)}, nil
}

func control(b byte) string {
	switch b {
	case '\r', '\n':
		return "enter"
	case '\t':
		return "tab"
	case 0x7f, 0x08:
		return "backspace"
	case 0x1f:
		return "ctrl-_"
	}
	return "ctrl-" + string(rune(b|0x60))
}

// need reads until n bytes are there.
func (k *keys) need(n int) error {
	for len(k.buf) < n {
		chunk := make([]byte, 1024)
		got, err := k.in.Read(chunk)
		k.buf = append(k.buf, chunk[:got]...)
		if err != nil && len(k.buf) < n {
			return err
		}
	}
	return nil
}

// escape decodes what begins with ESC: a control sequence, or a key with Alt.
func (k *keys) escape() (key, error) {
	if err := k.need(2); err != nil {
		return key{}, err
	}
	second := k.buf[1]
	if second != '[' && second != 'O' {
		k.buf = k.buf[1:]
		inner, err := k.next()
		if err != nil || inner.name == "paste" {
			return inner, err
		}
		if inner.name == "text" {
			return key{name: "alt-" + inner.text}, nil
		}
		return key{name: "alt-" + inner.name}, nil
	}
	end := 2
	for {
		if err := k.need(end + 1); err != nil {
			return key{}, err
		}
		if b := k.buf[end]; b >= 0x40 && b <= 0x7e {
			break
		}
		if end++; end > 32 { // no sequence is that long
			break
		}
	}
	sequence := string(k.buf[2 : end+1])
	k.buf = k.buf[end+1:]
	if sequence == "200~" {
		return k.paste()
	}
	return key{name: sequences[sequence]}, nil
}

// sequences are the keys that terminals send as CSI or SS3 sequences; an unknown one is ignored.
var sequences = map[string]string{
	"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "Z": "shift-tab", "M": "enter",
	"1~": "home", "7~": "home", "4~": "end", "8~": "end", "3~": "delete",
	"1;5C": "alt-f", "1;5D": "alt-b", "1;3C": "alt-f", "1;3D": "alt-b", "5C": "alt-f", "5D": "alt-b",
	"3;5~": "alt-d", "13;3u": "alt-enter", "27;3;13~": "alt-enter",
}

// paste takes everything up to the end mark.
func (k *keys) paste() (key, error) {
	for {
		if at := strings.Index(string(k.buf), pasteEnd); at >= 0 {
			text := string(k.buf[:at])
			k.buf = k.buf[at+len(pasteEnd):]
			return key{name: "paste", text: strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)}, nil
		}
		if err := k.need(len(k.buf) + 1); err != nil {
			return key{}, err
		}
	}
}
