package conn

import (
	"context"
	"fmt"

	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
)

// Reply is the answer to a request, when it has come.
type Reply struct {
	request  *pb.DataRequest
	data     [][]byte // of a put or a task: its pickle
	progress func(sent, total int64)
	ctx      context.Context // of a put that may be given up; nil otherwise
	written  chan struct{}   // closed when nobody sends it any more; nil where that is before done

	// The sending of the data, under Conn.sending.
	rest   pieces
	next   int32 // chunk
	sent   int32 // most chunks that a stream has taken
	closer int32 // the chunk that ends a put which was given up; 0 is none

	received []byte // of a get: its pickle, as far as it has come
	chunks   int32

	done     chan struct{}
	response *pb.DataResponse
	err      error
}

// RemoteError is an exception that the server answered with, as a pickle.
type RemoteError struct{ Pickle []byte }

// Error is for those who do not read pickles.
func (e *RemoteError) Error() string { return "Ray raised an exception" }

func (w *Reply) size() (n int64) {
	for _, d := range w.data {
		n += int64(len(d))
	}
	return n
}

// collect takes a chunk of a get.
func (w *Reply) collect(g *pb.GetResponse) (complete bool, err error) {
	switch {
	case g.ChunkId < w.chunks: // repeated
		return false, nil
	case g.ChunkId > w.chunks:
		return false, fmt.Errorf("chunk %d of an object came when %d was due", g.ChunkId, w.chunks)
	case w.received == nil && g.TotalChunks == 1:
		w.received = g.Data
	default:
		if w.received == nil {
			w.received = make([]byte, 0, g.TotalSize)
		}
		w.received = append(w.received, g.Data...)
	}
	w.chunks++
	w.request.GetGet().StartChunkId = w.chunks
	return w.chunks == g.TotalChunks, nil
}

func (w *Reply) finish(r *pb.DataResponse, err error) {
	w.response, w.err = r, err
	close(w.done)
}

// Done is closed when the answer is there, or never will be.
func (w *Reply) Done() <-chan struct{} { return w.done }

func (w *Reply) wait(ctx context.Context) (*pb.DataResponse, error) {
	select {
	case <-w.done:
		return w.response, w.err
	default:
	}
	select {
	case <-w.done:
		return w.response, w.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ID waits for the id of what was put.
func (w *Reply) ID(ctx context.Context) (string, error) {
	r, err := w.wait(ctx)
	if err != nil {
		return "", err
	}
	if w.written != nil { // progress is told no more
		<-w.written
	}
	if p := r.GetPut(); p.GetValid() {
		return string(p.Id), nil
	}
	return "", &RemoteError{r.GetPut().GetError()}
}

// IDs waits for the ids of a task's results, or of an actor.
func (w *Reply) IDs(ctx context.Context) ([]string, error) {
	r, err := w.wait(ctx)
	if err != nil {
		return nil, err
	}
	t := r.GetTaskTicket()
	if !t.GetValid() {
		return nil, &RemoteError{t.GetError()}
	}
	ids := make([]string, len(t.ReturnIds))
	for i, id := range t.ReturnIds {
		ids[i] = string(id)
	}
	return ids, nil
}

// Data waits for the pickle of an object. An object that failed is a pickle of its exception.
func (w *Reply) Data(ctx context.Context) ([]byte, error) {
	r, err := w.wait(ctx)
	if err != nil {
		return nil, err
	}
	if !r.GetGet().GetValid() {
		return nil, &RemoteError{r.GetGet().GetError()}
	}
	return w.received, nil
}

// OK waits for the answer to what has no result.
func (w *Reply) OK(ctx context.Context) error {
	_, err := w.wait(ctx)
	return err
}
