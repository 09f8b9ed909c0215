package wire

import (
	"errors"
	"testing"
)

func encode(t testing.TB, c *Codec, o Outgoing) [][]byte {
	t.Helper()
	frames, _, err := c.Encode(o)
	if err != nil {
		t.Fatal(err)
	}
	return frames
}

func TestCodec(t *testing.T) {
	front, back := NewCodec("secret", "front"), NewCodec("secret", "kernel")
	m, err := back.Decode(encode(t, front, Outgoing{Identities: [][]byte{[]byte("me")}, Type: "execute_request", Content: map[string]int{"x": 1}, Buffers: [][]byte{[]byte("raw")}}))
	if err != nil {
		t.Fatal(err)
	}
	if m.Header.Type != "execute_request" || m.Header.Session != front.Session || string(m.Content) != `{"x":1}` || string(m.Identities[0]) != "me" || string(m.Buffers[0]) != "raw" {
		t.Errorf("got %+v", m)
	}
	answer, err := front.Decode(encode(t, back, Outgoing{Parent: m, Type: "execute_reply"}))
	if err != nil || answer.Parent != m.Header {
		t.Errorf("parent %+v, %v", answer, err)
	}
}

func TestCodecRefuses(t *testing.T) {
	front := NewCodec("secret", "front")
	good := func() [][]byte { return encode(t, front, Outgoing{Type: "execute_request"}) }
	change := func(i int, s string) [][]byte { f := good(); f[i] = []byte(s); return f }
	for name, frames := range map[string][][]byte{
		"nothing":         {},
		"no delimiter":    {[]byte("x")},
		"delimiter alone": {delimiter},
		"no signature":    change(1, ""),
		"short signature": change(1, "00"),
		"wrong signature": change(1, "0000000000000000000000000000000000000000000000000000000000000000"),
		"long signature":  change(1, string(good()[1])+"00"),
		"other content":   change(5, `{"code":"rm"}`),
		"too few":         good()[:5],
		"other key":       encode(t, NewCodec("guess", "front"), Outgoing{Type: "execute_request"}),
	} {
		if _, err := NewCodec("secret", "kernel").Decode(frames); !errors.Is(err, ErrBadMessage) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open := NewCodec("", "kernel")
	for _, i := range []int{2, 3, 4, 5} {
		if _, err := open.Decode(change(i, "{")); !errors.Is(err, ErrBadMessage) {
			t.Errorf("frame %d is no JSON: %v", i, err)
		}
	}
	back := NewCodec("secret", "kernel")
	twice := good()
	if _, err := back.Decode(twice); err != nil {
		t.Fatal(err)
	}
	if _, err := back.Decode(twice); !errors.Is(err, ErrBadMessage) {
		t.Errorf("a repeated message: %v", err)
	}
}

// FuzzDecode cuts arbitrary bytes into frames: no panic, and with a key nothing gets through.
func FuzzDecode(f *testing.F) {
	sep := []byte{0xff}
	f.Add([]byte("id\xff<IDS|MSG>\xff\xff{\"msg_type\":\"a\"}\xff{}\xff{}\xff{}\xffbuf"))
	f.Add([]byte("<IDS|MSG>\xff00\xff{}\xffnull\xff[]\xff0"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var frames [][]byte
		for start, i := 0, 0; i <= len(data); i++ {
			if i == len(data) || data[i] == sep[0] {
				frames = append(frames, data[start:i])
				start = i + 1
			}
		}
		if m, err := NewCodec("", "kernel").Decode(frames); err == nil {
			if _, _, err := NewCodec("k", "kernel").Encode(Outgoing{Identities: m.Identities, Parent: m, Type: "x", Content: m.Content}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := NewCodec("secret", "kernel").Decode(frames); err == nil {
			t.Fatal("an unsigned message was taken")
		}
	})
}
