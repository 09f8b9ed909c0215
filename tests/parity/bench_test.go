package parity

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
)

func TestMain(m *testing.M) {
	if node.IsWorker() {
		node.Main(node.Options{})
	}
	os.Exit(m.Run())
}

// turns is how often each side runs a row; the medians count.
const turns = 5

// row is one comparison. goray measures it once; rate says that more is better.
type row struct {
	name  string
	unit  string
	scale float64 // from seconds, bytes or 1/s to the unit
	rate  bool
	turns int // 0: turns
	goray func(b *testing.B) float64
	want  float64 // the ratio that the project asks of itself
}

var rows = []row{
	{name: "init", unit: "ms", scale: 1e3, turns: 1, goray: initialize, want: 100},
	{name: "idle memory", unit: "MB", scale: 1e-6, turns: 1, goray: idleMemory, want: 7},
	{name: "task sync", unit: "µs", scale: 1e6, goray: taskSync, want: 50},
	{name: "task async", unit: "1/s", scale: 1, rate: true, goray: taskAsync, want: 200},
	{name: "actor sync", unit: "µs", scale: 1e6, goray: actorSync, want: 20},
	{name: "actor async", unit: "1/s", scale: 1, rate: true, goray: actorAsync, want: 200},
	{name: "put 1 KB", unit: "1/s", scale: 1, rate: true, goray: putSmall, want: 200},
	{name: "put 1 GiB", unit: "GB/s", scale: 1e-9, rate: true, turns: 6, goray: putLarge, want: 1.2},
	{name: "10 MB argument", unit: "ms", scale: 1e3, goray: argument, want: 10},
	{name: "wait on 1,000", unit: "ms", scale: 1e3, goray: waitLoop, want: 100},
	{name: "actor creation", unit: "ms", scale: 1e3, goray: actorCreation, want: 50},
	{name: "recovery", unit: "ms", scale: 1e3, goray: recovery, want: 50},
}

// BenchmarkBesideRay measures the embedded runtime and pip ray in turns, in one run. It needs a
// Python that has ray, in GORAY_RAY_PYTHON.
func BenchmarkBesideRay(b *testing.B) {
	python := os.Getenv("GORAY_RAY_PYTHON")
	if python == "" {
		b.Skip("GORAY_RAY_PYTHON names no Python that has ray; make bench-ray sets one up")
	}
	peer := startRay(b, python)
	var table strings.Builder
	out := tabwriter.NewWriter(&table, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(out, "\tgoray\tRay\t\tratio\taim\t")
	for b.Loop() {
		for _, r := range rows {
			n := r.turns
			if n == 0 {
				n = turns
			}
			var ours, theirs []float64
			for range n {
				settle()
				ours = append(ours, r.goray(b)*r.scale)
				settle()
				v, err := peer.ask(r.name)
				if err != nil {
					b.Fatalf("%s: %v", r.name, err)
				}
				theirs = append(theirs, v*r.scale)
			}
			if r.name == "put 1 GiB" {
				// The first of each side is a cold one: no page of the store is there yet.
				report(out, b, row{name: "put 1 GiB, cold", unit: r.unit, rate: true, want: 1}, ours[:1], theirs[:1])
				ours, theirs = ours[1:], theirs[1:]
				r.name += ", warm"
				fmt.Fprintf(out, "memcpy in this run\t%.3g\t\t%s\t\t\t\n", memcpy()/1e9, r.unit)
				// While it is there Go's collector waits for another gibibyte: all that the rows below
				// allocate would be memory that nobody has touched before.
				gibibyte = nil
				runtime.GC()
			}
			report(out, b, r, ours, theirs)
		}
	}
	out.Flush()
	// Not by b.Log, which cuts long texts off.
	fmt.Println("medians; the ratio is how many times better goray is\n" + table.String())
	ray.Shutdown()
}

func report(out io.Writer, b *testing.B, r row, ours, theirs []float64) {
	mine, other := median(ours), median(theirs)
	ratio := other / mine
	if r.rate {
		ratio = mine / other
	}
	fmt.Fprintf(out, "%s\t%.3g\t%.3g\t%s\t%.3g×\t%g×\t\n", r.name, mine, other, r.unit, ratio, r.want)
	b.ReportMetric(ratio, strings.NewReplacer(" ", "-", ",", "").Replace(r.name)+"-x")
}

// settle waits until what the side before has left to do is done, for both sides alike: a row of a few
// milliseconds would measure that, too. It returns when the processors idle nine tenths of the time, and
// after 10 s at the latest.
func settle() {
	for range 50 {
		busy, all := processors()
		time.Sleep(200 * time.Millisecond)
		nowBusy, nowAll := processors()
		if (nowBusy-busy)*10 <= nowAll-all {
			return
		}
	}
}

// processors are the ticks that all processors together have worked, and that they have been there.
func processors() (busy, all int) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	first, _, _ := strings.Cut(string(stat), "\n")
	for i, field := range strings.Fields(first)[1:9] {
		n, _ := strconv.Atoi(field)
		all += n
		if i != 3 && i != 4 { // idle, and waiting for a disk
			busy += n
		}
	}
	return busy, all
}

func median(v []float64) float64 { return slices.Sorted(slices.Values(v))[len(v)/2] }

// raySide is the Python process that measures Ray.
type raySide struct {
	in  io.WriteCloser
	out *bufio.Reader
}

func startRay(b *testing.B, python string) *raySide {
	dir, err := os.MkdirTemp("", "r") // Ray's socket paths must be short
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 8*time.Minute)
	cmd := exec.CommandContext(ctx, python, "ray_side.py", dir)
	cmd.Env = append(os.Environ(), "RAY_USAGE_STATS_ENABLED=0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close() // Python ends, and Ray with it
		_ = cmd.Wait()
		cancel()
		os.RemoveAll(dir)
	})
	return &raySide{in, bufio.NewReader(out)}
}

func (r *raySide) ask(name string) (float64, error) {
	if _, err := fmt.Fprintln(r.in, name); err != nil {
		return 0, err
	}
	for {
		line, err := r.out.ReadString('\n')
		if err != nil {
			return 0, fmt.Errorf("Ray's side ended: %w", err)
		}
		var answer struct {
			Value float64
			Error string
		}
		if json.Unmarshal([]byte(line), &answer) != nil {
			continue // something that Ray prints
		}
		if answer.Error != "" {
			return 0, fmt.Errorf("Ray's side: %s", answer.Error)
		}
		return answer.Value, nil
	}
}

func nothing() {}

func length(data []byte) int { return len(data) }

// dieOnce kills its process in the first attempt.
func dieOnce(path string) (int, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		f.Close()
		err = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	return os.Getpid(), nil
}

// Counter is the actor.
type Counter struct{ n int }

// NewCounter makes one.
func NewCounter() *Counter { return &Counter{} }

// Inc counts.
func (c *Counter) Inc() int { c.n++; return c.n }

// before is this process's memory without the runtime.
var before float64

func initialize(b *testing.B) float64 {
	runtime.GC()
	before = pss("self")
	start := time.Now()
	ray.Must(ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1, ObjectStoreMemory: 4 << 30}))
	return time.Since(start).Seconds()
}

// idleMemory is that of the worker processes, and what the driver has grown by.
func idleMemory(b *testing.B) float64 {
	for range 4 { // all workers have run something
		ray.Must(ray.GetAll([]ray.ObjectRef[any]{ray.Remote[any](nothing).Remote(), ray.Remote[any](nothing).Remote()}))
	}
	runtime.GC()
	sum := pss("self") - before
	children, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range children {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		if fields[1] == strconv.Itoa(os.Getpid()) && !isPython(path) {
			sum += pss(filepath.Base(filepath.Dir(path)))
		}
	}
	return sum
}

// isPython tells Ray's side from our workers.
func isPython(stat string) bool {
	name, _ := os.ReadFile(filepath.Join(filepath.Dir(stat), "comm"))
	return strings.HasPrefix(string(name), "python")
}

func pss(pid string) float64 {
	rollup, _ := os.ReadFile("/proc/" + pid + "/smaps_rollup")
	for line := range strings.Lines(string(rollup)) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb * 1024
		}
	}
	return 0
}

func sync[T any](n int, call func() ray.ObjectRef[T]) float64 {
	times := make([]float64, n)
	for i := range times {
		start := time.Now()
		ray.Must(ray.Get(call()))
		times[i] = time.Since(start).Seconds()
	}
	return median(times)
}

func rate[T any](n int, call func() ray.ObjectRef[T]) float64 {
	refs := make([]ray.ObjectRef[T], n)
	start := time.Now()
	for i := range refs {
		refs[i] = call()
	}
	ray.Must(ray.GetAll(refs))
	return float64(n) / time.Since(start).Seconds()
}

func taskSync(*testing.B) float64 {
	f := ray.Remote[any](nothing)
	return sync(2000, func() ray.ObjectRef[any] { return f.Remote() })
}

func taskAsync(*testing.B) float64 {
	f := ray.Remote[any](nothing)
	return rate(20_000, func() ray.ObjectRef[any] { return f.Remote() })
}

// counter is one actor for the rows that only call it.
var counter = struct {
	ray.ActorHandle[Counter]
	made bool
}{}

func theCounter() ray.ActorHandle[Counter] {
	if !counter.made {
		counter.ActorHandle, counter.made = ray.NewActor[Counter](NewCounter), true
		ray.Must(ray.Get(ray.Call[int](counter.ActorHandle, (*Counter).Inc)))
	}
	return counter.ActorHandle
}

func actorSync(*testing.B) float64 {
	c := theCounter()
	return sync(2000, func() ray.ObjectRef[int] { return ray.Call[int](c, (*Counter).Inc) })
}

func actorAsync(*testing.B) float64 {
	c := theCounter()
	return rate(20_000, func() ray.ObjectRef[int] { return ray.Call[int](c, (*Counter).Inc) })
}

func putSmall(*testing.B) float64 {
	data := make([]byte, 1024)
	const n = 20_000
	start := time.Now()
	for range n {
		ray.Put(data)
	}
	return n / time.Since(start).Seconds()
}

var gibibyte []byte

func largeBlock() []byte {
	if gibibyte == nil {
		gibibyte = make([]byte, 1<<30)
		for i := range gibibyte {
			gibibyte[i] = byte(i)
		}
	}
	return gibibyte
}

func putLarge(b *testing.B) float64 {
	data := largeBlock()
	start := time.Now()
	ref := ray.Put(data)
	took := time.Since(start).Seconds()
	if err := ref.Ref().Err(); err != nil {
		b.Fatal(err)
	}
	ref = ray.ObjectRef[[]byte]{}
	// The object goes before the next one comes.
	for range 100 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
	return float64(len(data)) / took
}

// memcpy is how fast this machine copies a gibibyte, in bytes a second.
func memcpy() float64 {
	src := largeBlock()
	dst := make([]byte, len(src))
	copy(dst, src) // its pages are there
	start := time.Now()
	copy(dst, src)
	return float64(len(src)) / time.Since(start).Seconds()
}

func argument(*testing.B) float64 {
	f, data := ray.Remote[int](length), make([]byte, 10_000_000)
	return sync(20, func() ray.ObjectRef[int] { return f.Remote(data) })
}

func waitLoop(*testing.B) float64 {
	f := ray.Remote[any](nothing)
	var left []ray.ObjectRef[any]
	for range 1000 {
		left = append(left, f.Remote())
	}
	start := time.Now()
	for len(left) > 0 {
		var err error
		if _, left, err = ray.Wait(left); err != nil {
			panic(err)
		}
	}
	return time.Since(start).Seconds()
}

func actorCreation(*testing.B) float64 {
	start := time.Now()
	ray.Must(ray.Get(ray.Call[int](ray.NewActor[Counter](NewCounter), (*Counter).Inc)))
	return time.Since(start).Seconds()
}

func recovery(b *testing.B) float64 {
	path := filepath.Join(b.TempDir(), "died")
	start := time.Now()
	ray.Must(ray.Get(ray.Remote[int](dieOnce).Remote(path)))
	return time.Since(start).Seconds()
}
