package wire

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// talk echoes a cell on stdout, twice, asking for input in between when the cell says so.
func talk(s *Server, m *Message) {
	req, _ := decode[struct {
		Code       string
		AllowStdin bool `json:"allow_stdin"`
	}](m)
	stream := func(text string) {
		s.Publish(m, "stream", map[string]string{"name": "stdout", "text": text})
	}
	stream(req.Code)
	if req.Code == "input" && req.AllowStdin {
		s.Send(Stdin, Outgoing{Identities: m.Identities, Parent: m, Type: "input_request", Content: map[string]any{"prompt": "name: ", "password": false}})
		answer, err := s.Recv(Stdin)
		if err != nil {
			return
		}
		value, _ := decode[struct{ Value string }](answer)
		stream(value.Value)
	}
	s.Reply(Shell, m, "execute_reply", map[string]any{"status": "ok", "execution_count": 7})
}

func TestClientExecutes(t *testing.T) {
	for name, c := range map[string]Connection{
		"tcp":      {Key: "secret"},
		"unsigned": {},
		"ipc":      {Transport: "ipc", IP: filepath.Join(t.TempDir(), "k"), Shell: 1, Control: 2, Stdin: 3, IOPub: 4, Heartbeat: 5, Key: "secret"},
	} {
		t.Run(name, func(t *testing.T) {
			s := kernel(t, c, talk)
			ctx := within(t, 10*time.Second)
			k, err := Dial(ctx, s.Connection())
			if err != nil {
				t.Fatal(err)
			}
			defer k.Close()
			for range 20 {
				var out strings.Builder
				reply, err := k.Execute(ctx, Request{Code: "input"}, Handlers{
					Input: func(prompt string, _ bool) (string, error) { return " " + prompt + "Ada", nil },
					Output: func(m *Message) {
						if m.Header.Type == "stream" {
							text, _ := decode[struct{ Text string }](m)
							out.WriteString(text.Text)
						}
					},
				})
				if err != nil || reply.Status != "ok" || reply.Count != 7 {
					t.Fatalf("reply %+v, %v", reply, err)
				}
				if out.String() != "input name: Ada" {
					t.Fatalf("output %q", out.String())
				}
			}
		})
	}
}

func TestClientNoticesThatTheKernelIsGone(t *testing.T) {
	s := kernel(t, Connection{Key: "k"}, func(s *Server, m *Message) {})
	ctx := within(t, 10*time.Second)
	k, err := Dial(ctx, s.Connection())
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	s.Close()
	if _, err := k.Execute(ctx, Request{Code: "1"}, Handlers{}); !errors.Is(err, ErrKernelGone) {
		t.Fatalf("got %v", err)
	}
	if _, err := Dial(ctx, s.Connection()); !errors.Is(err, ErrKernelGone) {
		t.Fatalf("got %v", err)
	}
}

func BenchmarkRoundTrip(b *testing.B) {
	s, err := Listen(Connection{Key: "k"})
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			m, err := s.Recv(Shell)
			if err != nil {
				return
			}
			talk(s, m)
		}
	}()
	defer func() { s.Close(); <-done }()
	k, err := Dial(b.Context(), s.Connection())
	if err != nil {
		b.Fatal(err)
	}
	defer k.Close()
	for b.Loop() {
		if _, err := k.Request(b.Context(), Shell, "execute_request", Request{Code: "1"}); err != nil {
			b.Fatal(err)
		}
	}
}
