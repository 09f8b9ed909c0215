package comms

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/goray/goray/kernel/compat/gonbui/protocol"
)

// Start connects the page, if that has not been done.
func Start() { Connected() }

// Send sends value to address: subscribers in the page get it.
func Send[T protocol.CommValueTypes](address string, value T) { SendAny(address, value) }

// SendAny is Send for any value that encodes to JSON. Where no page is connected, the value waits
// for one as long as the cell runs.
func SendAny(address string, value any) {
	sendLater(message{Address: normal(address), Value: value})
}

// answerWithin is how long ReadValue waits for a page.
const answerWithin = 5 * time.Second

// ReadValue asks the page for the value that was last sent to, or from, address there. It is the
// zero value where no page answers within five seconds.
func ReadValue[T protocol.CommValueTypes](address string) (value T) {
	if err := Ask(address, &value); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	return value
}

// Ask stores the page's value of address in what target points to.
func Ask(address string, target any) error {
	return AwaitValue(address, target, func() bool {
		return Connected() && broadcast(message{Address: normal(address), Request: true})
	})
}

// AwaitValue calls ask, and stores the next value of address in what target points to.
func AwaitValue(address string, target any, ask func() bool) error {
	got := make(chan any, 1)
	l := NewListener(address, func(_ string, v any) {
		select {
		case got <- v:
		default:
		}
	})
	defer l.Close()
	if !ask() {
		return fmt.Errorf("comms: no page is connected; open the notebook in JupyterLab or Notebook")
	}
	select {
	case v := <-got:
		return ConvertInto(v, target)
	case <-time.After(answerWithin):
		return fmt.Errorf("comms: the page did not answer for %q", address)
	}
}

// SubscriptionId names a subscription.
type SubscriptionId int

var subscriptions struct {
	sync.Mutex
	last SubscriptionId
	all  map[SubscriptionId]*Listener
}

// Subscribe has callback called with every value that the page sends to address.
func Subscribe[T protocol.CommValueTypes](address string, callback func(address string, value T)) SubscriptionId {
	return SubscribeAny(address, callback)
}

// SubscribeAny is Subscribe for a function of an address and a value of any type.
func SubscribeAny(address string, callback any) SubscriptionId {
	Connected()
	l := NewListener(address, callback)
	subscriptions.Lock()
	defer subscriptions.Unlock()
	if subscriptions.all == nil {
		subscriptions.all = map[SubscriptionId]*Listener{}
	}
	subscriptions.last++
	subscriptions.all[subscriptions.last] = l
	return subscriptions.last
}

// Unsubscribe ends a subscription.
func Unsubscribe(id SubscriptionId) {
	subscriptions.Lock()
	l := subscriptions.all[id]
	delete(subscriptions.all, id)
	subscriptions.Unlock()
	if l != nil {
		l.Close()
	}
}

// ConvertTo converts a value as it came from the page.
func ConvertTo[T protocol.CommValueTypes](from any) (to T, err error) {
	err = ConvertInto(from, &to)
	return to, err
}
