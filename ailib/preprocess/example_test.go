package preprocess_test

import (
	"fmt"

	"github.com/goray/goray/ailib/data"
	"github.com/goray/goray/ailib/preprocess"
)

func Example() {
	train := data.FromItems([]map[string]any{{"x": 1, "y": nil}, {"x": 2, "y": 4.0}, {"x": 5, "y": 8.0}})
	p := preprocess.NewChain(
		preprocess.NewSimpleImputer("mean", "y"),
		preprocess.NewMinMaxScaler("x", "y"),
	)
	if err := p.FitTransform(train).Show(); err != nil {
		fmt.Println(err)
	}
	// New rows are scaled by what the training data taught.
	fmt.Println(p.Transform(data.FromItems([]map[string]any{{"x": 9, "y": 6.0}})).Take(1))
	// Output:
	// {"x":0,"y":0.5}
	// {"x":0.25,"y":0}
	// {"x":1,"y":1}
	// [{"x":2,"y":0.5}] <nil>
}

func ExampleMarshal() {
	p := preprocess.NewStandardScaler("x")
	if err := p.Fit(data.FromItems([]map[string]any{{"x": 1}, {"x": 3}})); err != nil {
		fmt.Println(err)
		return
	}
	raw, err := preprocess.Marshal(p)
	fmt.Println(string(raw), err)
	restored, err := preprocess.Unmarshal(raw)
	fmt.Println(restored, restored.Fitted(), err)
	// Output:
	// {"kind":"standard_scaler","state":{"columns":["x"],"mean":{"x":2},"std":{"x":1}}} <nil>
	// StandardScaler(x) true <nil>
}
