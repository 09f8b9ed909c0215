package rayclient

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/internal/rayclient/conn"
	"github.com/goray/goray/runtime/internal/rayclient/raylog"
	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
)

func init() { core.Register("ray", Open) }

// dialPatience is how long a head may take to start a driver: a busy one takes half a minute.
const dialPatience = 90 * time.Second

// defaultPort is that of Ray's client server.
const defaultPort = "10001"

// Open connects to the cluster that cfg.Address, "ray://host:port", names.
func Open(ctx context.Context, cfg core.Config) (core.Backend, error) {
	address := strings.TrimSuffix(strings.TrimPrefix(cfg.Address, "ray://"), "/")
	if address == "" || strings.ContainsAny(address, "/?#") {
		return nil, fmt.Errorf("address %q names no cluster; write \"ray://host:%s\"", cfg.Address, defaultPort)
	}
	if !strings.Contains(address[strings.LastIndexByte(address, ']')+1:], ":") {
		address += ":" + defaultPort
	}
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	c, err := conn.Dial(ctx, conn.Config{Address: address, Namespace: cfg.Namespace, Grace: conn.DefaultGrace,
		Init: map[string]any{"log_to_driver": cfg.LogToDriver}, Job: jobConfig(cfg.Env)})
	if err != nil {
		return nil, err
	}
	b := &backend{conn: c, cfg: cfg, ids: newTable(), codes: map[string][]byte{}, captures: map[*core.FuncRef]*entry{}}
	b.offers.ids = map[string]string{}
	b.sending.init()
	b.tickets.init()
	if err := b.identify(ctx); err != nil {
		c.Close()
		return nil, err
	}
	b.open, b.shut = context.WithCancel(context.Background())
	if cfg.LogToDriver {
		c.Logs(shower())
	}
	b.owner.Go(b.send)
	b.owner.Go(b.receive)
	b.owner.Go(b.releases)
	return b, nil
}

// backend is a driver of a real cluster.
type backend struct {
	core.Platforms
	conn      *conn.Conn
	cfg       core.Config
	info      core.Info
	namespace string
	ids       *table
	sending   queue[func()]  // what goes to Ray, in the order in which it was submitted
	tickets   queue[func()]  // what waits for Ray's answers, in the same order
	owner     sync.WaitGroup // of the goroutines that serve these queues
	programs  programs       // the binaries that the cluster has
	offers    offers
	open      context.Context // ends with the session
	shut      context.CancelFunc

	mu       sync.Mutex
	codes    map[string][]byte // sources of cells by hash
	captures map[*core.FuncRef]*entry

	once     sync.Once
	closeErr error
}

var (
	_ core.Backend       = (*backend)(nil)
	_ core.ContextPutter = (*backend)(nil)
	_ core.Placer        = (*backend)(nil)
	_ core.Namespaced    = (*backend)(nil)
)

// identify asks who we are on the cluster.
func (b *backend) identify(ctx context.Context) error {
	r, err := b.conn.ClusterInfo(ctx, pb.ClusterInfoType_RUNTIME_CONTEXT)
	if err != nil {
		return err
	}
	rc := r.GetRuntimeContext()
	b.namespace = rc.GetNamespace()
	b.info = core.Info{NodeID: hex.EncodeToString(rc.GetNodeId()), Scheme: "ray", JobID: hex.EncodeToString(rc.GetJobId())}
	for _, n := range b.nodes(ctx) {
		if n.ID == b.info.NodeID {
			b.info.NodeIP = n.IP
		}
	}
	if r, err = b.conn.ClusterInfo(ctx, pb.ClusterInfoType_DASHBOARD_URL); err == nil {
		b.info.DashboardURL = dashboardURL(r.GetJson())
	}
	return nil
}

// stream is a writer to what its file is now.
type stream func() *os.File

func (s stream) Write(p []byte) (int, error) { return s().Write(p) }

// shower prints what workers have printed, and what Ray says.
func shower() func(stderr bool, text string) {
	// A program may put other files in their place.
	out, err := raylog.New(stream(func() *os.File { return os.Stdout })), raylog.New(stream(func() *os.File { return os.Stderr }))
	return func(stderr bool, text string) {
		if stderr {
			fmt.Fprint(err, text)
		} else {
			fmt.Fprint(out, text)
		}
	}
}

// NewID implements core.Backend. Ids are random: processes of the cluster cannot ask each other,
// and among a million there is one chance in 37 million that two are equal.
func (b *backend) NewID() core.ID {
	for {
		if id := core.ID(rand.Uint64()); id != 0 {
			return id
		}
	}
}

// Namespace implements core.Namespaced: "" is a namespace that Ray has chosen.
func (b *backend) Namespace() string { return b.namespace }

// Info implements core.Backend.
func (b *backend) Info() core.Info { return b.info }

// closed is the error of calls after the end of the session.
func (b *backend) closed() error {
	err := b.conn.Err()
	switch {
	case err == nil:
		return nil
	case err == conn.ErrClosed:
		return core.ErrClosed
	}
	return fmt.Errorf("%w: %w", core.ErrClosed, err)
}

// Close implements core.Backend.
func (b *backend) Close() error {
	b.once.Do(func() {
		b.sending.close()
		b.shut()
		b.closeErr = b.conn.Close()
		b.tickets.close()
		b.ids.close()
		b.owner.Wait()
	})
	return b.closeErr
}

// AddCode implements core.Backend.
func (b *backend) AddCode(hash string, source []byte) error {
	b.mu.Lock()
	_, known := b.codes[hash]
	b.mu.Unlock()
	if known {
		return nil
	}
	ctx, cancel := b.patient()
	defer cancel()
	if err := b.conn.KVPut(ctx, codeNamespace, codeKey(hash), source); err != nil {
		return err
	}
	b.mu.Lock()
	b.codes[hash] = source // only now: who finds it here sends tasks that need it there
	b.mu.Unlock()
	return nil
}

// Code implements core.Backend.
func (b *backend) Code(hash string) ([]byte, error) {
	b.mu.Lock()
	source := b.codes[hash]
	b.mu.Unlock()
	if source != nil {
		return source, nil
	}
	ctx, cancel := b.patient()
	defer cancel()
	source, err := b.conn.KVGet(ctx, codeNamespace, codeKey(hash))
	if err == nil && source == nil {
		err = fmt.Errorf("the cluster does not know the cell with hash %.12s; execute it again", hash)
	}
	return source, err
}

// patient is the context of questions that have no context of their own.
func (b *backend) patient() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), dialPatience)
}
