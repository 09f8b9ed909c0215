package edit

import (
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

type past []string

func (p past) Len() int        { return len(p) }
func (p past) At(i int) string { return p[i] }

// oneByOne hands out one key of input per Read, so that every state is drawn.
type oneByOne struct{ keys []string }

func (o *oneByOne) Read(p []byte) (int, error) {
	if len(o.keys) == 0 {
		return 0, io.EOF
	}
	n := copy(p, o.keys[0])
	o.keys = o.keys[1:]
	return n, nil
}

func testEditor(screen io.Writer, columns int, in io.Reader) *Editor {
	return &Editor{
		In: in, Out: screen, Prompt: "\x1b[1mIn: \x1b[0m", More: "..: ",
		Size:  func() (int, int) { return columns, 12 },
		Ready: func(s string) bool { return strings.Count(s, "{") <= strings.Count(s, "}") },
		Highlight: func(s string) string {
			return strings.ReplaceAll(s, "return", "\x1b[35mreturn\x1b[0m")
		},
		History: past{"first", "second {\n\tx\n}", "third"},
		Complete: func(source string, cursor int) (int, []Item) {
			start := strings.LastIndexAny(source[:cursor], " \n.") + 1
			var out []Item
			for _, name := range []string{"Println", "Printf", "日本", "日没"} {
				if strings.HasPrefix(name, source[start:cursor]) {
					out = append(out, Item{name, "func " + name})
				}
			}
			return start, out
		},
	}
}

// TestEditor runs testdata/*.txtar: "keys" are Go string literals, one a line, each a read; "screen"
// is what the terminal shows before the last key, "result" what Read returns.
func TestEditor(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var keys []string
			for line := range strings.Lines(string(archive.Files[0].Data)) {
				k, err := strconv.Unquote(strings.TrimSpace(line))
				if err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				keys = append(keys, k)
			}
			terminal := newEmulator(40)
			before := ""
			e := testEditor(terminal, 40, &snapshots{oneByOne{keys}, func() { before = terminal.String() }})
			cell, err := e.Read()
			result := strconv.Quote(cell)
			if err != nil {
				result = err.Error()
			}
			got := []txtar.File{archive.Files[0], {Name: "screen", Data: []byte(before)}, {Name: "after", Data: []byte(terminal.String())}, {Name: "result", Data: []byte(result + "\n")}}
			if *update {
				archive.Files = got
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			for i, f := range got {
				if i >= len(archive.Files) || string(archive.Files[i].Data) != string(f.Data) {
					t.Errorf("%s: got\n%s\nwant\n%s", f.Name, f.Data, txtar.Format(archive))
				}
			}
			if len(terminal.strange) > 0 {
				t.Error(terminal.strange)
			}
		})
	}
}

// snapshots calls look before each read.
type snapshots struct {
	oneByOne
	look func()
}

func (s *snapshots) Read(p []byte) (int, error) {
	if len(s.keys) > 0 {
		s.look()
	}
	return s.oneByOne.Read(p)
}

func TestReadsAhead(t *testing.T) {
	e := testEditor(io.Discard, 80, strings.NewReader("a\rb{\r}\rc"))
	for _, want := range []string{"a", "b{\n}"} {
		if got, err := e.Read(); got != want || err != nil {
			t.Errorf("%q %v, want %q", got, err, want)
		}
	}
	if _, err := e.Read(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

func TestRawFails(t *testing.T) {
	e := testEditor(io.Discard, 80, strings.NewReader("a\r"))
	e.Raw = func() (func(), error) { return nil, errors.New("no terminal") }
	if _, err := e.Read(); err == nil {
		t.Error("no error")
	}
}

// TestRandomKeys presses random keys: nothing panics, the terminal never wraps by itself, and the
// text on the screen is the text of the buffer.
func TestRandomKeys(t *testing.T) {
	pool := []string{"a", "return ", "{", "}", "日", "👩‍👩‍👧", "é", "\t", "\r", "\x7f", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x01", "\x05",
		"\x0b", "\x15", "\x17", "\x19", "\x1b[H", "\x1b[F", "\x1b[3~", "\x1bb", "\x1bf", "\x1bd", "\x1f", "\x12", "\x07", "x\ny", "\x1b[200~p\nq\x1b[201~",
		"\x1b\r", "\x1b[Z", "\x1b[999z", "\x1b[1;5D", strings.Repeat("long ", 20), "\x00", "\xff"}
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		var pressed []string
		for range 60 {
			pressed = append(pressed, pool[r.IntN(len(pool))])
		}
		terminal := newEmulator(30)
		e := testEditor(terminal, 30, &oneByOne{pressed})
		e.Size = func() (int, int) { return 30, 500 } // the emulator does not scroll
		for {
			if _, err := e.Read(); err != nil {
				break
			}
		}
		if len(terminal.strange) > 0 {
			t.Fatalf("seed %d: %q\n%s", seed, pressed, terminal)
		}
	}
}
