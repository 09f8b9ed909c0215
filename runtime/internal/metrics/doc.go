// Package metrics counts for people: counters, gauges and histograms that programs make, in whatever
// process they record, summed where the session lives.
//
//	d := metrics.Desc{Kind: metrics.Counter, Name: "hits", Keys: []string{"route"}}
//	err := metrics.Record(&d, []string{"/a"}, 1)
//	metrics.WriteText(w, metrics.Families(metrics.Snapshot()))
//
// Mental model:
//
//   - A process has one registry. A worker's is emptied into its driver's, through the sender that
//     SetSender names, some time after something was recorded: increments of counters and histograms
//     travel, and the last values of gauges.
//   - Increments are summed. A gauge has a value for each process that has set it, until that ends.
//   - The number of series is bounded: of a metric there are at most MaxSeries.
package metrics
