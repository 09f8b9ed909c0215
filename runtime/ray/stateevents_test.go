package ray_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

func ExampleListEvents() {
	ray.Must(ray.Init(ray.Config{Nodes: []ray.NodeConfig{{Name: "head"}, {Name: "spot"}}}))
	defer ray.Shutdown()

	ray.Must(0, ray.RemoveNode("spot"))
	for _, e := range ray.Must(ray.ListEvents(ray.Filter("event_type", "!=", "NODE_ADDED"))).Items {
		fmt.Println(e.Severity, e.Type, e.Message)
	}
	// Output: WARNING NODE_REMOVED node spot is gone
}

// TestEvents: what dies is told, what ends as it should is not.
func TestEvents(t *testing.T) {
	quiet := false
	start(t, ray.Config{NumCPUs: 2, LogToDriver: &quiet})
	check(t, ray.Remote[int](square).Remote(7), 49)
	if err := failed(ray.Remote[int](dieTalking).Options(ray.MaxRetries(0)).Remote(1)); !errors.Is(err, ray.ErrWorkerCrashed) {
		t.Fatal(err)
	}
	a := ray.NewActor[Counter](NewCounter, 1)
	check(t, ray.Call[int](a, (*Counter).Inc, 1), 2)
	ray.Must(0, ray.Kill(a))
	if err := failed(ray.Call[int](a, (*Counter).Inc, 1)); !errors.Is(err, ray.ErrActorDied) {
		t.Fatal(err)
	}
	list := ray.Must(ray.ListEvents())
	var types []string
	for i, e := range list.Items {
		types = append(types, e.Type)
		if e.Serial != int64(i+1) || e.Time.IsZero() || e.Message == "" {
			t.Errorf("event %d is %+v", i, e)
		}
	}
	if want := []string{"NODE_ADDED", "WORKER_DIED", "ACTOR_DIED"}; !slices.Equal(types, want) {
		t.Errorf("events %v, want %v", types, want)
	}
	if one := ray.Must(ray.ListEvents(ray.Filter("SEVERITY", "=", "warning"), ray.Limit(1))); len(one.Items) != 1 || one.Total != 2 || one.Items[0].Type != "ACTOR_DIED" || !strings.Contains(one.String(), "1 of 2 shown") {
		t.Errorf("the last of the warnings: %v", one)
	}
	if _, err := ray.ListEvents(ray.Filter("colour", "=", "red")); err == nil || !strings.Contains(err.Error(), "event_type") {
		t.Errorf("a field that is not: %v", err)
	}
}

// TestAddressOfEnvironment: GORAY_ADDRESS counts where the program names no address.
func TestAddressOfEnvironment(t *testing.T) {
	t.Setenv("GORAY_HEAD", t.TempDir())
	t.Setenv("GORAY_ADDRESS", "auto")
	if _, err := ray.Init(); err == nil || !strings.Contains(err.Error(), "goray start") {
		ray.Shutdown()
		t.Errorf("Init without a head: %v", err)
	}
	start(t, ray.Config{Address: "local", NumCPUs: 1})
	check(t, ray.Remote[int](square).Remote(3), 9)
}
