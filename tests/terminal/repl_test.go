//go:build linux || darwin

package terminal

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"github.com/goray/goray/repl/sixel/sixeltest"
)

const chart = `viz.Lines("waves", []viz.Series{{Name: "sine", X: xs, Y: ys}})`

// waves prepares the chart's data.
const waves = "var xs, ys []float64\rfor i := range 200 { xs = append(xs, float64(i)); ys = append(ys, math.Sin(float64(i)/9)) }\r"

// TestChartsFit draws a chart in terminals of several widths; the dumb one gets no escape sequence.
func TestChartsFit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		columns uint16
		term    string
	}{{50, "xterm"}, {110, "xterm"}, {70, "dumb"}} {
		t.Run(c.term, func(t *testing.T) {
			t.Parallel()
			p := open(t, c.columns, "\x1b[?62;22c", "TERM="+c.term)
			p.send(waves)
			p.expect("In[3]: ")
			p.send(chart + "\r")
			p.expect("In[4]: ")
			all := p.leave()
			if c.term == "dumb" && strings.Contains(all, "\x1b") {
				t.Error("an escape sequence went to a dumb terminal")
			}
			braille, widest := 0, 0
			for line := range strings.Lines(escape.ReplaceAllString(all, "")) {
				line = strings.TrimRight(line, "\r\n")
				if strings.ContainsFunc(line, func(r rune) bool { return r > 0x2800 && r < 0x2900 }) {
					braille++
					widest = max(widest, uniseg.StringWidth(line))
				}
			}
			if braille < 5 || widest > int(c.columns) || widest < int(c.columns)*6/10 {
				t.Errorf("%d rows of a chart, the widest of %d columns in a terminal of %d\n%s", braille, widest, c.columns, all)
			}
		})
	}
}

// TestChartAsPicture draws the same chart in a terminal with sixels.
func TestChartAsPicture(t *testing.T) {
	t.Parallel()
	c := open(t, 120, "\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?64;1;4;22c")
	c.send(waves)
	c.expect("In[3]: ")
	c.send(chart + "\r")
	c.expect("In[4]: ")
	_, pictures, err := sixeltest.Split(c.leave())
	if err != nil || len(pictures) != 1 {
		t.Fatalf("%d pictures, %v", len(pictures), err)
	}
	img := pictures[0]
	drawn := 0
	for i := 3; i < len(img.Pix); i += 4 {
		if img.Pix[i] > 0 {
			drawn++
		}
	}
	if size := img.Bounds().Size(); size.X < 400 || size.X > 1200 || drawn < 2000 {
		t.Errorf("a picture of %v with %d pixels drawn", size, drawn)
	}
	if dir := os.Getenv("GORAY_PICTURES"); dir != "" {
		var b bytes.Buffer
		if err := png.Encode(&b, img); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "terminal.png"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestProgressRedraws shows a job's progress in its place, and what is printed meanwhile above.
func TestProgressRedraws(t *testing.T) {
	t.Parallel()
	c := open(t, 100, "\x1b[?62;22c")
	c.send("p := viz.NewProgress(\"job\")\r")
	c.expect("In[2]: ")
	c.send("for i := range 4 { p.Set(\"steps\", int64(i+1), 4, \"\"); time.Sleep(300 * time.Millisecond) }; p.Close()\r")
	c.expect("4")
	c.expect("In[3]: ")
	all := c.leave()
	_, cell, _ := strings.Cut(all, "p.Close()")
	if up := strings.Count(cell, "A\r\x1b[J"); up < 2 {
		t.Errorf("the line was drawn anew %d times: %q", up, cell)
	}
}

// TestRealSession goes through what a person does in a session of Go.
func TestRealSession(t *testing.T) {
	t.Parallel()
	c := open(t, 100, "\x1b[?62;22c")
	c.send("func add(a, b int) int {\rreturn a + b\r}\r")
	c.expect("In[2]: ")
	c.send("add(2,\t\x0340\r") // Tab finds nothing to complete; Ctrl-C clears
	c.expect("40\r\n")
	c.expect("In[3]: ")
	c.send("strings.ToUpp\t")
	c.expect("ToUpper")
	c.expect("func(s string) string")
	c.send("(\"x\")\r")
	c.expect("\"X\"\r\n")
	c.expect("In[4]: ")
	c.send("fmt.Println(\"it \" + \"spins\"); for {}\r")
	c.expect("it spins\r\n")
	c.send("\x03")
	c.expect("interrupted")
	c.expect("In[5]: ")
	c.send("add(40, \"2\")\r")
	c.expect("cannot use \"2\"")
	c.expect("In[6]: ")
	c.send(":vars\r")
	c.expect("no variables yet")
	c.expect("In[6]: ")
	c.leave()
}
