package conn

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"google.golang.org/grpc"

	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
)

var datapath = &grpc.StreamDesc{StreamName: "Datapath", ServerStreams: true, ClientStreams: true}

// open opens the stream.
func (c *Conn) open(again bool) (grpc.ClientStream, error) {
	value := "False"
	if again {
		value = "True"
	}
	ctx, cancel := context.WithCancel(c.context(context.Background(), "reconnecting", value))
	s, err := c.cc.NewStream(ctx, datapath, "/ray.rpc.RayletDataStreamer/Datapath", grpc.WaitForReady(true))
	if err != nil {
		cancel()
		return nil, err
	}
	c.sending.Lock()
	c.cancel = cancel
	c.sending.Unlock()
	return s, nil
}

// run reads answers until the session is over.
func (c *Conn) run(s grpc.ClientStream) {
	defer c.end()
	for {
		err := c.read(s)
		c.sending.Lock()
		c.stream = nil
		c.cancel() // what is left of the broken one
		c.sending.Unlock()
		if !c.closing.Load() && !final(err) && c.cfg.Grace > 0 {
			if s, err = c.reopen(err); err == nil {
				continue
			}
		}
		c.fail(c.lost(err))
		return
	}
}

func (c *Conn) read(s grpc.ClientStream) error {
	for {
		r := new(pb.DataResponse)
		if err := s.RecvMsg(r); err != nil {
			return err
		}
		if err := c.answer(r); err != nil {
			return err
		}
	}
}

// answer gives a response to whoever waits for it.
func (c *Conn) answer(r *pb.DataResponse) error {
	c.mu.Lock()
	w := c.waiting[r.ReqId]
	c.mu.Unlock()
	if w == nil {
		return nil // of a request that was sent twice
	}
	if g := r.GetGet(); g.GetValid() {
		complete, err := w.collect(g)
		if err != nil || !complete {
			return err
		}
	}
	c.mu.Lock()
	delete(c.waiting, r.ReqId)
	c.answers++
	if w.ctx != nil {
		c.large--
	}
	// The server takes it for all answers up to this one, and a large put may be older and still under way.
	acknowledge := c.cfg.Grace > 0 && c.answers >= 32 && c.large == 0
	if acknowledge {
		c.answers = 0
	}
	c.mu.Unlock()
	w.finish(r, nil)
	if acknowledge {
		c.sending.Lock()
		if c.stream != nil {
			_ = c.stream.SendMsg(&pb.DataRequest{Type: &pb.DataRequest_Acknowledge{Acknowledge: &pb.AcknowledgeRequest{ReqId: r.ReqId}}})
		}
		c.sending.Unlock()
	}
	return nil
}

// reopen opens the stream again and repeats what has no answer.
func (c *Conn) reopen(cause error) (grpc.ClientStream, error) {
	deadline := time.Now().Add(c.cfg.Grace)
	for {
		if c.closing.Load() {
			return nil, ErrClosed
		}
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		short, stop := context.WithTimeout(ctx, 5*time.Second)
		_, err := c.clusterInfo(short, pb.ClusterInfoType_PING)
		stop()
		if err == nil {
			var s grpc.ClientStream
			if s, err = c.open(true); err == nil {
				cancel()
				c.reopening.Add(1)
				c.repeat(s)
				return s, nil
			}
		}
		if final(err) {
			cancel()
			return nil, err
		}
		if pause(ctx, 500*time.Millisecond) != nil {
			cancel()
			return nil, fmt.Errorf("%w, and it could not be mended within %v", cause, c.cfg.Grace)
		}
		cancel()
	}
}

// repeat sends what has no answer, in the order of the ids.
func (c *Conn) repeat(s grpc.ClientStream) {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.stream = s
	c.mu.Lock()
	open := make(map[int32]*Reply, len(c.waiting))
	maps.Copy(open, c.waiting)
	c.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(open)) {
		if c.write(open[id]) != nil {
			return // the reader sees why
		}
	}
}

// fail ends everything that waits.
func (c *Conn) fail(err error) {
	c.mu.Lock()
	c.dead = err
	open := c.waiting
	c.waiting = map[int32]*Reply{}
	c.mu.Unlock()
	for _, w := range open {
		w.finish(nil, err)
	}
}

// send sends a request; the answer comes to the Reply.
func (c *Conn) send(req *pb.DataRequest) *Reply {
	return c.sendReply(&Reply{request: req, done: make(chan struct{})})
}

func (c *Conn) sendReply(w *Reply) *Reply {
	c.sending.Lock()
	defer c.sending.Unlock()
	if c.enter(w) && c.stream != nil {
		_ = c.write(w) // the reader sees why, and it is sent again
	}
	return w
}

// enter gives a request its id, unless the session is over; under c.sending.
func (c *Conn) enter(w *Reply) bool {
	c.mu.Lock()
	if err := c.dead; err != nil {
		c.mu.Unlock()
		w.finish(nil, err)
		return false
	}
	defer c.mu.Unlock()
	c.lastID++
	w.request.ReqId = c.lastID
	c.waiting[c.lastID] = w
	if w.ctx != nil {
		c.large++
	}
	return true
}

// sendLarge sends a put between whose chunks others may send: a release must not wait for a gigabyte.
// There is one such put at a time, as the server has one place in which it puts chunks together.
func (c *Conn) sendLarge(w *Reply) *Reply {
	w.written = make(chan struct{})
	alive := c.owned(func() {
		defer close(w.written)
		c.bulk.Lock()
		defer c.bulk.Unlock()
		if err := w.ctx.Err(); err != nil {
			w.finish(nil, err)
			return
		}
		c.sending.Lock()
		defer c.sending.Unlock()
		s := c.stream
		for more := c.enter(w) && s != nil; more && c.stream == s; { // another one is sent all that waits
			var err error
			if more, err = c.writeChunk(w); err != nil {
				return // the reader sees why
			}
			c.sending.Unlock()
			c.sending.Lock()
		}
	})
	if !alive {
		w.finish(nil, c.Err())
	}
	return w
}

// Abandon lets go of what a put will have stored: nobody waits for its id any more.
func (c *Conn) Abandon(put *Reply) {
	c.owned(func() {
		<-put.done
		if p := put.response.GetPut(); p.GetValid() {
			c.Release([]string{string(p.Id)})
		}
	})
}

// owned starts a goroutine for which Close waits, unless the session is over.
func (c *Conn) owned(f func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead != nil {
		return false
	}
	c.writers.Go(f)
	return true
}

// chunkSize is that of Ray's own client.
const chunkSize = 5 << 20

// write sends a request, in chunks when it has data; under c.sending.
func (c *Conn) write(w *Reply) error {
	if w.data == nil {
		return c.stream.SendMsg(w.request)
	}
	w.next = 0
	for more := true; more; {
		var err error
		if more, err = c.writeChunk(w); err != nil {
			return err
		}
	}
	return nil
}

// writeChunk sends the next chunk, and says whether there are more; under c.sending.
func (c *Conn) writeChunk(w *Reply) (more bool, err error) {
	total := w.size()
	n := int32(max(1, (total+chunkSize-1)/chunkSize))
	if w.next == 0 {
		w.rest = pieces{w.data}
	}
	if w.ctx != nil && w.ctx.Err() != nil && w.closer == 0 && 0 < w.sent && w.sent < n {
		w.closer = w.sent
	}
	i := w.next
	var part []byte
	if w.closer > 0 && i == w.closer {
		n = i + 1 // the server cannot read what ends here, and forgets it
	} else {
		part = w.rest.next(chunkSize)
	}
	if err := c.stream.SendMsg(w.chunk(part, i, n)); err != nil {
		return false, err
	}
	w.next++
	w.sent = max(w.sent, w.next)
	if w.progress != nil && w.closer == 0 {
		w.progress(min(int64(i+1)*chunkSize, total), total)
	}
	return w.next < n, nil
}

// chunk is a piece of a request with data.
func (w *Reply) chunk(part []byte, i, n int32) *pb.DataRequest {
	id := w.request.ReqId
	if t, ok := w.request.Type.(*pb.DataRequest_Task); ok {
		k := t.Task
		return &pb.DataRequest{ReqId: id, Type: &pb.DataRequest_Task{Task: &pb.ClientTask{
			Type: k.Type, Name: k.Name, PayloadId: k.PayloadId, ClientId: k.ClientId, Options: k.Options,
			BaselineOptions: k.BaselineOptions, Namespace: k.Namespace, Data: part, ChunkId: i, TotalChunks: n}}}
	}
	return &pb.DataRequest{ReqId: id, Type: &pb.DataRequest_Put{Put: &pb.PutRequest{
		Data: part, ChunkId: i, TotalChunks: n, TotalSize: w.size()}}}
}

// pieces reads bytes that lie in several places.
type pieces struct{ rest [][]byte }

// next returns the next n bytes, or what is left; without a copy where they lie together.
func (p *pieces) next(n int) []byte {
	for len(p.rest) > 0 && len(p.rest[0]) == 0 {
		p.rest = p.rest[1:]
	}
	if len(p.rest) == 0 {
		return nil
	}
	if len(p.rest[0]) >= n || len(p.rest) == 1 {
		n = min(n, len(p.rest[0]))
		part := p.rest[0][:n]
		p.rest = append([][]byte{p.rest[0][n:]}, p.rest[1:]...)
		return part
	}
	part := make([]byte, 0, n)
	for len(part) < n && len(p.rest) > 0 {
		k := min(n-len(part), len(p.rest[0]))
		part = append(part, p.rest[0][:k]...)
		p.rest = append([][]byte{p.rest[0][k:]}, p.rest[1:]...)
		for len(p.rest) > 0 && len(p.rest[0]) == 0 {
			p.rest = p.rest[1:]
		}
	}
	return part
}
