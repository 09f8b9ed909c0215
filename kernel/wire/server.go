package wire

import (
	"net"
	"sync"
	"time"

	"github.com/goray/goray/kernel/wire/zmtp"
)

// connecting is how long a question on stdin waits for the client's connection.
const connecting = 2 * time.Second

// Channel is a socket on which requests or answers arrive.
type Channel int

// The channels of a kernel, besides iopub.
const (
	Shell Channel = iota
	Control
	Stdin
)

func (ch Channel) String() string { return [...]string{"shell", "control", "stdin"}[ch] }

// Server is a kernel's five sockets. Its methods are safe for concurrent use.
type Server struct {
	Codec *Codec
	// Dropped, if set, is told of each message that was ignored; call no method from it.
	Dropped func(Channel, error)

	conn      Connection
	routers   [3]*zmtp.Router
	iopub     *zmtp.Pub
	heartbeat *zmtp.Rep
	wg        sync.WaitGroup
	publish   sync.Mutex // iopub messages go out in the order in which they were made
}

// Listen binds the sockets that c names. A port of 0 takes a free one; see Connection.
func Listen(c Connection) (*Server, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	keys, err := c.curve()
	if err != nil {
		return nil, err
	}
	s := &Server{Codec: NewCodec(c.Key, "kernel")}
	ports := [...]*int{&c.Shell, &c.Control, &c.Stdin, &c.IOPub, &c.Heartbeat}
	var listeners [len(ports)]net.Listener
	for i, port := range ports {
		l, err := zmtp.Listen(c.endpoint(*port))
		if err != nil {
			for _, l := range listeners[:i] {
				l.Close()
			}
			return nil, err
		}
		if a, ok := l.Addr().(*net.TCPAddr); ok {
			*port = a.Port
		}
		listeners[i] = l
	}
	cfg, beat := zmtp.Config{Curve: keys}, zmtp.Config{Curve: keys}
	if keys != nil { // Jupyter's clients hold the server's pair, its heartbeat makes its own
		only := *keys
		only.OnlyKey = &keys.Public
		cfg.Curve = &only
	}
	s.conn = c
	for i := range s.routers {
		s.routers[i] = zmtp.NewRouter(listeners[i], cfg)
	}
	s.iopub = zmtp.NewPub(listeners[3], cfg, s.welcome)
	s.heartbeat = zmtp.NewRep(listeners[4], beat)
	s.wg.Go(s.beat)
	return s, nil
}

// Connection says where the server listens, with the ports that were chosen.
func (s *Server) Connection() Connection { return s.conn }

func (s *Server) beat() {
	for {
		m, err := s.heartbeat.Recv()
		if err != nil {
			return
		}
		s.heartbeat.Send(m)
	}
}

func (s *Server) welcome(topic []byte) [][]byte {
	var ids [][]byte
	if len(topic) > 0 {
		ids = [][]byte{topic}
	}
	frames, _, _ := s.Codec.Encode(Outgoing{Identities: ids, Type: "iopub_welcome", Content: map[string]string{"subscription": string(topic)}})
	return frames
}

// Recv returns the next good message of ch, or zmtp.ErrClosed.
func (s *Server) Recv(ch Channel) (*Message, error) {
	for {
		frames, err := s.routers[ch].Recv()
		if err != nil {
			return nil, err
		}
		m, err := s.Codec.Decode(frames)
		if err == nil {
			return m, nil
		}
		if s.Dropped != nil {
			s.Dropped(ch, err)
		}
	}
}

// OnLeave has f called with the identity of each peer on ch whose connection ends.
func (s *Server) OnLeave(ch Channel, f func(identity string)) { s.routers[ch].OnLeave(f) }

// Send sends o on ch, to whom o.Identities name.
func (s *Server) Send(ch Channel, o Outgoing) (id string, err error) {
	frames, id, err := s.Codec.Encode(o)
	if err != nil {
		return "", err
	}
	if ch == Stdin { // where nobody has spoken before: the client may still be connecting
		return id, s.routers[ch].SendWithin(frames, connecting)
	}
	return id, s.routers[ch].Send(frames)
}

// Reply answers m on the channel where it came from.
func (s *Server) Reply(ch Channel, m *Message, typ string, content any) error {
	_, err := s.Send(ch, Outgoing{Identities: m.Identities, Parent: m, Type: typ, Content: content})
	return err
}

// Publish sends a message to everybody who listens on iopub.
func (s *Server) Publish(parent *Message, typ string, content any) error {
	return s.PublishMessage(Outgoing{Parent: parent, Type: typ, Content: content})
}

// PublishMessage is Publish for messages with metadata or buffers.
func (s *Server) PublishMessage(o Outgoing) error {
	o.Identities = [][]byte{[]byte("kernel." + s.Codec.Session + "." + o.Type)}
	s.publish.Lock()
	defer s.publish.Unlock()
	frames, _, err := s.Codec.Encode(o)
	if err == nil {
		s.iopub.Send(frames)
	}
	return err
}

// Close lets queued messages go out for at most a second and frees the sockets.
func (s *Server) Close() error {
	var all sync.WaitGroup
	for _, r := range s.routers {
		all.Go(func() { r.Close() })
	}
	all.Go(func() { s.iopub.Close() })
	all.Go(func() { s.heartbeat.Close() })
	all.Wait()
	s.wg.Wait()
	return nil
}
