package worker

import (
	"reflect"
	"slices"
	"testing"

	"github.com/goray/goray/runtime/internal/codec"
	"github.com/goray/goray/runtime/internal/core"
)

type fitted struct{ A, B int }

// A description from another build is changed to the places of this one; what is not part of it has none.
func TestFitGuest(t *testing.T) {
	own := reflect.TypeFor[fitted]()
	name, layout := codec.TypeKey(own)
	b := core.NativeBuild{
		Main: "another build", Offsets: []uint64{1, 2, 3}, Key: "key",
		Foreign: []core.TypeKey{{Name: name, Layout: layout}, {Name: name, Layout: layout + 1}, {Name: "elsewhere.T"}},
	}
	if err := FitGuest(&b); err != nil {
		t.Fatal(err)
	}
	common := codec.Offsets(codec.CommonTypes())
	want := slices.Concat(common, codec.Offsets([]reflect.Type{own}), []uint64{0, 0}, codec.Offsets(codec.OwnTypes()))
	if b.Main != codec.Build() || !slices.Equal(b.Offsets, want) || b.Key != "key" || want[len(common)] == 0 {
		t.Errorf("%+v, want the offsets %v", b, want)
	}
	b = core.NativeBuild{Main: codec.Build(), Offsets: []uint64{1}}
	if err := FitGuest(&b); err != nil || !slices.Equal(b.Offsets, []uint64{1}) {
		t.Errorf("of this build: %+v, %v", b, err)
	}
}
