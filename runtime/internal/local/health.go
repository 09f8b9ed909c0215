package local

import (
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/goray/goray/runtime/internal/transport"
)

// Ray's names and defaults.
const (
	envHealthPeriod    = "RAY_health_check_period_ms"
	envHealthThreshold = "RAY_health_check_failure_threshold"

	defaultHealthPeriod    = 3 * time.Second
	defaultHealthThreshold = 5
	defaultWorkerTimeout   = 30 * time.Second
	// startPatience is how many times as long a worker may take to come up.
	startPatience = 4
)

// watchNodes asks the workers for a sign of life. A node, other than the driver's, none of whose
// workers has given one for some periods is gone: it is declared so once, and its processes are
// ended, so that nothing of it comes back when it was only stopped. So is a single worker, anywhere,
// after Config.WorkerTimeout.
func (b *Backend) watchNodes() {
	period, threshold := defaultHealthPeriod, defaultHealthThreshold
	if v, err := strconv.Atoi(os.Getenv(envHealthPeriod)); err == nil {
		period = time.Duration(v) * time.Millisecond
	}
	if v, err := strconv.Atoi(os.Getenv(envHealthThreshold)); err == nil && v > 0 {
		threshold = v
	}
	if period <= 0 {
		return
	}
	limit := b.cfg.WorkerTimeout
	if limit == 0 {
		limit = defaultWorkerTimeout
	}
	b.patience, b.period = -1, period
	if limit > 0 {
		period = min(period, limit/defaultHealthThreshold)
		b.period = period
		b.patience = int((limit + period - 1) / period)
	}
	b.tasks.Go(func() {
		tick := time.NewTicker(period)
		defer tick.Stop()
		last := time.Now() // with a monotonic clock: the time of day may jump
		for {
			select {
			case <-tick.C:
			case <-b.ended:
				return
			}
			// After a pause of this process the answers are still in the sockets.
			paused := time.Since(last) > 2*period
			last = time.Now()
			b.checkNodes(threshold, paused)
		}
	})
}

func (b *Backend) checkNodes(threshold int, paused bool) {
	b.mu.Lock()
	defer b.unlock()
	if b.closed {
		return
	}
	type health struct{ workers, silent int }
	found := map[*node]*health{}
	for _, p := range b.procs {
		if p.joined || p.node.dead || p.killed.Load() {
			continue
		}
		if !p.up { // it is asked nothing before it is there, and may take longer for that
			if p.silent++; b.patience > 0 && p.silent >= startPatience*b.patience {
				p.shortage = "it did not come up"
				p.kill()
			}
			continue
		}
		if paused {
			p.silent = 0
		}
		if p.node != b.head() {
			h := found[p.node]
			if h == nil {
				h = &health{}
				found[p.node] = h
			}
			h.workers++
			if p.silent >= threshold {
				h.silent++
			}
		}
		if b.patience > 0 && p.silent >= b.patience {
			// What it has sent before is read first: a result that came in time counts, and there is
			// no other, as the process is ended.
			p.shortage = fmt.Sprintf("it gave no sign of life for %v", time.Duration(p.silent)*b.period)
			p.kill()
			continue
		}
		p.silent++
		p.conn.Queue(transport.Ping, 0, nil)
		b.touch(p)
	}
	for n, h := range found {
		if h.silent == h.workers {
			if b.cfg.LogToDriver {
				fmt.Fprintf(os.Stderr, "ray: node %s does not answer any more and is taken for gone\n", n.config.Name)
			}
			b.loseNode(n)
		}
	}
}
