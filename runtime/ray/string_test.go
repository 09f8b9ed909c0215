package ray_test

import (
	"fmt"
	"testing"

	"github.com/goray/goray/runtime/node"
	"github.com/goray/goray/runtime/ray"
)

func TestStrings(t *testing.T) {
	start(t, ray.Config{InProcess: true, NumCPUs: 1})
	node.SetCode(&pieces)
	defer node.SetCode(nil)
	put := ray.Put(1)
	named := ray.Actor[Counter](NewCounter).Options(ray.Name("hits")).Remote(0)
	plain := ray.NewActor[Counter](NewCounter, 0)
	for _, test := range []struct {
		value fmt.Stringer
		want  string
	}{
		{ray.Remote[int](square), "RemoteFunc[int](ray_test.square in ray_test.go)"},
		{ray.Remote[int](declare("addBase", 1)), "RemoteFunc[int](addBase in In[3])"},
		{ray.Remote[int](7), "RemoteFunc[int](not a function)"},
		{ray.RemoteFunc[int]{}, "RemoteFunc[int](nil)"},
		{ray.Actor[Counter](NewCounter), "ActorClass[ray_test.Counter](ray_test.NewCounter in ray_test.go)"},
		{ray.ActorClass[Counter]{}, "ActorClass[ray_test.Counter](nil)"},
		{put, "ObjectRef[int](" + put.ID() + ")"},
		{ray.ObjectRef[int]{}, "ObjectRef[int](nil)"},
		{named, "ActorHandle[ray_test.Counter](hits, " + named.ID() + ")"},
		{plain, "ActorHandle[ray_test.Counter](" + plain.ID() + ")"},
		{ray.ActorHandle[Counter]{}, "ActorHandle[ray_test.Counter](nil)"},
	} {
		if got := test.value.String(); got != test.want {
			t.Errorf("%s, want %s", got, test.want)
		}
	}
}
