//go:build !linux

package viz

import "errors"

func sampleMachine() (cpu []float64, used, total uint64, err error) {
	return nil, 0, 0, errors.New("there is no /proc")
}
