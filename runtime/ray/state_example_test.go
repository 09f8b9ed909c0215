package ray_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/goray/goray/runtime/ray"
)

func ExampleListTasks() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	refs := []ray.ObjectRef[int]{ray.Remote[int](boom).Remote(1), ray.Remote[int](square).Remote(2)}
	ray.Wait(refs, ray.NumReturns(2))
	failed, err := ray.ListTasks(ray.Filter("state", "=", "FAILED"), ray.Limit(10))
	fmt.Println(failed.Total, failed.Items[0].Name, failed.Items[0].ErrorMessage, err)
	// Output: 1 ray_test.boom n=1: boom <nil>
}

func ExampleSummarizeTasks() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	sq := ray.Remote[int](square)
	ray.Must(ray.GetAll([]ray.ObjectRef[int]{sq.Remote(1), sq.Remote(2)}))
	summary := ray.Must(ray.SummarizeTasks())
	for _, row := range summary.Rows {
		fmt.Println(row.Name, row.States)
	}
	// Output: ray_test.square map[FINISHED:2]
}

func ExampleTimeline() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	ray.Must(ray.Get(ray.Remote[int](square).Remote(1)))
	path := filepath.Join(os.TempDir(), fmt.Sprintf("timeline-%d.json", os.Getpid()))
	defer os.Remove(path)
	if err := ray.Timeline(path); err != nil { // open it in https://ui.perfetto.dev
		fmt.Println(err)
	}
	text, _ := os.ReadFile(path)
	fmt.Println(json.Valid(text))
	// Output: true
}

func ExampleMemoryReport() {
	ray.Must(ray.Init(ray.Config{NumCPUs: 2}))
	defer ray.Shutdown()

	ref := ray.Put(make([]float64, 1_000_000))
	report := ray.Must(ray.MemoryReport())
	top := report.Groups[0]
	fmt.Println(top.Kind, top.Count, top.Bytes > 8_000_000)
	runtime.KeepAlive(ref)
	// Output: PUT 1 true
}

func ExampleLogs() {
	quiet := false
	ray.Must(ray.Init(ray.Config{NumCPUs: 2, LogToDriver: &quiet}))
	defer ray.Shutdown()

	ref := ray.Remote[int](dieTalking).Options(ray.MaxRetries(0)).Remote(5)
	ray.Get(ref) // its process ends
	fmt.Println(ray.Logs(ref))
	// Output: last words 5 <nil>
}
