//go:build linux

package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// tillDeclarations are the actor of the tests below.
const tillDeclarations = `
type Till struct{ Coins int; Slots []int }

func NewTill(coins int, slots []int) *Till { return &Till{coins, slots} }

func (t *Till) Add(n int) int { t.Coins += n; return t.Coins }

func (t *Till) Sum() (sum int) {
	for _, s := range t.Slots {
		sum += s
	}
	return sum
}
`

// output runs a program that joins the head, to its end.
func (h *head) output(declarations, body string) string {
	h.t.Helper()
	cmd := h.command("run", filepath.Join(folder(h.t, map[string]string{"x.go": program(declarations, body)}), "x.go"))
	cmd.Env = append(cmd.Env, "GORAY_ADDRESS=auto")
	r := finish(h.t, cmd)
	if r.code != 0 {
		h.t.Fatalf("exit code %d\n%s%s", r.code, r.out, r.err)
	}
	return r.out
}

// crash ends a head as a machine without power does.
func (h *head) crash() {
	h.t.Helper()
	pid := h.pid()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		h.t.Fatal(err)
	}
	until(h.t, "the head has ended", func() bool {
		threads, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)) // the first one to end is not the last
		return !alive(pid) && len(threads) <= 1
	})
}

// TestHeadResumes: with a folder for its state a head takes over what the one before had detached,
// however that ended.
func TestHeadResumes(t *testing.T) {
	t.Parallel()
	h := newHead(t)
	state := filepath.Join(t.TempDir(), "state")
	start := func() string {
		t.Helper()
		return h.must("start", "--head", "--num-cpus", "2", "--dashboard-port", "-1", "--state-dir", state)
	}
	if out := start(); strings.Contains(out, "esumed") {
		t.Errorf("the first head has resumed: %s", out)
	}
	h.must("job", "submit", "--submission-id", "short", "--", "echo what it printed")
	h.must("job", "submit", "--no-wait", "--submission-id", "long", "--", "sleep 300")
	until(t, "the long job runs", func() bool { return strings.Contains(h.must("job", "status", "long"), "RUNNING") })
	out := h.output(tillDeclarations, `
	room := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 1}}, ray.Pack, ray.Name("room"), ray.Namespace("shop"), ray.Lifetime(ray.Detached))
	ray.Must(true, room.Wait(time.Minute))
	slots := ray.Put(make([]int, 50_000))
	ray.Must(ray.Get(slots))
	till := ray.HandleOf[Till](ray.NewClass(NewTill, nil).With(ray.Name("till"), ray.Namespace("shop"), ray.Lifetime(ray.Detached), ray.NumCPUs(1), ray.InPlacementGroup(room, 0)).New(40, slots))
	fmt.Println(ray.Must(ray.Get(ray.Call[int](till, (*Till).Add, 2))))
	gone := ray.HandleOf[Till](ray.NewClass(NewTill, nil).With(ray.Name("gone"), ray.Namespace("shop"), ray.Lifetime(ray.Detached)).New(1, []int{1}))
	fmt.Println(ray.Must(ray.Get(ray.Call[int](gone, (*Till).Add, 2))))
	ray.Must(true, ray.Kill(gone))`)
	if !strings.HasPrefix(out, "42\n3\n") {
		t.Fatal(out)
	}
	h.crash()
	if out := start(); !strings.Contains(out, "Resumed from "+state+": 1 detached actors, 1 placement groups.") || strings.Contains(out, "Not resumed") {
		t.Errorf("the second head says %s", out)
	}
	ask := func() string {
		return h.output(tillDeclarations, `
	till := ray.HandleOf[Till](ray.Must(ray.FindActor("till", "shop")))
	fmt.Println(ray.Must(ray.Get(ray.Call[int](till, (*Till).Add, 5))), ray.Must(ray.Get(ray.Call[int](till, (*Till).Sum))))
	_, err := ray.FindActor("gone", "shop")
	fmt.Println(err != nil)`)
	}
	if out := ask(); !strings.HasPrefix(out, "45 0\ntrue\n") {
		t.Errorf("the actor after a restart: %s", out)
	}
	if groups := h.list("placement-groups"); len(groups) != 1 || groups[0]["name"] != "room" || groups[0]["state"] != "CREATED" {
		t.Errorf("the placement groups: %v", groups)
	}
	if out := h.must("job", "status", "short"); !strings.Contains(out, "SUCCEEDED") {
		t.Errorf("the job that was done: %s", out)
	}
	if out := h.must("job", "logs", "short"); out != "what it printed\n" {
		t.Errorf("its output: %q", out)
	}
	if r := h.run("job", "status", "long"); !strings.Contains(r.out, "FAILED") || !strings.Contains(r.out, "The head ended while the job ran") {
		t.Errorf("the job that ran: %+v", r)
	}
	if r := h.run("job", "submit", "--submission-id", "short", "--", "true"); r.code != 1 {
		t.Errorf("an id is used again: %+v", r)
	}

	// A change that was being written is lost, and nothing else.
	h.crash()
	f, err := os.OpenFile(filepath.Join(state, "state"), os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("torn")
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if out := start(); !strings.Contains(out, "Not resumed: the last 4 bytes of") || !strings.Contains(out, "1 detached actors, 1 placement groups") {
		t.Errorf("after a torn end the head says %s", out)
	}
	if out := ask(); !strings.HasPrefix(out, "45 0\ntrue\n") {
		t.Errorf("the actor after two restarts: %s", out)
	}

	// What goray stop ends comes back, what is killed does not.
	h.must("stop")
	start()
	size := func() int64 {
		i, err := os.Stat(filepath.Join(state, "state"))
		if err != nil {
			t.Fatal(err)
		}
		return i.Size()
	}
	until(t, "the actor is there", func() bool { return len(h.list("actors", "--filter", "state=ALIVE")) == 1 })
	before := size() // all that the head writes at its start is written before the constructor runs
	h.must("kill-actor", "--namespace", "shop", "till")
	until(t, "the end of the actor is written down", func() bool { return size() > before })
	h.crash()
	if out := start(); strings.Contains(out, "1 detached actors") || !strings.Contains(out, "0 detached actors, 1 placement groups") {
		t.Errorf("after the end of the actor the head says %s", out)
	}
	if r := h.run("start", "--head"); r.code != 1 {
		t.Errorf("a second head: %+v", r)
	}
	other := newHead(t)
	if r := other.run("start", "--head", "--dashboard-port", "-1", "--state-dir", state); r.code != 1 || !strings.Contains(r.err, "another process uses it") {
		t.Errorf("a second head with the same state: %+v", r)
	}
}
