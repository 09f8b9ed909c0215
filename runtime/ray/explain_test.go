package ray_test

import (
	"strings"
	"testing"

	"github.com/goray/goray/runtime/ray"
)

func TestExplain(t *testing.T) {
	both(t, func(t *testing.T) {
		node := ray.Nodes()[0].ID
		text := func(target any) string {
			t.Helper()
			x, err := ray.Explain(target)
			if err != nil {
				t.Fatal(err)
			}
			return strings.ReplaceAll(x.String(), node, "NODE")
		}
		big := ray.Remote[int](square).Options(ray.NumCPUs(36), ray.LabelSelector(map[string]string{"zone": "!a"})).Remote(1)
		after := ray.Remote[int](square).Remote(big)
		for _, test := range []struct {
			name   string
			target any
			want   string
		}{
			{"infeasible", big, `task ray_test.square (ID): WAITING_FOR_RESOURCES
  asks for   CPU 36
  placement  where zone !in(a)
  state      it waits for a node that can run it
  NODE  never  asks for CPU 36, has 2`},
			{"argument", after.Ref(), `task ray_test.square (ID): WAITING_FOR_ARGUMENTS
  asks for   CPU 1
  state      it waits for its arguments
  waits for  ` + big.ID() + ` task ray_test.square WAITING_FOR_RESOURCES`},
			{"by id", ray.Put(1).ID(), `object (ID): READY
  state      its value is there`},
		} {
			id, ok := test.target.(string)
			if !ok {
				id = test.target.(interface{ ID() string }).ID()
			}
			if got := strings.ReplaceAll(text(test.target), id, "ID"); got != test.want {
				t.Errorf("%s:\n%s\nwant:\n%s", test.name, got, test.want)
			}
		}
		actor := ray.Actor[Counter](NewCounter).Options(ray.NumGPUs(1)).Remote(0)
		if got := text(actor); !strings.Contains(got, "NODE  never  asks for GPU 1, has none") {
			t.Error(got)
		}
		if _, err := ray.Explain(7); err == nil || !strings.Contains(err.Error(), "give a reference") {
			t.Error(err)
		}
	})
}
