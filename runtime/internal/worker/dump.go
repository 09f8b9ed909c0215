package worker

import (
	"runtime"

	"github.com/goray/goray/runtime/internal/transport"
)

// maxDump is the most that a process tells about its goroutines, in bytes.
const maxDump = 4 << 20

// dump tells the driver what the goroutines of this process do.
func (p *Process) dump(request uint64) {
	buf := make([]byte, 64<<10)
	n := runtime.Stack(buf, true)
	for n == len(buf) && n < maxDump {
		buf = make([]byte, 4*len(buf))
		n = runtime.Stack(buf, true)
	}
	p.conn.Send(transport.Dumped, request, func(w *transport.Writer) { w.String(string(buf[:n])) })
	p.conn.Flush()
}
