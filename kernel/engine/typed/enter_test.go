package typed

import (
	"reflect"
	"testing"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// TestEnter stops functions that a worker has called; deferred calls run, and the same function can
// be called again.
func TestEnter(t *testing.T) {
	s := newSession(t, engine.Config{})
	do(t, s, 1, `
var begun, left = make(chan bool, 1), make(chan bool, 1)
func loop(forever bool) int {
	defer func() { left <- true }()
	begun <- true
	for forever {}
	return 7
}`)
	do(t, s, 2, "f := loop")
	loop := s.variable(t, "f")
	channel := func(name string) chan bool { return s.variable(t, name).Interface().(chan bool) }
	interrupts := make(chan func(), 1)
	returned := make(chan bool, 1)
	go func() {
		value := false
		defer func() { returned <- value }()
		interrupt, leave := s.Enter()
		defer leave()
		interrupts <- interrupt
		loop.Call([]reflect.Value{reflect.ValueOf(true)})
		value = true
	}()
	<-channel("begun")
	start := time.Now()
	(<-interrupts)()
	if <-returned {
		t.Error("the interrupted call returned a value")
	}
	<-channel("left")
	t.Logf("interrupted within %v", time.Since(start))

	_, leave := s.Enter()
	defer leave()
	if out := loop.Call([]reflect.Value{reflect.ValueOf(false)}); out[0].Int() != 7 {
		t.Error(out[0])
	}
	<-channel("begun")
	<-channel("left")
}
