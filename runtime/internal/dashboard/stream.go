package dashboard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// writePatience is how long a reader of the stream may take for an event.
const writePatience = 10 * time.Second

// serveStream answers /api/v0/stream: an event for each sample, with what /api/v0/cluster answers,
// for as long as the reader stays. Nothing is collected for it.
func (d *Dashboard) serveStream(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	samples, cancel := d.sampler.subscribe()
	defer cancel()
	for {
		event, err := json.Marshal(d.cluster())
		if err != nil {
			return // a figure that JSON does not know: there is nothing to say
		}
		_ = control.SetWriteDeadline(time.Now().Add(writePatience)) // where it cannot be set, the reader may take its time
		if _, err := fmt.Fprintf(w, "event: cluster\ndata: %s\n\n", event); err != nil {
			return
		}
		if control.Flush() != nil {
			return
		}
		select {
		case <-samples:
		case <-r.Context().Done():
			return
		case <-d.ended:
			return
		}
	}
}
