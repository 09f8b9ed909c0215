package core_test

import (
	"context"
	"runtime/pprof"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
)

func TestOriginLabel(t *testing.T) {
	if got := core.OriginLabel(nil, "cell"); got != "" {
		t.Errorf("nil has %q", got)
	}
	pprof.Do(t.Context(), pprof.Labels("cell", "7", "other", "x"), func(context.Context) {
		origin := core.GoroutineOrigin()
		for key, want := range map[string]string{"cell": "7", "other": "x", "none": ""} {
			if got := core.OriginLabel(origin, key); got != want {
				t.Errorf("label %q is %q, not %q", key, got, want)
			}
		}
	})
}
