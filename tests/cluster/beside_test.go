package cluster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// turns is how often each side does each work, in turns with the others; the medians count.
const turns = 5

// works are the rows, with how often one turn repeats them.
var works = []struct {
	name, title, unit string
	scale             float64
	repeat            int
}{
	{"connect", "connect to first result", "s", 1, 1},
	{"task", "task, one after another", "ms", 1e3, 20},
	{"actor", "actor call, one after another", "ms", 1e3, 20},
	{"async", "1,000 tasks at once", "s", 1, 1},
	{"put", "put 100 MiB", "s", 1, 1},
	{"get", "get 100 MiB", "s", 1, 1},
}

// player is a process that obeys lines.
type player struct {
	name string
	in   io.WriteCloser
	out  *bufio.Scanner
	cmd  *exec.Cmd
	err  bytes.Buffer
}

func play(b testing.TB, name string, cmd *exec.Cmd) *player {
	b.Helper()
	p := &player{name: name, cmd: cmd}
	cmd.Stderr = &p.err
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	p.out = bufio.NewScanner(out)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { p.in.Close(); cmd.Wait() })
	p.answer(b, "ready")
	return p
}

// answer reads the next line that has the field.
func (p *player) answer(b testing.TB, field string) float64 {
	b.Helper()
	for p.out.Scan() {
		var m map[string]float64
		if json.Unmarshal(p.out.Bytes(), &m) == nil {
			if v, ok := m[field]; ok {
				return v
			}
		}
	}
	p.cmd.Wait()
	b.Fatalf("%s has ended:\n%s", p.name, tailOf(p.err.String(), 20))
	return 0
}

func (p *player) do(b testing.TB, work string) float64 {
	fmt.Fprintln(p.in, work)
	return p.answer(b, "seconds")
}

// BenchmarkBesidePython sets Go beside Python on one cluster in one run: both over ray://, and both as
// drivers on the cluster. Each side is a process of its own.
func BenchmarkBesidePython(b *testing.B) {
	python := withRay(b)
	h := up(b, "bench.yaml")
	b.Setenv("GORAY_PYTHON", python)
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	goSide := func(address string) *exec.Cmd {
		cmd := exec.Command(self)
		cmd.Env = append(os.Environ(), envSide+"="+address)
		return cmd
	}
	remote := fmt.Sprintf("ray://127.0.0.1:%d", h.client)
	players := []*player{
		play(b, "Go, ray://", goSide(remote)),
		play(b, "Python, ray://", exec.Command(python, "beside.py", remote)),
		play(b, "Go on the cluster", goSide("raynode://"+h.gcs)),
		play(b, "Python on the cluster", exec.Command(python, "beside.py", h.gcs)),
	}
	medians := map[string][]float64{}
	for _, w := range works {
		times := make([][]float64, len(players))
		for _, p := range players { // once without counting: workers start, pages are touched
			p.do(b, w.name)
		}
		for range turns {
			for i, p := range players {
				for range w.repeat {
					times[i] = append(times[i], p.do(b, w.name)*w.scale)
				}
			}
		}
		for _, t := range times {
			slices.Sort(t)
			medians[w.name] = append(medians[w.name], t[len(t)/2])
		}
	}
	var table strings.Builder
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(tw, "medians\t")
	for _, p := range players {
		fmt.Fprintf(tw, "%s\t", p.name)
	}
	fmt.Fprintln(tw, "Python/Go, ray://\tPython/Go, on it\t")
	for _, w := range works {
		m := medians[w.name]
		fmt.Fprintf(tw, "%s (%s)\t", w.title, w.unit)
		for _, v := range m {
			fmt.Fprintf(tw, "%.3g\t", v)
		}
		fmt.Fprintf(tw, "%.2f\t%.2f\t\n", m[1]/m[0], m[3]/m[2])
	}
	tw.Flush()
	keep(b, "bench-ray.txt", []byte(table.String()))
	fmt.Println(table.String())
}
