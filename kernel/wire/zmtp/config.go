package zmtp

import (
	"sync/atomic"
	"time"
)

// Config says how much a peer may cost us. The zero value is right for a Jupyter kernel.
type Config struct {
	Curve      *CurveKeys    // nil: NULL, no encryption
	Handshake  time.Duration // from accept to READY; 0 = 5 s
	HalfOpen   int           // handshakes in progress, the oldest yields; 0 = 64
	MaxConns   int           // peers; 0 = 1024
	MaxMessage int64         // bytes; 0 = 512 MiB for ROUTER, 64 KiB for the others
	MaxFrames  int           // frames of one message; 0 = 4096
	Inbound    int64         // bytes of unfinished messages, all peers together; 0 = 1 GiB
	Queue      int           // bytes queued for one peer; 0 = 32 MiB
	Grace      time.Duration // how long one slow peer may hold a sender up; 0 = 1 s
	MinRate    int           // bytes per second that earn the grace back; 0 = 2 MiB

	socketType string        // ROUTER, REP or XPUB
	inbound    *atomic.Int64 // used of Inbound
}

func (c Config) withDefaults(socketType string) Config {
	c.socketType = socketType
	if c.MaxMessage == 0 {
		c.MaxMessage = 64 << 10 // subscriptions and heartbeats
		if socketType == "ROUTER" {
			c.MaxMessage = 512 << 20
		}
	}
	setDefault(&c.Handshake, 5*time.Second)
	setDefault(&c.Grace, time.Second)
	setDefault(&c.Inbound, 1<<30)
	setDefault(&c.HalfOpen, 64)
	setDefault(&c.MaxConns, 1024)
	setDefault(&c.MaxFrames, 4096)
	setDefault(&c.Queue, 32<<20)
	setDefault(&c.MinRate, 2<<20)
	c.inbound = new(atomic.Int64)
	return c
}

func setDefault[T comparable](p *T, v T) {
	var zero T
	if *p == zero {
		*p = v
	}
}
