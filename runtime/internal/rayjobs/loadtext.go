package rayjobs

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/goray/goray/runtime/internal/core"
)

// loadText reads the report as "ray status" prints it.
func (c *Client) loadText(ctx context.Context) (Load, error) {
	var answer struct {
		Data struct {
			Text string `json:"clusterStatus"`
		}
	}
	if err := c.call(ctx, http.MethodGet, "/api/cluster_status?format=1", nil, &answer); err != nil {
		return Load{}, err
	}
	return parseLoad(answer.Data.Text)
}

var (
	usageLine  = regexp.MustCompile(`^ ([0-9.]+)([KMGT]iB|B)?/([0-9.]+)([KMGT]iB|B)? (\S+)`)
	demandLine = regexp.MustCompile(`^ (\{.*\}): (\d+)\+ pending tasks/actors`)
	groupLine  = regexp.MustCompile(`^ (\{.*) \((\w+)\): (\d+)\+ pending placement groups`)
	bundle     = regexp.MustCompile(`(\{[^}]*\}) \* (\d+)`)
)

// byteUnits are those of amounts of memory, which are rounded to two digits.
var byteUnits = map[string]float64{"": 1, "B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

// parseLoad reads the lines of a report that tell of use and demand.
func parseLoad(text string) (l Load, err error) {
	l.Usage = map[string][2]float64{}
	amount := func(number, unit string) (x float64) {
		if err == nil {
			x, err = strconv.ParseFloat(number, 64)
		}
		return x * byteUnits[unit]
	}
	resources := func(dict string) (r core.Resources) {
		if err == nil { // Python's text of a dict of names and numbers
			err = json.Unmarshal([]byte(strings.ReplaceAll(dict, "'", `"`)), &r)
		}
		return r
	}
	for line := range strings.Lines(text) {
		if m := usageLine.FindStringSubmatch(line); m != nil {
			l.Usage[m[5]] = [2]float64{amount(m[1], m[2]), amount(m[3], m[4])}
		} else if m := demandLine.FindStringSubmatch(line); m != nil {
			l.Demands = append(l.Demands, Demand{Bundles: []core.Resources{resources(m[1])}, Count: int(amount(m[2], ""))})
		} else if m := groupLine.FindStringSubmatch(line); m != nil {
			d := Demand{Strategy: m[2], Count: int(amount(m[3], ""))}
			for _, b := range bundle.FindAllStringSubmatch(m[1], -1) {
				for range int(amount(b[2], "")) {
					d.Bundles = append(d.Bundles, resources(b[1]))
				}
			}
			l.Groups = append(l.Groups, d)
		}
	}
	if err != nil {
		err = fmt.Errorf("the autoscaler's report: %w", err)
	}
	return l, err
}
