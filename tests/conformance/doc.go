// Package conformance measures the typed engine with the Go distribution's own test programs: the
// files under GOROOT/test that a compiler must run without output or with a golden output.
//
//	go test -v ./tests/conformance                           # all of them, with a floor
//	GORAY_CONFORMANCE=sample go test ./tests/conformance     # every fourth
//
// Which programs count is decided by a mechanical rule (rule.go), not by hand. Each runs in a
// process of its own, so a crash or a hang is one failure.
package conformance
