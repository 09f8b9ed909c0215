package comms

import (
	"encoding/json"
	"fmt"
	"reflect"
	"sync"
)

// Listener takes values from one address, in their order, and hands them on to a channel or a
// function. It does not hold up the page: what nobody takes yet is kept.
type Listener struct {
	mu     sync.Mutex
	wake   sync.Cond
	queue  []any
	closed bool
	done   chan struct{} // closed with it
	idle   chan struct{} // closed when nothing is handed on any more

	channel reflect.Value
	latest  bool
	call    reflect.Value
	address string
}

// NewListener listens on address. Target is a channel, which Close closes, or a function of the
// address and a value. The value is converted to the channel's or the function's type; what cannot
// be is dropped.
func NewListener(address string, target any) *Listener {
	l := &Listener{done: make(chan struct{}), idle: make(chan struct{}), address: address}
	l.wake.L = &l.mu
	if v := reflect.ValueOf(target); v.Kind() == reflect.Chan {
		l.channel = v
	} else {
		l.call = v
	}
	page.Lock()
	if page.listeners != nil {
		page.listeners[l] = normal(address)
	}
	page.Unlock()
	go l.run()
	return l
}

// SetChannel replaces the channel. With latest, a value that was not taken makes room for the next
// one; the channel must have a buffer then.
func (l *Listener) SetChannel(channel any, latest bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.channel, l.latest = reflect.ValueOf(channel), latest
}

func (l *Listener) take(_ string, value any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.queue = append(l.queue, value)
	l.wake.Signal()
}

func (l *Listener) run() {
	defer close(l.idle)
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.closed {
			l.wake.Wait()
		}
		if l.closed {
			l.mu.Unlock()
			return
		}
		value := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		l.hand(value)
	}
}

func (l *Listener) hand(value any) {
	l.mu.Lock()
	channel, latest, call := l.channel, l.latest, l.call
	l.mu.Unlock()
	if call.IsValid() {
		if v, err := converted(value, call.Type().In(1)); err == nil {
			call.Call([]reflect.Value{reflect.ValueOf(l.address), v})
		}
		return
	}
	v, err := converted(value, channel.Type().Elem())
	if err != nil {
		return
	}
	for latest && !channel.TrySend(v) {
		channel.TryRecv()
	}
	if latest {
		return
	}
	reflect.Select([]reflect.SelectCase{
		{Dir: reflect.SelectSend, Chan: channel, Send: v},
		{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(l.done)},
	})
}

// Close ends the listener and closes its channel. It may be called twice.
func (l *Listener) Close() {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return
	}
	l.closed = true
	close(l.done)
	l.wake.Signal()
	channel := l.channel
	l.mu.Unlock()
	page.Lock()
	delete(page.listeners, l)
	page.Unlock()
	if channel.IsValid() {
		<-l.idle
		channel.Close()
	}
}

// IsClosed says whether Close was called.
func (l *Listener) IsClosed() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// Wait returns when Close is called.
func (l *Listener) Wait() { <-l.done }

// converted is a value of JSON as one of type t.
func converted(value any, t reflect.Type) (reflect.Value, error) {
	target := reflect.New(t)
	if err := ConvertInto(value, target.Interface()); err != nil {
		return reflect.Value{}, err
	}
	return target.Elem(), nil
}

// ConvertInto stores value, as it came from the page, in what target points to. Numbers in text
// are numbers, as the value of an input element is text.
func ConvertInto(value, target any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if err = json.Unmarshal(raw, target); err == nil {
		return nil
	}
	if text, ok := value.(string); ok && json.Unmarshal([]byte(text), target) == nil {
		return nil
	}
	if number, ok := value.(float64); ok && json.Unmarshal(fmt.Appendf(nil, "%.0f", number), target) == nil {
		return nil
	}
	if to, ok := target.(*string); ok {
		*to = string(raw)
		return nil
	}
	return fmt.Errorf("comms: the page sent %s, which is no %s", raw, reflect.TypeOf(target).Elem())
}
