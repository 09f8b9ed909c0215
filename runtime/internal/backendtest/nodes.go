package backendtest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/marshal"
)

// EnvNode names the node of a process where a backend's own ids cannot be the names of the tests.
const EnvNode = "GORAY_TEST_NODE"

// where tells on which node it runs.
func where(ctx context.Context) string {
	return cmp.Or(os.Getenv(EnvNode), core.TaskFrom(ctx).NodeID)
}

// whereLength does so, and uses its argument.
func whereLength(ctx context.Context, b []byte) (string, error) {
	if len(b) == 0 {
		return "", fmt.Errorf("the argument is empty")
	}
	return where(ctx), nil
}

// grown is its argument with n bytes more. It leaves a mark.
func grown(dir string, b []byte, n int) ([]byte, error) {
	_, err := mark(dir)
	return append(b[:len(b):len(b)], make([]byte, n)...), err
}

// putsHere puts an object on the node of the task, and returns its id.
func putsHere(ctx context.Context, n int) (uint64, error) {
	b := core.TaskFrom(ctx).Backend
	v, err := marshal.EncodeAny(reflect.ValueOf(pattern(1, n)))
	if err != nil {
		return 0, err
	}
	id := b.NewID()
	return uint64(id), b.Put(id, v)
}

func (c *counter) home(ctx context.Context) string { return where(ctx) }
func (c *counter) large(n int) []byte              { return pattern(1, n) }

// testNode describes a node of the tests: 2 CPUs, and 2 of a resource of its own.
func testNode(name string) core.NodeConfig {
	return core.NodeConfig{
		Name: name, Resources: core.Resources{core.CPU: 2, name: 2}, Labels: map[string]string{"kind": "test"},
		ObjectStoreMemory: 128 << 20,
	}
}

// nodes starts a session with nodes of these names; the driver belongs to the first.
func nodes(names ...string) func(*core.Config) {
	return func(c *core.Config) {
		for _, name := range names {
			c.Nodes = append(c.Nodes, testNode(name))
		}
	}
}

// on makes a task run on the node that has the resource.
func on(name string) func(*core.Options) {
	return func(o *core.Options) { o.Resources = core.Resources{core.CPU: 1, name: 1} }
}

// without changes options so that nothing is tried twice.
func without(change func(*core.Options)) func(*core.Options) {
	return func(o *core.Options) {
		change(o)
		o.MaxRetries = 0
	}
}

// use makes a task use an object on a node with the resource, so that it is ready and lies there.
func (s *suite) use(id core.ID, name string) {
	s.Helper()
	user := s.taskWith(on(name), whereLength, ref(id))
	if _, failure := s.value(user); failure != nil {
		s.Fatalf("%s: %s", failure.Kind, failure.Text)
	}
	s.b.Release(user)
}

func (s *suite) remove(node string) {
	s.Helper()
	if err := s.b.(core.NodeKeeper).RemoveNode(node, false); err != nil {
		s.Fatal(err)
	}
}

func (s *suite) add(c core.NodeConfig) {
	s.Helper()
	id, err := s.b.(core.NodeKeeper).AddNode(c)
	if err != nil || id != c.Name {
		s.Fatal(id, err)
	}
}

var nodeScenarios = []configured{
	{"each node has resources and workers of its own", nodes("a", "b", "c"), func(s *suite) {
		if total := s.b.Total(); total[core.CPU] != 6 || total["b"] != 2 {
			s.Errorf("%v", total)
		}
		pids := map[any]string{}
		for _, name := range []string{"a", "b", "c"} {
			s.want(s.taskWith(on(name), where), name)
			pid, _ := s.value(s.taskWith(on(name), process))
			if other := pids[pid]; other != "" {
				s.Errorf("%s and %s share a worker", name, other)
			}
			pids[pid] = name
		}
		list := s.b.Nodes()
		if len(list) != 3 || list[1].ID != "b" || !list[1].Alive || list[1].Labels["kind"] != "test" {
			s.Errorf("%+v", list)
		}
		if c, ok := s.figures(); ok && c.StoreCapacity != 3*128<<20 {
			s.Errorf("capacity %d", c.StoreCapacity)
		}
	}},
	{"an object is copied to a node once", nodes("a", "b"), func(s *suite) {
		const size = 9 << 20
		id := s.put(pattern(1, size))
		for range 3 {
			s.use(id, "b")
			s.use(id, "a")
		}
		if n := s.cluster().Transferred; n < size || n > size+size/10 {
			s.Errorf("%d bytes were copied, want %d once", n, size)
		}
		made := s.taskWith(on("b"), pattern, 2, size)
		s.use(made, "b")
		before := s.cluster().Transferred
		for range 3 {
			if got, failure := s.value(made); failure != nil || !bytes.Equal(got.([]byte), pattern(2, size)) {
				s.Fatal(failure)
			}
		}
		if n := s.cluster().Transferred - before; n < size || n > size+size/10 {
			s.Errorf("%d bytes were copied to the driver, want %d once", n, size)
		}
		s.b.Release(id)
		s.b.Release(made)
	}},
	{"tasks run where their arguments are", nodes("a", "b"), func(s *suite) {
		made := s.taskWith(on("b"), pattern, 1, 20<<20)
		s.use(made, "b")
		for range 20 {
			s.want(s.task(whereLength, ref(made)), "b")
		}
		if c, ok := s.figures(); ok && c.Transferred != 0 {
			s.Errorf("%d bytes were copied", c.Transferred)
		}
	}},
	{"a node that comes later is used", nodes("a"), func(s *suite) {
		early := s.taskWith(on("b"), where)
		s.add(testNode("b"))
		s.want(early, "b")
		if err := keeperError(s.b.(core.NodeKeeper).AddNode(testNode("b"))); !strings.Contains(err, "another name") {
			s.Error(err)
		}
	}},
	{"what ran on a node that is gone runs elsewhere", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		release := filepath.Join(dir, "release")
		var ids []core.ID
		for range 4 { // two on each node
			ids = append(ids, s.task(marked, dir, release))
		}
		s.eventually("the start of all", func() bool { return marks(dir) == 4 })
		s.remove("b")
		s.create(release)
		for _, id := range ids {
			if _, failure := s.value(id); failure != nil {
				s.Fatalf("%s: %s", failure.Kind, failure.Text)
			}
		}
		if n := marks(dir); n != 6 {
			s.Errorf("%d executions, want 6: two ran on the node that is gone", n)
		}
		if total := s.b.Total(); total[core.CPU] != 2 {
			s.Errorf("%v", total)
		}
		if n := s.b.Nodes()[1]; n.Alive {
			s.Errorf("%+v", n)
		}
	}},
	{"without retries it fails with its node", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		id := s.taskWith(without(on("b")), marked, dir, filepath.Join(dir, "never"))
		s.eventually("its start", func() bool { return marks(dir) == 1 })
		s.remove("b")
		s.wantText(s.wantFailure(id, core.WorkerCrashed), "node b is gone")
	}},
	{"an actor is restarted on another node", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		release := filepath.Join(dir, "release")
		busy := []core.ID{s.taskWith(on("a"), marked, dir, release), s.taskWith(on("a"), marked, dir, release)}
		s.eventually("their start", func() bool { return marks(dir) == 2 })
		a := s.actor(func(o *core.Options) {
			o.MaxRestarts, o.MaxTaskRetries = 1, -1
			o.Resources = core.Resources{core.CPU: 2}
		}, newCounter, 1)
		s.want(s.call(a, (*counter).home), "b")
		s.want(s.call(a, (*counter).add, 1), 2)
		s.create(release)
		for _, id := range busy {
			s.value(id)
		}
		s.remove("b")
		s.want(s.call(a, (*counter).home), "a")
		s.want(s.call(a, (*counter).add, 1), 2)
	}},
	{"the driver's node stays, and others are told by name", nodes("a", "b"), func(s *suite) {
		k := s.b.(core.NodeKeeper)
		for node, want := range map[string]string{"a": "Shutdown", "x": "ray.Nodes"} {
			if err := k.RemoveNode(node, false); err == nil || !strings.Contains(err.Error(), want) {
				s.Errorf("RemoveNode(%q): %v", node, err)
			}
		}
	}},
	{"a drained node ends when its work is done, and leaves its objects", nodes("a", "b"), func(s *suite) {
		dir := s.TempDir()
		release := filepath.Join(dir, "release")
		made := s.taskWith(on("b"), patternMarked, s.TempDir(), 1, 4<<20)
		s.use(made, "b")
		running := s.taskWith(on("b"), marked, dir, release)
		s.eventually("its start", func() bool { return marks(dir) == 1 })
		if err := s.b.(core.NodeKeeper).RemoveNode("b", true); err != nil {
			s.Fatal(err)
		}
		s.want(s.task(where), "a")
		s.create(release)
		s.want(running, 1)
		s.eventually("the end of the node", func() bool { return !s.b.Nodes()[1].Alive })
		if got, failure := s.value(made); failure != nil || !bytes.Equal(got.([]byte), pattern(1, 4<<20)) {
			s.Fatal(failure)
		}
		if n := s.cluster().Reconstructed; n != 0 {
			s.Errorf("%d results were computed again", n)
		}
	}},
	{"nodes come and go under fire", nodes("a", "b"), comeAndGo(128 << 20)},
	{"nodes with little memory come and go under fire", func(c *core.Config) {
		nodes("a", "b")(c)
		for i := range c.Nodes {
			c.Nodes[i].ObjectStoreMemory = 12 << 20
		}
	}, comeAndGo(12 << 20)},
}

// comeAndGo adds and removes nodes with a store of so many bytes while tasks need each other's
// results, and workers die.
func comeAndGo(memory int64) func(s *suite) {
	return func(s *suite) {
		s.long()
		random := rand.New(rand.NewPCG(3, 4))
		keeper := s.b.(core.NodeKeeper)
		all := map[core.ID]int{}
		alive := []string{"b"}
		var last core.ID
		rounds := 150
		if s.foreign { // a node takes seconds to come
			rounds = 50
		}
		for i := range rounds {
			switch k := random.IntN(12); {
			case k == 0 && len(alive) > 0:
				at := random.IntN(len(alive))
				s.remove(alive[at])
				alive = append(alive[:at:at], alive[at+1:]...)
			case k == 1 && len(alive) < 3:
				name := fmt.Sprint("n", i)
				c := testNode(name)
				c.ObjectStoreMemory = memory
				if _, err := keeper.AddNode(c); err != nil {
					s.Fatal(err)
				}
				alive = append(alive, name)
			case k == 2:
				all[s.taskWith(func(o *core.Options) { o.MaxRetries = -1 }, diesThenFills, s.TempDir(), i<<10)] = i << 10
			case k < 7 || last == 0:
				n := 100<<10 + random.IntN(2<<20)
				last = s.taskWith(func(o *core.Options) { o.MaxRetries = -1 }, fill, n)
				all[last] = n
			default:
				id := s.taskWith(func(o *core.Options) { o.MaxRetries = -1 }, grown, s.TempDir(), ref(last), 1000)
				all[id] = all[last] + 1000
				last = id
			}
		}
		for id, n := range all {
			if got, failure := s.value(id); failure != nil || len(got.([]byte)) != n {
				s.Fatalf("%v", failure)
			}
			s.b.Release(id)
		}
		s.nothingLeft()
	}
}

// diesThenFills kills its process the first time.
func diesThenFills(dir string, n int) ([]byte, error) {
	if _, err := dies(dir, 1); err != nil {
		return nil, err
	}
	return fill(n), nil
}

func keeperError(_ string, err error) string { return fmt.Sprint(err) }
