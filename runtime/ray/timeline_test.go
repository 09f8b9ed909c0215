package ray_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

type traceEvent struct {
	Name, Ph, Cat, ID string
	Ts                float64
	Dur               *float64
	Pid, Tid          int
	Args              map[string]any
}

func burn(d time.Duration) int {
	for end := time.Now().Add(d); time.Now().Before(end); {
	}
	return 0
}

// timeline writes and reads a timeline.
func timeline(t *testing.T) []traceEvent {
	t.Helper()
	path := filepath.Join(t.TempDir(), "timeline.json")
	if err := ray.Timeline(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ TraceEvents []traceEvent }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.TraceEvents
}

// checkTracks fails when slices of a track overlap, or a wait does not end where its slice begins.
func checkTracks(t *testing.T, events []traceEvent) (slicesFound int) {
	t.Helper()
	type track struct{ pid, tid int }
	tracks := map[track][]traceEvent{}
	waits := map[string][]traceEvent{}
	starts := map[int][]float64{}
	for _, e := range events {
		switch e.Ph {
		case "X":
			if e.Dur == nil || *e.Dur < 0 || e.Ts < 0 {
				t.Errorf("a slice without length: %+v", e)
				continue
			}
			tracks[track{e.Pid, e.Tid}] = append(tracks[track{e.Pid, e.Tid}], e)
			starts[e.Pid] = append(starts[e.Pid], e.Ts)
			slicesFound++
		case "b", "e":
			waits[e.ID] = append(waits[e.ID], e)
		}
	}
	for _, list := range tracks {
		slices.SortFunc(list, func(x, y traceEvent) int { return int(x.Ts*1000) - int(y.Ts*1000) })
		for i := 1; i < len(list); i++ {
			if end := list[i-1].Ts + *list[i-1].Dur; end > list[i].Ts+0.002 { // rounding of nanoseconds
				t.Errorf("%s ends at %.3f, after %s begins at %.3f", list[i-1].Name, end, list[i].Name, list[i].Ts)
			}
		}
	}
	for id, w := range waits {
		if len(w) != 2 || w[0].Ph != "b" || w[1].Ph != "e" || w[0].Ts > w[1].Ts || !slices.Contains(starts[w[1].Pid], w[1].Ts) {
			t.Errorf("the wait %s is %+v", id, w)
		}
	}
	if len(waits) != slicesFound {
		t.Errorf("%d waits, %d slices", len(waits), slicesFound)
	}
	return slicesFound
}

func TestTimeline(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	f := ray.Remote[int](burn)
	var refs []ray.ObjectRef[int]
	for i := range 200 { // many messages come together
		refs = append(refs, f.Remote(time.Duration(i%3)*100*time.Microsecond))
	}
	ray.Must(ray.GetAll(refs))
	c := ray.NewActor[Counter](NewCounter, 0)
	check(t, ray.Call[int](c, (*Counter).Inc, 2), 2)
	if _, err := ray.Get(ray.Remote[int](dieTalking).Options(ray.MaxRetries(1)).Remote(1)); err == nil {
		t.Fatal("a task that exits has a value")
	}
	events := timeline(t)
	if n := checkTracks(t, events); n != 204 { // tasks, constructor, call, two attempts
		t.Errorf("%d slices, want 204", n)
	}
	attempts := map[any]bool{}
	for _, e := range events {
		if e.Ph == "X" && strings.Contains(e.Name, "dieTalking") {
			if e.Args["failure"] == nil || e.Args["cell"] == nil || e.Args["line"] == nil {
				t.Errorf("a failed attempt: %+v", e)
			}
			attempts[e.Args["attempt"]] = true
		}
	}
	if len(attempts) != 2 {
		t.Errorf("attempts %v, want 0 and 1", attempts)
	}
}

func submitsSquare(n int) (int, error) { return ray.Get(ray.Remote[int](square).Remote(n)) }

func TestTimelineOfNestedTasks(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	check(t, ray.Remote[int](submitsSquare).Remote(3), 9)
	events := timeline(t)
	checkTracks(t, events)
	var outer, inner, from, to traceEvent
	for _, e := range events {
		switch {
		case e.Ph == "X" && strings.Contains(e.Name, "submitsSquare"):
			outer = e
		case e.Ph == "X":
			inner = e
		case e.Ph == "s":
			from = e
		case e.Ph == "f":
			to = e
		}
	}
	if outer.Dur == nil || inner.Dur == nil || inner.Args["parent_task_id"] != outer.Args["task_id"] {
		t.Fatalf("parent %+v, child %+v", outer, inner)
	}
	if inner.Ts+*inner.Dur > outer.Ts+*outer.Dur+0.002 {
		t.Errorf("the child ran %.3f+%.3f, its parent %.3f+%.3f", inner.Ts, *inner.Dur, outer.Ts, *outer.Dur)
	}
	if inner.Ts < outer.Ts {
		t.Skip("the parent's message came so late that its slice begins after the child's: there is no arrow")
	}
	if from.ID == "" || from.ID != to.ID || from.Pid != outer.Pid || to.Pid != inner.Pid || from.Ts < outer.Ts || from.Ts > to.Ts || to.Ts != inner.Ts {
		t.Errorf("the arrow is from %+v to %+v", from, to)
	}
}

func TestTimelineOfConcurrentCalls(t *testing.T) {
	start(t, ray.Config{NumCPUs: 2})
	c := ray.Actor[talker](newTalker).Options(ray.MaxConcurrency(4)).Remote()
	var refs []ray.ObjectRef[int]
	for range 8 {
		refs = append(refs, ray.Call[int](c, (*talker).Burn, 5*time.Millisecond))
	}
	ray.Must(ray.GetAll(refs))
	events := timeline(t)
	checkTracks(t, events)
	tracks := map[int]bool{}
	for _, e := range events {
		if e.Ph == "X" && strings.Contains(e.Name, "Burn") {
			tracks[e.Tid] = true
		}
	}
	if len(tracks) < 2 {
		t.Errorf("concurrent calls are on %d track(s)", len(tracks))
	}
}
