package ray

import (
	"fmt"
	"html"
	"os"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// Version is goray's version.
const Version = "0.1.0"

// Protocol is the version of what driver and workers speak; they are always of one build.
const Protocol = "1"

// Context tells what Init started.
type Context struct {
	Version      string
	GoVersion    string
	Protocol     string
	NodeID       string
	NodeIP       string
	SessionDir   string
	DashboardURL string // empty without a dashboard
	MetricsURL   string // what Prometheus reads; empty without a dashboard, and on a Ray cluster
	ObjectStore  string // where large objects are: "shm://NODE" is the node's anonymous shared memory, "heap" the driver's own (in-process), "plasma" Ray's
	PID          int    // of the driver
	Resources    map[string]float64
	// SimulatedGPUs are those that no device stands for: Config.NumGPUs asked for more than there are.
	SimulatedGPUs int
}

func newContext(b core.Backend) *Context {
	info := b.Info()
	c := &Context{
		Version: Version, GoVersion: goVersion(), Protocol: Protocol,
		NodeID: info.NodeID, NodeIP: info.NodeIP, SessionDir: info.SessionDir,
		DashboardURL: info.DashboardURL, PID: os.Getpid(), Resources: b.Total(), SimulatedGPUs: simulatedOf(b),
		ObjectStore: "shm://" + info.NodeID,
	}
	switch {
	case info.Scheme == "ray":
		c.ObjectStore = "plasma"
	case info.SharesMemory:
		c.ObjectStore = "heap"
	}
	if info.Scheme != "ray" && c.DashboardURL != "" {
		c.MetricsURL = c.DashboardURL + "/metrics"
	}
	return c
}

// rows are the lines of the table.
func (c *Context) rows() [][2]string {
	dashboard := c.DashboardURL
	if dashboard == "" {
		dashboard = "off"
	}
	return [][2]string{
		{"goray", c.Version + ", protocol " + c.Protocol},
		{"Go", strings.TrimPrefix(c.GoVersion, "go")},
		{"Dashboard", dashboard},
		{"Resources", resourceText(c.Resources) + simulatedText(c.SimulatedGPUs)},
		{"Node", c.NodeID + " at " + c.NodeIP},
		{"Objects", c.ObjectStore},
		{"Session", c.SessionDir},
		{"Driver pid", fmt.Sprint(c.PID)},
	}
}

// String is the table of what was started.
func (c *Context) String() string {
	var b strings.Builder
	for _, row := range c.rows() {
		fmt.Fprintf(&b, "%-11s %s\n", row[0], row[1])
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// MIMEBundle is the table as notebooks show it.
func (c *Context) MIMEBundle() map[string]any {
	var b strings.Builder
	b.WriteString(`<table class="goray-context">`)
	for _, row := range c.rows() {
		value := html.EscapeString(row[1])
		if strings.HasPrefix(row[1], "http://") {
			value = fmt.Sprintf(`<a href="%s" target="_blank">%s</a>`, value, value)
		}
		fmt.Fprintf(&b, `<tr><th style="text-align:left">%s</th><td style="text-align:left">%s</td></tr>`, row[0], value)
	}
	b.WriteString(`</table>`)
	return map[string]any{"text/plain": c.String(), "text/html": b.String()}
}

// resourceText lists resources for people, bytes in GiB.
func resourceText(resources map[string]float64) string {
	shown := core.Resources{}
	var tail string
	for name, amount := range resources {
		if name != core.Memory && name != core.Store {
			shown[name] = amount
		}
	}
	const gib = 1 << 30
	if m, ok := resources[core.Memory]; ok {
		tail += fmt.Sprintf(", memory %.1f GiB", m/gib)
	}
	if m, ok := resources[core.Store]; ok {
		tail += fmt.Sprintf(", object store %.1f GiB", m/gib)
	}
	return shown.String() + tail
}
