package realray_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

func nap(ms int) int {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return ms
}

// The timeline is Ray's: it has our functions by their names, as long as they ran.
func TestTimeline(t *testing.T) {
	bothWays(t, func(t *testing.T, address string) {
		quiet := false
		ctx := connectWith(t, ray.Config{Address: address, LogToDriver: &quiet})
		get(t, ctx, ray.Remote[int](nap).Remote(300))
		var file struct {
			TraceEvents []struct {
				Name, Ph string
				Dur      float64 // microseconds
			}
		}
		for end := time.Now().Add(time.Minute); ; time.Sleep(500 * time.Millisecond) { // workers report now and then
			var b bytes.Buffer
			if err := ray.WriteTimeline(&b); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b.Bytes(), &file); err != nil {
				t.Fatal(err)
			}
			for _, e := range file.TraceEvents {
				if strings.Contains(e.Name, "nap") && e.Ph == "X" && e.Dur >= 300e3 {
					return
				}
			}
			if time.Now().After(end) {
				t.Fatalf("no slice is called nap:\n%s", b.Bytes())
			}
		}
	})
}
