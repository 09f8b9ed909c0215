package native

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// tally is an actor whose state has all that a struct of a cell can have and that can move; each
// call says what it sees. %[1]s is the name of the type.
const tally = `type node%[1]s struct { name string; next *node%[1]s; seen map[string]int }
type shape%[1]s interface{ area() float64 }
type square%[1]s struct{ side float64 }
func (s square%[1]s) area() float64 { return s.side * s.side }
type base%[1]s struct{ id int }
func (b *base%[1]s) ID() int { b.id++; return b.id }
type pair%[1]s[K comparable, V any] struct { k K; v V }
type %[1]s struct {
	base%[1]s
	head, tail *node%[1]s
	shapes []shape%[1]s
	window, all []int
	inside *int
	pairs map[string]pair%[1]s[string, []float64]
	random *rand.Rand
	note any
	held ray.ObjectRef[int]
	err error
	at time.Time
}
var limit%[1]s = 3
func New%[1]s(n int) (*%[1]s, error) {
	if n < 0 { return nil, fmt.Errorf("%%d is negative", n) }
	c := &%[1]s{pairs: map[string]pair%[1]s[string, []float64]{}, random: rand.New(rand.NewPCG(1, 2)), note: square%[1]s{2}, err: io.EOF}
	c.head = &node%[1]s{name: "a"}
	c.tail = &node%[1]s{name: "b", next: c.head}
	c.head.next = c.tail
	c.all = make([]int, 8)
	c.inside = &c.all[3]
	c.held = ray.Put(n)
	return c, nil
}
func (c *%[1]s) Add(name string, x float64) string {
	c.shapes = append(c.shapes, square%[1]s{x})
	c.head.next.next.name += name
	*c.inside += len(name)
	c.pairs[name] = pair%[1]s[string, []float64]{name, append(c.pairs[name].v, x)}
	total := 0.0
	for _, s := range c.shapes { total += s.area() }
	return fmt.Sprint(total, c.head.name, c.tail.next == c.head, c.all, len(c.pairs), c.random.IntN(1000), c.note.(shape%[1]s).area(), c.err == io.EOF, limit%[1]s)
}
func (c *%[1]s) Held() (int, error) { return ray.Get(c.held) }
func (c *%[1]s) Where() int { return os.Getpid() }
func (c *%[1]s) Work(n int) int { t := 0; for i := range n { t += i %% 7 }; return t }
func (c *%[1]s) Fail(n int) error { if n > 1 { panic(c.all[n]) }; return fmt.Errorf("failed %%d: %%w", n, io.EOF) }
func (c *%[1]s) Value() square%[1]s { return square%[1]s{1.5} }
func (c %[1]s) Copy() any { return c.shapes[0] }
func (c *%[1]s) Variadic(p string, more ...int) (string, error) { return fmt.Sprint(p, more), nil }
func (c *%[1]s) Twice(ctx context.Context, f []ray.ObjectRef[int]) (int, error) { n, err := ray.GetContext(ctx, f[0]); return 2*n, err }`

// calls are made of an actor h of type %[1]s, in this order.
var calls = []string{
	`%[1]s.Add, "x", 1.5`, `%[1]s.Add, "yy", 2.0`, `%[1]s.ID`, `%[1]s.ID`, `%[1]s.Held`, `%[1]s.Fail, 1`, `%[1]s.Fail, 9`, `%[1]s.Fail, 3`,
	`%[1]s.Value`, `%[1]s.Copy`, `%[1]s.Variadic, "p", 1, 2`, `%[1]s.Twice, []ray.ObjectRef[int]{ray.Put(4)}`, `%[1]s.Work, 1000`,
	`"Add", "z", 3.0`, `func(c *T, k int) string { c.all[0] = k; return fmt.Sprint(c.all) }, 5`, `%[1]s.Add, "w", 0.5`, `%[1]s.Nothing`,
}

// record makes the calls and returns what each gave, without processes and names of types.
func record(t *testing.T, s *notebookSession, name string, between func(i int)) (out []string) {
	t.Helper()
	for i, c := range calls {
		between(i)
		c = strings.ReplaceAll(strings.ReplaceAll(c, "%[1]s", "(*"+name+")"), "*T", "*"+name)
		got, err := s.try(fmt.Sprintf("outcome(ray.Get(ray.Call[any](h%s, %s)))", name, c))
		if err != nil {
			got += err.Error()
		}
		out = append(out, cellNumber.ReplaceAllString(strings.ReplaceAll(passing.ReplaceAllString(got, "…"), name, "T"), "In[…]:$1"))
	}
	return out
}

// cellNumber differs from type to type.
var cellNumber = regexp.MustCompile(`In\[\d+\]:(\d+)(:\d+)?`)

func same(t *testing.T, what string, want, got []string) {
	t.Helper()
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s: call %d, %s\nwant %s\ngot  %s", what, i, calls[i], want[i], got[i])
		}
	}
}

// native says whether the actor's methods run in a process of their own.
func (s *notebookSession) native(name string) bool {
	s.t.Helper()
	return s.run(fmt.Sprintf("func() string { b, err := os.ReadFile(fmt.Sprintf(\"/proc/%%d/cmdline\", ray.Must(ray.Get(ray.Call[int](h%[1]s, (*%[1]s).Where))))); return fmt.Sprint(err, strings.HasPrefix(string(b), \"ray::New%[1]s\")) }()", name)) == "<nil> true"
}

// TestActors makes the same calls of an interpreted actor, of one that starts natively, and of one
// that moves between its calls.
func TestActors(t *testing.T) {
	s := open(t)
	s.run("type NotFound struct{ Key string }\nfunc (e *NotFound) Error() string { return \"no \" + e.Key }\ntype Code int\nfunc (c Code) Error() string { return fmt.Sprint(\"code \", int(c)) }\nvar ErrEmpty = errors.New(\"empty\")\n" + outcome)
	for _, name := range []string{"Slow", "Quick", "Swap"} {
		s.run(fmt.Sprintf(tally, name))
	}
	s.run("hSlow := ray.Actor[Slow](NewSlow).Options(ray.Interpreted).Remote(7)")
	want := record(t, s, "Slow", func(int) {})
	t.Log(strings.Join(want, "\n"))
	if s.native("Slow") {
		t.Error("an interpreted actor is native")
	}
	s.run("hQuick := ray.Actor[Quick](NewQuick).Options(ray.Native).Remote(7)")
	if !s.native("Quick") {
		t.Error("it does not start natively: ", s.run("ray.NativeStatus()"))
	}
	same(t, "native", want, record(t, s, "Quick", func(int) {}))
	s.run("hSwap := ray.Actor[Swap](NewSwap).Remote(7)")
	before := s.native("Swap")
	s.run("_ = ray.WaitNative(context.Background())")
	same(t, "swapped", want, record(t, s, "Swap", func(i int) {
		if i == 1 {
			s.run("_ = ray.Must(ray.Get(ray.Call[int](hSwap, (*Swap).Work, 2_000_000)))\n_ = ray.Must(ray.Get(ray.Call[int](hSwap, (*Swap).Work, 1)))")
			if before || !s.native("Swap") {
				t.Error("it does not move: ", before, s.run("ray.NativeStatus()"))
			}
		}
	}))
}

// TestActorLives restarts, names, kills and finds native actors, and lets several calls run at once.
func TestActorLives(t *testing.T) {
	s := open(t)
	s.run(`type Room struct { mu sync.Mutex; n int; open bool; other ray.ActorHandle[Room] }
func NewRoom(n int) *Room { return &Room{n: n} }
func (r *Room) Where() int { return os.Getpid() }
func (r *Room) Die() int { p, _ := os.FindProcess(os.Getpid()); p.Kill(); select {} }
func (r *Room) Exit(n int) int { os.Exit(n); return 0 }
func (r *Room) Next() int { r.mu.Lock(); defer r.mu.Unlock(); r.n++; return r.n }
func (r *Room) Open() int { r.mu.Lock(); defer r.mu.Unlock(); r.open = true; return 1 }
func (r *Room) isOpen() bool { r.mu.Lock(); defer r.mu.Unlock(); return r.open }
func (r *Room) Wait() int { for !r.isOpen() { time.Sleep(time.Millisecond) }; return r.n }
func (r *Room) Know(h ray.ActorHandle[Room]) bool { r.other = h; return true }
func (r *Room) Ask() (int, error) { return ray.Get(ray.Call[int](r.other, (*Room).Next)) }
func (r *Room) Until(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func (r *Room) Work(n int) int { t := 0; for i := range n { t += i % 7 }; return t }
func NewFile() *File { return &File{f: os.Stdout} }
type File struct { f *os.File }
func (f *File) Name() string { return f.f.Name() }
type Chan struct { c chan int }
func NewChan() *Chan { return &Chan{make(chan int, 3)} }
func (c *Chan) Put(n int) int { c.c <- n; return len(c.c) }
type Go struct { n int }
func NewGo() *Go { return &Go{} }
func (g *Go) Start() bool { go func() { g.n++ }(); return true }
var total = 0
type Sum struct { n int }
func NewSum() *Sum { return &Sum{} }
func (g *Sum) Add(n int) int { total += n; return total }
func NewBuilder() *strings.Builder { return new(strings.Builder) }
type Func struct { f func() int }
func NewFunc() *Func { return &Func{} }
func (f *Func) Make(n int) int { f.f = func() int { return n }; return n }
func (f *Func) Use() int { t := 0; for range 100_000 { t += f.f() }; return t }`)
	get := func(want, call string) {
		t.Helper()
		if got, err := s.try("ray.Must(ray.Get(" + call + "))"); got != want {
			t.Errorf("%s: %s, want %s: %v", call, got, want, err)
		}
	}
	s.run(`hRoom := ray.Actor[Room](NewRoom).Options(ray.Native, ray.Name("room"), ray.MaxRestarts(-1), ray.MaxTaskRetries(0), ray.MaxConcurrency(4)).Remote(10)`)
	if !s.native("Room") {
		t.Fatal("not native: ", s.run("ray.NativeStatus()"))
	}
	get("11", "ray.Call[int](hRoom, (*Room).Next)")
	get("12", "ray.Call[int](ray.Must(ray.GetActor[Room](\"room\")), (*Room).Next)")
	s.run("waits := []ray.ObjectRef[int]{ray.Call[int](hRoom, (*Room).Wait), ray.Call[int](hRoom, (*Room).Wait)}")
	get("1", "ray.Call[int](hRoom, (*Room).Open)")
	get("12", "waits[0]")
	for _, die := range []string{"Die", "Exit, 3"} {
		if got := s.run("func() bool { _, err := ray.Get(ray.Call[int](hRoom, (*Room)." + die + ")); return errors.Is(err, ray.ErrActorUnavailable) }()"); got != "true" {
			t.Errorf("%s: %s", die, got)
		}
		get("11", "ray.Call[int](hRoom, (*Room).Next)") // its constructor has run again
		if !s.native("Room") {
			t.Error("not native after a restart")
		}
	}
	s.run("until := ray.Call[any](hRoom, (*Room).Until)\n_, _, _ = ray.Wait([]ray.ObjectRef[any]{until}, ray.Timeout(50*time.Millisecond))\n_ = ray.Cancel(until)")
	if got := s.run("func() bool { _, err := ray.Get(until); return errors.Is(err, ray.ErrTaskCancelled) }()"); got != "true" {
		t.Error("a cancelled call: ", got)
	}
	get("12", "ray.Call[int](hRoom, (*Room).Next)")

	// Two calls wait for a third while the state wants to move; handles move with it.
	s.run("hRoom2 := ray.Actor[Room](NewRoom).Options(ray.MaxConcurrency(3)).Remote(20)\nhRoom = hRoom2\n_ = ray.Must(ray.Get(ray.Call[bool](hRoom, (*Room).Know, ray.Must(ray.GetActor[Room](\"room\")))))\n_ = ray.WaitNative(context.Background())")
	get("13", "ray.Call[int](hRoom, (*Room).Ask)")
	s.run("waits = []ray.ObjectRef[int]{ray.Call[int](hRoom, (*Room).Wait), ray.Call[int](hRoom, (*Room).Wait)}\n_ = ray.Must(ray.Get(ray.Call[int](hRoom, (*Room).Work, 2_000_000)))")
	get("21", "ray.Call[int](hRoom, (*Room).Next)")
	get("1", "ray.Call[int](hRoom, (*Room).Open)")
	get("21", "waits[1]")
	get("14", "ray.Call[int](hRoom, (*Room).Ask)")
	if !s.native("Room") {
		t.Error("not native: ", s.run("ray.NativeStatus()"))
	}
	get("22", "ray.Call[int](hRoom, (*Room).Next)")
	if got := s.run("func() bool { _ = ray.Kill(hRoom); _, err := ray.Get(ray.Call[int](hRoom, (*Room).Next)); return errors.Is(err, ray.ErrActorDied) }()"); got != "true" {
		t.Error("a killed actor: ", got)
	}

	s.run("type Leaver struct { n int }\nfunc NewLeaver() *Leaver { return &Leaver{} }\nfunc (r *Leaver) Where() int { return os.Getpid() }\nfunc (r *Leaver) Leave(ctx context.Context) error { return ray.ExitActor(ctx) }\nhLeaver := ray.Actor[Leaver](NewLeaver).Options(ray.Native, ray.MaxRestarts(-1)).Remote()")
	if !s.native("Leaver") {
		t.Error("not native: ", s.run("ray.NativeStatus()"))
	}
	if got := s.run("func() string { a, b := ray.Call[any](hLeaver, (*Leaver).Leave), ray.Call[int](hLeaver, (*Leaver).Where); _, err := ray.Get(a); _, later := ray.Get(b); return fmt.Sprint(err, errors.Is(later, ray.ErrActorDied), later) }()"); !strings.Contains(got, "true") {
		t.Error("an actor that exits: ", got)
	}

	// Calls that are shorter than the way to the program come back.
	s.run("type Short struct { n int }\nfunc NewShort() *Short { return &Short{} }\nfunc (r *Short) Where() int { return os.Getpid() }\nfunc (r *Short) Inc() int { r.n++; return r.n }\n_ = ray.Actor[Short](NewShort)\n_ = ray.WaitNative(context.Background())\nhShort := ray.NewActor[Short](NewShort)")
	if !s.native("Short") {
		t.Error("not native: ", s.run("ray.NativeStatus()"))
	}
	s.run("for range 2000 { _ = ray.Call[int](hShort, (*Short).Inc) }")
	get("2001", "ray.Call[int](hShort, (*Short).Inc)")
	t.Log("still native: ", s.native("Short")) // which is a matter of time

	s.run("hFile, hChan, hGo, hSum, hB := ray.NewActor[File](NewFile), ray.NewActor[Chan](NewChan), ray.NewActor[Go](NewGo), ray.NewActor[Sum](NewSum), ray.NewActor[strings.Builder](NewBuilder)\nhFunc := ray.NewActor[Func](NewFunc)\n_ = ray.WaitNative(context.Background())")
	get("/dev/stdout", "ray.Call[string](hFile, (*File).Name)")
	get("2", "ray.Call[int](hChan, (*Chan).Put, ray.Must(ray.Get(ray.Call[int](hChan, (*Chan).Put, 1))))")
	get("true", "ray.Call[bool](hGo, (*Go).Start)")
	get("7", "ray.Call[int](hSum, (*Sum).Add, ray.Must(ray.Get(ray.Call[int](hSum, (*Sum).Add, 3)))+1)")
	get("5", "ray.Call[int](hFunc, (*Func).Make, 5)")
	get("500000", "ray.Call[int](hFunc, (*Func).Use)")
	get("500000", "ray.Call[int](hFunc, (*Func).Use)")
	out := s.run("ray.NativeStatus()")
	for _, why := range []string{"File.f (os.File) cannot", "Chan.c (chan int) cannot", "it starts goroutines", "changes the captured variable total", "returns strings.Builder", "Func.f (func() int) cannot"} {
		if !strings.Contains(out, why) {
			t.Errorf("%q is missing in\n%s", why, out)
		}
	}
}
