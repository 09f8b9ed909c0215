// Package machine reads what this machine does: how busy its CPUs are, what processes take, how full
// a disk is, and, where somebody has said how to ask them, its GPUs.
//
//	var m machine.Meter
//	busy, all := m.CPU() // percent by core, and of all, since the last call
//
// Where the operating system does not tell, the figures are empty.
package machine
