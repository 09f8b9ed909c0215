// Package parity sets goray beside pip ray, in one run: the same work on both, in turns.
//
//	GORAY_RAY_PYTHON=…/bin/python go test -run '^$' -bench BesideRay -benchtime 1x ./tests/parity
package parity
