package zmtp

import (
	"bytes"
	"net"
	"sync"
)

// maxTopics bounds what one subscriber may ask for.
const maxTopics = 1024

// Pub sends to whoever subscribed and greets every new subscription.
type Pub struct {
	inbox
	mu      sync.Mutex
	subs    map[*Conn]map[string]int
	welcome func(topic []byte) [][]byte
}

// NewPub serves l as an XPUB socket. What welcome makes is the first thing that a new
// subscription brings; nil sends nothing.
func NewPub(l net.Listener, cfg Config, welcome func(topic []byte) [][]byte) *Pub {
	p := &Pub{inbox: newInbox(), subs: map[*Conn]map[string]int{}, welcome: welcome}
	p.srv = serve(l, cfg.withDefaults("XPUB"), p.serve)
	return p
}

func (p *Pub) serve(c *Conn) {
	defer func() {
		p.mu.Lock()
		delete(p.subs, c)
		p.mu.Unlock()
	}()
	for {
		frames, err := c.ReadMsg()
		if err != nil {
			return
		}
		if len(frames) == 1 && len(frames[0]) > 0 && frames[0][0] <= 1 {
			p.subscribe(c, frames[0][0] == 1, frames[0][1:])
		}
	}
}

func (p *Pub) subscribe(c *Conn, on bool, topic []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	topics := p.subs[c]
	if topics == nil {
		topics = map[string]int{}
		p.subs[c] = topics
	}
	switch k := string(topic); {
	case on && len(topics) < maxTopics:
		topics[k]++
	case !on && topics[k] > 1:
		topics[k]--
	case !on:
		delete(topics, k)
	}
	if on && p.welcome != nil { // under the lock: nothing else may come first
		c.TrySend(p.welcome(topic))
	}
}

// Send waits for slow subscribers only within their grace. The first frame is the topic.
func (p *Pub) Send(frames [][]byte) {
	for _, c := range p.subscribers(frames[0]) {
		c.Send(frames)
	}
}

func (p *Pub) subscribers(topic []byte) []*Conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	to := make([]*Conn, 0, len(p.subs))
	for c, topics := range p.subs {
		for t := range topics {
			if bytes.HasPrefix(topic, []byte(t)) {
				to = append(to, c)
				break
			}
		}
	}
	return to
}
