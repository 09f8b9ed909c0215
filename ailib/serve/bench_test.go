package serve

import (
	"bytes"
	"io"
	"net/http"
	"testing"
)

func noop(*Request) (any, error) { return "ok", nil }

func benchServe(b *testing.B, d Deployment) (*Server, *Handle) {
	s, err := Start(Config{Port: -1})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { Shutdown() })
	h, err := Run(d.Bind())
	if err != nil {
		b.Fatal(err)
	}
	return s, h
}

// BenchmarkHTTP is a request from end to end: client and server share the machine's CPUs.
func BenchmarkHTTP(b *testing.B) {
	for name, x := range map[string]struct {
		d    Deployment
		body string
	}{
		"noop":  {Deployment{Name: "noop", Handler: noop, NumReplicas: 2, MaxOngoing: 32}, ""},
		"typed": {Deployment{Name: "tip", Handler: tip, NumReplicas: 2, MaxOngoing: 32}, `{"passenger_count":1,"trip_distance":10,"hour":18}`},
	} {
		b.Run(name, func(b *testing.B) {
			s, _ := benchServe(b, x.d)
			url := s.URL() + "/" + x.d.Name
			client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
			defer client.CloseIdleConnections()
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					resp, err := client.Post(url, "application/json", bytes.NewReader([]byte(x.body)))
					if err != nil {
						b.Error(err)
						return
					}
					io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
					if resp.StatusCode != 200 {
						b.Error(resp.Status)
						return
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
}

func BenchmarkHandle(b *testing.B) {
	_, h := benchServe(b, Deployment{Name: "noop", Handler: noop, NumReplicas: 2, MaxOngoing: 32})
	for b.Loop() {
		if _, err := Call[string](h, &Request{}); err != nil {
			b.Fatal(err)
		}
	}
}
