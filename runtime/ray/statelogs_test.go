package ray_test

import (
	"strings"
	"testing"
	"time"

	"github.com/goray/goray/runtime/ray"
)

// talker is an actor that prints and takes its time.
type talker struct{ said int }

func newTalker() *talker                   { return &talker{} }
func (w *talker) Say(text string) int      { println(text); w.said++; return w.said }
func (w *talker) Burn(d time.Duration) int { return burn(d) }

func TestLogsOfTheDead(t *testing.T) {
	quiet := false
	start(t, ray.Config{NumCPUs: 2, LogToDriver: &quiet})
	ref := ray.Remote[int](dieTalking).Options(ray.MaxRetries(0)).Remote(5)
	if _, err := ray.Get(ref); err == nil {
		t.Fatal("a task that exits has a value")
	}
	logs, err := ray.Logs(ref)
	if err != nil || logs.String() != "last words 5" {
		t.Fatalf("logs of the task: %v, %v", logs, err)
	}
	byPID, err := ray.Logs(logs.Items[0].PID)
	if err != nil || !strings.Contains(byPID.String(), "last words 5") {
		t.Errorf("logs of the worker: %v, %v", byPID, err)
	}

	c := ray.NewActor[talker](newTalker)
	check(t, ray.Call[int](c, (*talker).Say, "hear me"), 1)
	if err := ray.Kill(c); err != nil {
		t.Fatal(err)
	}
	said, err := ray.Logs(c)
	if err != nil || said.String() != "hear me" || !said.Items[0].Stderr {
		t.Errorf("logs of the actor: %v, %v", said, err)
	}
	if _, err := ray.Logs("00000000000fffff"); err == nil {
		t.Error("nobody has logs")
	}
}
