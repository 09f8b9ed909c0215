package conn

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/goray/goray/runtime/internal/rayauth"
	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
)

// DefaultGrace is how long the server keeps a session whose connection is lost, as in Ray.
const DefaultGrace = 30 * time.Second

// Config says where the cluster is.
type Config struct {
	Address   string // "host:port"
	Namespace string // "" is one of the job's own
	// Grace is how long a broken connection is mended; 0 is not at all. It counts whole seconds.
	Grace time.Duration
	// Init are further arguments of ray.init on the head.
	Init map[string]any
	// Job, if not nil, makes the pickled ray.job_config.JobConfig. It may use the cluster's key-value
	// store, and is asked again when the head has to be asked again.
	Job func(ctx context.Context, c *Conn) ([]byte, error)
}

// Conn is a connection. Its methods may be called by many goroutines.
type Conn struct {
	cfg   Config
	id    string
	token rayauth.Token
	cc    *grpc.ClientConn
	// Ray are the versions that the head told.
	Ray *pb.ConnectionInfoResponse

	// sending orders the ids of requests with their sending. Chunks of a task lie together; between those of
	// a large put others may be sent, but no put: each holds bulk.
	sending sync.Mutex
	bulk    sync.Mutex
	writers sync.WaitGroup    // of large puts
	stream  grpc.ClientStream // nil while there is none
	lastID  int32

	mu      sync.Mutex
	waiting map[int32]*Reply
	answers int   // that were not acknowledged
	large   int   // puts without an answer that were sent by sendLarge
	dead    error // why there will be no more answers

	cancel    context.CancelFunc // of the stream
	life      context.Context    // ends when dead is set
	end       context.CancelFunc // of life
	closing   atomic.Bool
	reopening atomic.Int64 // how often the stream was opened again
	logs      sync.WaitGroup
}

// dialAgain is how long Dial tries a head that does not answer.
const dialAgain = 15 * time.Second

// startTries is how often a head that is too busy to start a driver in time is asked.
const startTries = 3

// Dial connects and starts a driver on the head, which takes seconds.
func Dial(ctx context.Context, cfg Config) (*Conn, error) {
	secret, err := rayauth.Find("", cfg.Address)
	if err != nil {
		return nil, err
	}
	creds, err := transportCredentials()
	if err != nil {
		return nil, err
	}
	io.WriteString(os.Stderr, secret.Exposed(cfg.Address, creds.Info().SecurityProtocol == "tls"))
	cc, err := grpc.NewClient("passthrough:///"+cfg.Address, grpc.WithTransportCredentials(creds),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(math.MaxInt32), grpc.MaxCallSendMsgSize(math.MaxInt32)),
		grpc.WithInitialWindowSize(16<<20), grpc.WithInitialConnWindowSize(32<<20), grpc.WithReadBufferSize(128<<10), grpc.WithWriteBufferSize(128<<10),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 30 * time.Second, Timeout: 10 * time.Minute, PermitWithoutStream: true}))
	if err != nil {
		return nil, fmt.Errorf("address %q: %w", cfg.Address, err)
	}
	deadline := time.Now().Add(dialAgain)
	for tries := 1; ; tries++ {
		c := &Conn{cfg: cfg, id: newClientID(), token: secret, cc: cc, waiting: map[int32]*Reply{}}
		c.life, c.end = context.WithCancel(context.Background())
		err := c.start(ctx)
		if err == nil {
			return c, nil
		}
		late := time.Now().After(deadline) && (tries >= startTries || !slowStart(err))
		if !transient(err) && !slowStart(err) || late || pause(ctx, time.Second) != nil {
			cc.Close()
			return nil, c.explain(err)
		}
	}
}

func newClientID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// start opens the session of this client.
func (c *Conn) start(ctx context.Context) error {
	// The proxy answers a ping before this client has a driver.
	if _, err := c.clusterInfo(ctx, pb.ClusterInfoType_PING); err != nil {
		c.end()
		return err
	}
	var job []byte
	if c.cfg.Job != nil {
		var err error
		if job, err = c.cfg.Job(ctx, c); err != nil {
			c.end()
			return err
		}
	}
	stream, err := c.open(false)
	if err != nil {
		c.end()
		return err
	}
	c.stream = stream
	go c.run(stream)
	kwargs := map[string]any{}
	for k, v := range c.cfg.Init {
		kwargs[k] = v
	}
	if c.cfg.Namespace != "" {
		kwargs["namespace"] = c.cfg.Namespace
	}
	js, err := json.Marshal(kwargs)
	if err != nil {
		return err
	}
	r, err := c.send(&pb.DataRequest{Type: &pb.DataRequest_Init{Init: &pb.InitRequest{
		JobConfig: job, RayInitKwargs: string(js), ReconnectGracePeriod: int32(c.cfg.Grace / time.Second)}}}).wait(ctx)
	if err == nil && !r.GetInit().GetOk() {
		err = &StartError{Text: r.GetInit().GetMsg()}
	}
	if err == nil {
		if r, err = c.send(&pb.DataRequest{Type: &pb.DataRequest_ConnectionInfo{ConnectionInfo: &pb.ConnectionInfoRequest{}}}).wait(ctx); err == nil {
			c.Ray = r.GetConnectionInfo()
			return nil
		}
	}
	c.closing.Store(true)
	c.cancel()
	<-c.life.Done()
	return err
}

// context carries who we are.
func (c *Conn) context(ctx context.Context, more ...string) context.Context {
	more = append(more, "client_id", c.id)
	if c.token.Secret != "" {
		more = append(more, "authorization", "Bearer "+c.token.Secret)
	}
	return metadata.AppendToOutgoingContext(ctx, more...)
}

// ClientID names this client to the server; it is part of references in pickles.
func (c *Conn) ClientID() string { return c.id }

// Reopened counts how often the stream was opened again.
func (c *Conn) Reopened() int { return int(c.reopening.Load()) }

// Ended is closed when the session is over; Err then says why.
func (c *Conn) Ended() <-chan struct{} { return c.life.Done() }

// Err is why there will be no more answers; nil while the session lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

// Close ends the session: the head lets go what this client referred to.
func (c *Conn) Close() error {
	if c.closing.Swap(true) {
		<-c.life.Done()
		return nil
	}
	r := c.send(&pb.DataRequest{Type: &pb.DataRequest_ConnectionCleanup{ConnectionCleanup: &pb.ConnectionCleanupRequest{}}})
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_, _ = r.wait(ctx) // without an answer the server cleans up after the grace period
	c.sending.Lock()
	if c.stream != nil {
		_ = c.stream.CloseSend()
	}
	c.sending.Unlock()
	c.cancel()
	<-c.life.Done()
	err := c.cc.Close()
	c.writers.Wait()
	c.logs.Wait()
	return err
}

// Break ends the stream as a fault of the network would; for tests.
func (c *Conn) Break() {
	c.sending.Lock()
	defer c.sending.Unlock()
	c.cancel()
}

// transient reports whether dialing again may help.
func transient(err error) bool {
	switch status.Code(err) {
	case codes.Unavailable, codes.Unknown, codes.FailedPrecondition:
		return true
	}
	return false
}

// slowStart reports whether the head gave up waiting for the driver that it started.
func slowStart(err error) bool {
	if lost := (*LostError)(nil); errors.As(err, &lost) { // the head took the end of its driver for that of a session
		return true
	}
	e, ok := err.(*StartError)
	// psutil: the head looked at a driver process that had just ended, which happens on busy machines.
	return ok && (strings.Contains(e.Text, "psutil.") || strings.Contains(e.Text, "Starting Ray client server failed") || strings.Contains(e.Text, "Proxy failed to Connect") || strings.Contains(e.Text, "No node info found"))
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
