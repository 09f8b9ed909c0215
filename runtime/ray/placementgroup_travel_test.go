package ray_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

// usesGroup submits a task into a group that it was given.
func usesGroup(ctx context.Context, pg *ray.PlacementGroup) (string, error) {
	return ray.GetContext(ctx, ray.Remote[string](where).Options(ray.NumCPUs(0.5), ray.InPlacementGroup(pg, 1)).Remote())
}

// ownGroup tells about the group that it runs in, and submits a task there.
func ownGroup(ctx context.Context) (string, error) {
	pg, err := ray.CurrentPlacementGroup(ctx)
	if err != nil || pg == nil {
		return fmt.Sprint(pg), err
	}
	text, err := usesGroup(ctx, pg)
	return pg.Name() + " " + text, err
}

// makesGroup makes a group, and leaves it behind.
func makesGroup() (string, error) {
	pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 0.25}}, ray.Pack, ray.Name("made in a task"))
	return pg.ID(), pg.Wait(-1)
}

func TestPlacementGroupsTravel(t *testing.T) {
	both(t, func(t *testing.T) {
		pg := ray.NewPlacementGroup([]ray.Bundle{{"CPU": 0.5}, {"CPU": 0.5}}, ray.Pack, ray.Name("shared"))
		check(t, ray.Remote[string](usesGroup).Options(ray.NumCPUs(0.5)).Remote(pg), "true 1")
		check(t, ray.Remote[string](ownGroup).Options(ray.NumCPUs(0.5)).Remote(), "PlacementGroup(nil)")
		check(t, ray.Remote[string](ownGroup).Options(ray.NumCPUs(0.5), ray.InPlacementGroup(pg, 0)).Remote(), "shared true 1")

		id, err := ray.Get(ray.Remote[string](makesGroup).Options(ray.NumCPUs(0.5)).Remote())
		if err != nil {
			t.Fatal(err)
		}
		left, err := ray.GetPlacementGroup("made in a task")
		if err != nil || left.ID() != id {
			t.Fatalf("found %v, %v; want %s", left, err, id)
		}
		if err := left.Remove(); err != nil {
			t.Fatal(err)
		}
		if err := left.Remove(); err != nil {
			t.Errorf("a second removal: %v", err)
		}
		var none *ray.PlacementGroup
		if err := none.Wait(0); !errors.Is(err, ray.ErrInvalidCall) {
			t.Error(err)
		}
	})
}
