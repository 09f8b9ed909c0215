package conn

import (
	"context"
	"time"

	"google.golang.org/grpc"

	pb "github.com/goray/goray/runtime/internal/rayclient/raypb"
)

var logstream = &grpc.StreamDesc{StreamName: "Logstream", ServerStreams: true, ClientStreams: true}

// Logs shows what workers print until the session ends.
func (c *Conn) Logs(show func(stderr bool, text string)) {
	c.logs.Add(1)
	go func() {
		defer c.logs.Done()
		for {
			c.readLogs(c.life, show)
			if pause(c.life, time.Second) != nil {
				return
			}
		}
	}()
}

// readLogs reads one stream. When it breaks, lines are lost, which Ray keeps in files.
func (c *Conn) readLogs(ctx context.Context, show func(stderr bool, text string)) {
	s, err := c.cc.NewStream(c.context(ctx), logstream, "/ray.rpc.RayletLogStreamer/Logstream", grpc.WaitForReady(true))
	if err != nil {
		return
	}
	// Level 100 is above all of Python's: only what workers print is wanted, not Ray's own log.
	if s.SendMsg(&pb.LogSettingsRequest{Enabled: true, Loglevel: 100}) != nil {
		return
	}
	for {
		r := new(pb.LogData)
		if s.RecvMsg(r) != nil {
			return
		}
		if r.Level < 0 {
			show(r.Level == -2, r.Msg)
		}
	}
}
