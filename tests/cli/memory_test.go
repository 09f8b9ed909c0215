//go:build linux

package cli

import (
	"strings"
	"testing"
)

// TestMemoryTellsTheLine: an object that somebody has forgotten is traced to the cell and the line that
// made it, in a session of the notebook's own and on a head.
func TestMemoryTellsTheLine(t *testing.T) {
	t.Parallel()
	h := startHead(t)
	for _, address := range []string{"local", "auto"} {
		cmd := h.command("repl")
		cmd.Stdin = strings.NewReader(`ray.Init(ray.Config{Address: "` + address + `", DashboardPort: -1})
func leak() ray.ObjectRef[[]byte] { return ray.Put(make([]byte, 3000)) }
mine := ray.Put(make([]byte, 2000))
theirs := leak()
fmt.Println(ray.Must(ray.MemoryReport()), len(ray.Must(ray.Get(mine))), len(ray.Must(ray.Get(theirs))))
`)
		r := finish(t, cmd)
		for _, want := range []string{"In[3]:1 ", "In[4] In[2]:1 "} {
			if !strings.Contains(r.out, want) {
				t.Errorf("%s: %q is not in\n%s%s", address, want, r.out, r.err)
			}
		}
	}
}
