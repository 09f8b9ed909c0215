package ray_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func TestDashboardView(t *testing.T) {
	if _, err := ray.Dashboard(); !errors.Is(err, ray.ErrNotInitialized) {
		t.Error(err)
	}
	start(t, ray.Config{Nodes: []ray.NodeConfig{
		{Name: "alpha", NumCPUs: 2}, {Name: "<b>beta</b>", NumCPUs: 1, NumGPUs: 1, Resources: map[string]float64{"disk": 3}},
	}})
	queued := ray.Remote[int](pid).Options(ray.NumCPUs(50)).Remote()
	check(t, ray.Remote[int](one).Remote(), 1)
	v := ray.Must(ray.Dashboard())
	for _, want := range []string{"2 nodes", "alpha", "<b>beta</b>", "disk ░░░░░░░░ 0 of 3", "0 of 2", "1 waiting", "1 finished", "memory"} {
		if !strings.Contains(v.String(), want) {
			t.Errorf("no %q in\n%s", want, v)
		}
	}
	svg := v.MIMEBundle()["image/svg+xml"].(string)
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "b" {
			t.Error("the name of a node became markup")
		}
	}
	if v.ShowLive() {
		t.Error("a panel lives where nothing can show it")
	}
	if err := ray.Cancel(queued); err != nil {
		t.Error(err)
	}
}

// TestLivePanel counts the updates of two panels, of which the newest lives.
func TestLivePanel(t *testing.T) {
	start(t, ray.Config{NumCPUs: 1})
	var mu sync.Mutex
	updates, changed := map[int][]string{}, make(chan struct{}, 100)
	panels := 0
	ray.SetLiveScreen(func(first map[string]any) func(map[string]any) {
		panels++
		number := panels
		return func(next map[string]any) {
			mu.Lock()
			defer mu.Unlock()
			updates[number] = append(updates[number], next["text/plain"].(string))
			changed <- struct{}{}
		}
	})
	defer ray.SetLiveScreen(nil)
	v := ray.Must(ray.Dashboard())
	if !v.ShowLive() || !v.ShowLive() {
		t.Fatal("no panel")
	}
	<-changed // the first has ended with its last state
	check(t, ray.Remote[int](one).Remote(), 1)
	limit := time.After(20 * time.Second)
	for seen := false; !seen; {
		select {
		case <-changed:
			mu.Lock()
			list := updates[2]
			seen = len(list) > 0 && strings.Contains(list[len(list)-1], "1 finished")
			mu.Unlock()
		case <-limit:
			t.Fatal("no update tells of the task")
		}
	}
	if err := ray.Shutdown(); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(updates[1]) != 1 {
		t.Errorf("the first panel was updated %d times, want once at its end", len(updates[1]))
	}
}

func one() int { return 1 }

func ExampleDashboard() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2, DashboardPort: -1}))
	defer ray.Shutdown()
	ray.Must(ray.Get(ray.Remote[int](func() int { return 1 }).Remote()))
	v := ray.Must(ray.Dashboard())
	fmt.Println(len(v.Nodes), v.Nodes[0].Uses[0].Name, v.Nodes[0].Uses[0].Total, v.Finished)
	// Output: 1 CPU 2 1
}
