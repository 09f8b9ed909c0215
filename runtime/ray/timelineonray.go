package ray

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

func init() { rayTimeline = writeRayTimeline }

// writeRayTimeline is WriteTimeline on a real Ray cluster, any of whose workers knows.
func writeRayTimeline(w io.Writer) error {
	events, err := Get(Python[[]map[string]any]("ray", "timeline").Options(NumCPUs(0)).Remote())
	if err != nil {
		return fmt.Errorf("ray: Timeline: %w", err)
	}
	for _, e := range events { // to Ray all our functions are one; what they are called is in the category
		category, _ := e["cat"].(string)
		if name, ok := strings.CutPrefix(category, "task::"); ok {
			e["name"] = name
		}
	}
	err = json.NewEncoder(w).Encode(struct {
		Events []map[string]any `json:"traceEvents"`
		Unit   string           `json:"displayTimeUnit"`
	}{events, "ms"})
	if err != nil {
		return fmt.Errorf("ray: Timeline: %w", err)
	}
	return nil
}
