package serve_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/goray/goray/ailib/serve"
)

type fareModel struct{ perMile, start float64 }

type ride struct {
	Miles float64 `json:"miles"`
}

func newFareModel(perMile, start float64) (*fareModel, error) {
	return &fareModel{perMile, start}, nil
}

// Predict answers POST requests with a JSON ride, and calls through a handle.
func (m *fareModel) Predict(r ride) float64 { return m.start + m.perMile*r.Miles }

// A model with two replicas answers HTTP requests and calls from Go. Broken input is refused
// before the model sees it.
func Example() {
	server, err := serve.Start(serve.Config{Port: -1}) // any free port; the default is 8000
	if err != nil {
		fmt.Println(err)
		return
	}
	defer serve.Shutdown()

	model := serve.Deployment{Name: "fare", Handler: newFareModel, NumReplicas: 2}
	handle, err := serve.Run(model.Bind(3.5, 3.0))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(serve.Call[float64](handle, ride{Miles: 2}))

	for _, body := range []string{`{"miles": 2}`, `[{"miles": 0}, {"miles": 10}]`, `{"miles": "far"}`} {
		resp, err := http.Post(server.URL()+"/fare", "application/json", bytes.NewBufferString(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Printf("%d %.70s\n", resp.StatusCode, bytes.TrimSpace(answer))
	}
	// Output:
	// 10 <nil>
	// 200 10
	// 200 [3,38]
	// 422 {"error":"field \"miles\" is \"far\"; it must be a number","field":"mi
}
