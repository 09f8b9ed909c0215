package core_test

import (
	"context"
	"runtime/pprof"
	"testing"

	"github.com/goray/goray/runtime/internal/core"
)

func TestCellText(t *testing.T) {
	for site, want := range map[string]string{"": "In[7]", "In[7]:3": "In[7]:3", "In[71]:3": "In[7] In[71]:3", "x.go:3": "In[7] x.go:3"} {
		if got := core.CellText("In[7]", site); got != want {
			t.Errorf("%q gives %q, not %q", site, got, want)
		}
	}
}

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
