package microbenchmark

import (
	"github.com/goray/goray/runtime/ray"
)

// What the rows run, as in Ray's own.

func smallValue() []byte { return []byte("ok") }

func smallValueBatch(n int) (int, error) {
	refs := make([]ray.ObjectRef[[]byte], n)
	task := ray.Remote[[]byte](smallValue)
	for i := range refs {
		refs[i] = task.Remote()
	}
	got, err := ray.GetAll(refs)
	return len(got), err
}

func putMany(n int) (int, error) {
	for range n {
		if err := ray.Put(0).Ref().Err(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

func putLarge(n, size int) (int, error) {
	for range n {
		if err := ray.Put(make([]int64, size)).Ref().Err(); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// server is the actor that is called.
type server struct{}

func newServer() *server { return &server{} }

func (*server) SmallValue() []byte                 { return []byte("ok") }
func (*server) SmallValueArg(_ any) []byte         { return []byte("ok") }
func (*server) SmallValueBatch(n int) (int, error) { return smallValueBatch(n) }

// client is an actor that calls others.
type client struct{ servers []ray.ActorHandle[server] }

func newClient(servers []ray.ActorHandle[server]) *client { return &client{servers} }

func (c *client) Batch(n int) (int, error) {
	var refs []ray.ObjectRef[[]byte]
	for _, s := range c.servers {
		for range n {
			refs = append(refs, ray.Call[[]byte](s, (*server).SmallValue))
		}
	}
	got, err := ray.GetAll(refs)
	return len(got), err
}

func (c *client) BatchArg(n int) (int, error) {
	x := ray.Put(0)
	var refs []ray.ObjectRef[[]byte]
	for _, s := range c.servers {
		for range n {
			refs = append(refs, ray.Call[[]byte](s, (*server).SmallValueArg, x))
		}
	}
	got, err := ray.GetAll(refs)
	return len(got), err
}
