package worker

import "github.com/goray/goray/runtime/internal/metrics"

// sendMetrics gives the driver what this process has recorded.
func (p *Process) sendMetrics(list []metrics.Series) error { return p.inquire("metrics", list, nil) }
