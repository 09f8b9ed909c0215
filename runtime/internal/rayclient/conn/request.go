package conn

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
)

// Put stores what the pickle evaluates to, in the process of the driver; progress, if not nil, is
// told after each chunk, and must not call back. When ctx ends before all of it has been sent, the rest is
// not, and the answer is ctx's error; the memory of the pickle may be changed then.
func (c *Conn) Put(ctx context.Context, pickle [][]byte, progress func(sent, total int64)) *Reply {
	w := &Reply{request: &pb.DataRequest{Type: &pb.DataRequest_Put{Put: &pb.PutRequest{}}},
		data: pickle, progress: progress, done: make(chan struct{})}
	if w.size() <= chunkSize { // not between the chunks of another put, but without a goroutine
		c.bulk.Lock()
		defer c.bulk.Unlock()
		return c.sendReply(w)
	}
	w.ctx = ctx
	return c.sendLarge(w)
}

// Task submits a task, an actor's constructor or a call. args is the pickle of ([…], {…}).
func (c *Conn) Task(t *pb.ClientTask, args [][]byte) *Reply {
	t.ClientId = c.id
	if t.BaselineOptions == nil {
		t.BaselineOptions = &pb.TaskOptions{}
	}
	if t.Options == nil {
		t.Options = &pb.TaskOptions{}
	}
	return c.sendReply(&Reply{request: &pb.DataRequest{Type: &pb.DataRequest_Task{Task: t}}, data: args, done: make(chan struct{})})
}

// Get asks for an object. The asynchronous form is used throughout: in it a failed task is a plain
// RayTaskError, while the other raises a class that Ray made on the spot, pickled by value.
func (c *Conn) Get(id string) *Reply {
	return c.send(&pb.DataRequest{Type: &pb.DataRequest_Get{Get: &pb.GetRequest{Ids: [][]byte{[]byte(id)}, Asynchronous: true}}})
}

// Forget drops the answer to a get that nobody waits for any more.
func (c *Conn) Forget(w *Reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting[w.request.ReqId] == w {
		delete(c.waiting, w.request.ReqId)
	}
}

// Kill ends an actor.
func (c *Conn) Kill(actor string, noRestart bool) *Reply {
	return c.send(&pb.DataRequest{Type: &pb.DataRequest_Terminate{Terminate: &pb.TerminateRequest{ClientId: c.id,
		TerminateType: &pb.TerminateRequest_Actor{Actor: &pb.TerminateRequest_ActorTerminate{Id: []byte(actor), NoRestart: noRestart}}}}})
}

// Release lets go objects and actors.
func (c *Conn) Release(ids []string) *Reply {
	q := &pb.ReleaseRequest{}
	for _, id := range ids {
		q.Ids = append(q.Ids, []byte(id))
	}
	return c.send(&pb.DataRequest{Type: &pb.DataRequest_Release{Release: q}})
}

// waitSlice bounds one question of Wait: the server spends a thread on each, and would keep it for
// a caller that has gone.
const waitSlice = 10 * time.Second

// Wait returns which n of the objects are there first, at most n of them; negative timeout: no
// limit. ids are different from each other.
func (c *Conn) Wait(ctx context.Context, ids []string, n int, timeout time.Duration) (ready []string, err error) {
	q := &pb.WaitRequest{NumReturns: int64(n), ClientId: c.id}
	for _, id := range ids {
		q.ObjectIds = append(q.ObjectIds, []byte(id))
	}
	end := time.Now().Add(timeout)
	for {
		slice := waitSlice
		if timeout >= 0 {
			slice = max(0, min(slice, time.Until(end)))
		}
		q.Timeout = slice.Seconds()
		r := new(pb.WaitResponse)
		if err := c.unary(ctx, "WaitObject", q, r); err != nil {
			return nil, err
		}
		if !r.Valid {
			return nil, errors.New("Ray refused to wait for these objects; the log of its client server says why")
		}
		if len(r.ReadyObjectIds) >= n || timeout >= 0 && time.Until(end) <= 0 {
			for _, id := range r.ReadyObjectIds {
				ready = append(ready, string(id))
			}
			return ready, nil
		}
	}
}

// ClusterInfo asks about the cluster.
func (c *Conn) ClusterInfo(ctx context.Context, what pb.ClusterInfoType_TypeEnum) (*pb.ClusterInfoResponse, error) {
	r := new(pb.ClusterInfoResponse)
	err := c.unary(ctx, "ClusterInfo", &pb.ClusterInfoRequest{Type: what}, r)
	return r, err
}

// ListNamedActors returns the named actors of all namespaces as JSON.
func (c *Conn) ListNamedActors(ctx context.Context) (string, error) {
	r := new(pb.ClientListNamedActorsResponse)
	err := c.unary(ctx, "ListNamedActors", &pb.ClientListNamedActorsRequest{AllNamespaces: true}, r)
	return r.ActorsJson, err
}

// KVPut stores bytes under a key of Ray's internal store.
func (c *Conn) KVPut(ctx context.Context, namespace, key string, value []byte) error {
	return c.unary(ctx, "KVPut", &pb.KVPutRequest{Key: []byte(key), Value: value, Overwrite: true, Namespace: []byte(namespace)}, new(pb.KVPutResponse))
}

// KVGet reads a key of Ray's internal store; nil where there is none.
func (c *Conn) KVGet(ctx context.Context, namespace, key string) ([]byte, error) {
	r := new(pb.KVGetResponse)
	err := c.unary(ctx, "KVGet", &pb.KVGetRequest{Key: []byte(key), Namespace: []byte(namespace)}, r)
	return r.GetValue(), err
}

// packagePin is how long a new package stays before somebody uses it, as in Ray.
const packagePin = 10 * time.Minute

// PutPackage stores a package of a runtime environment under its address, "gcs://name.zip", unless it is
// there already. Ray's own store for these is the key-value store without a namespace.
func (c *Conn) PutPackage(ctx context.Context, uri string, data []byte) (sent bool, err error) {
	// Pinned first: a package that is there may be about to go with its last job. An old release does
	// not know the request, and then keeps the package as long as it always did.
	_ = c.unary(ctx, "PinRuntimeEnvURI", &pb.ClientPinRuntimeEnvURIRequest{Uri: uri, ExpirationS: int32(packagePin / time.Second)}, new(pb.ClientPinRuntimeEnvURIResponse))
	r := new(pb.KVExistsResponse)
	if err := c.unary(ctx, "KVExists", &pb.KVExistsRequest{Key: []byte(uri)}, r); err != nil || r.Exists {
		return false, err
	}
	return true, c.unary(ctx, "KVPut", &pb.KVPutRequest{Key: []byte(uri), Value: data, Overwrite: true}, new(pb.KVPutResponse))
}

// clusterInfo is ClusterInfo without patience.
func (c *Conn) clusterInfo(ctx context.Context, what pb.ClusterInfoType_TypeEnum) (*pb.ClusterInfoResponse, error) {
	r := new(pb.ClusterInfoResponse)
	err := c.cc.Invoke(c.context(ctx), "/ray.rpc.RayletDriver/ClusterInfo", &pb.ClusterInfoRequest{Type: what}, r)
	return r, err
}

// unary asks outside the stream, again while the connection is being mended. All such requests may
// be repeated.
func (c *Conn) unary(ctx context.Context, method string, in, out any) error {
	for {
		if err := c.Err(); err != nil {
			return err
		}
		err := c.cc.Invoke(c.context(ctx), "/ray.rpc.RayletDriver/"+method, in, out)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case c.cfg.Grace == 0 || final(err):
			if e := c.Err(); e != nil {
				return e
			}
			return errors.New(status.Convert(err).Message())
		case status.Code(err) != codes.Unavailable:
			return errors.New(status.Convert(err).Message())
		}
		select {
		case <-c.life.Done():
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
