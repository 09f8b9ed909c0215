package worker

import (
	"os"
	"strconv"
	"strings"
)

const envCUDA = "CUDA_VISIBLE_DEVICES"

// devices hands the GPUs of a task to the libraries that it uses, which look at an environment
// variable when they are first called.
type devices struct {
	visible []string // what the driver could see; empty: everything
	set     bool     // by an earlier task
}

func newDevices() devices {
	var d devices
	if v := os.Getenv(envCUDA); v != "" {
		d.visible = strings.Split(v, ",")
	}
	return d
}

// use makes the GPUs with the given indices visible; without indices all that the driver sees.
func (d *devices) use(indices []int) {
	if len(indices) == 0 && !d.set {
		return
	}
	names := d.visible
	if d.set = len(indices) > 0; d.set {
		names = nil
	}
	for _, i := range indices {
		if i < len(d.visible) {
			names = append(names, d.visible[i])
		} else {
			names = append(names, strconv.Itoa(i))
		}
	}
	if names == nil {
		os.Unsetenv(envCUDA)
		return
	}
	os.Setenv(envCUDA, strings.Join(names, ","))
}
