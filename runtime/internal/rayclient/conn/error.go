package conn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/goray/goray/runtime/internal/core"
)

// StartError is why the head could not start a driver for this client.
type StartError struct{ Text string }

// Error is the head's text; of a Python traceback the last line.
func (e *StartError) Error() string {
	text := strings.TrimSpace(e.Text)
	if i := strings.LastIndexByte(text, '\n'); i >= 0 {
		text = text[i+1:]
	}
	return "Ray's client server could not start a driver: " + text + "; look into ray_client_server*.err in the logs of the head"
}

// AuthError is a token that the cluster does not take.
type AuthError struct {
	Address string
	Origin  string // where the token was found; "" without one
	Text    string
}

// Error says which token was wrong and where one is looked for.
func (e *AuthError) Error() string {
	const fix = "RAY_AUTH_TOKEN, in the file that RAY_AUTH_TOKEN_PATH names, or, with RAY_AUTH_MODE=token, in ~/.ray/auth_token"
	if e.Origin == "" {
		return fmt.Sprintf("the cluster at %s wants a token (%s); put it in %s", e.Address, e.Text, fix)
	}
	return fmt.Sprintf("the cluster at %s does not take the token of %s (%s); put the cluster's own in %s", e.Address, e.Origin, e.Text, fix)
}

// Is makes it core.ErrUnauthenticated.
func (e *AuthError) Is(target error) bool { return target == core.ErrUnauthenticated }

// LostError is the end of a session that nobody asked for.
type LostError struct {
	Address string
	Text    string
	cause   error
}

// Error says what is lost with the session.
func (e *LostError) Error() string {
	return fmt.Sprintf("the session on the cluster at %s is lost: %s; its objects and actors, but for detached ones, are gone: call ray.Shutdown and ray.Init, and submit again", e.Address, e.Text)
}

// Unwrap gives the fault of the connection.
func (e *LostError) Unwrap() error { return e.cause }

// ErrClosed is what requests after Close get.
var ErrClosed = errors.New("the connection is closed")

// explain makes an error of the first connection that says what to do.
func (c *Conn) explain(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return fmt.Errorf("no answer from Ray's client server at %s: %w", c.cfg.Address, err)
	}
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	switch s.Code() {
	case codes.Unauthenticated:
		return &AuthError{c.cfg.Address, c.token.Origin, s.Message()}
	case codes.Unavailable:
		return fmt.Errorf("nobody answers at %s (%s); is the head running, and is the port its --ray-client-server-port (10001)? A cluster with TLS needs RAY_USE_TLS=1 here", c.cfg.Address, s.Message())
	case codes.DeadlineExceeded:
		return fmt.Errorf("no answer from Ray's client server at %s: %w", c.cfg.Address, context.DeadlineExceeded)
	case codes.Canceled:
		return fmt.Errorf("no answer from Ray's client server at %s: %w", c.cfg.Address, context.Canceled)
	}
	return fmt.Errorf("Ray's client server at %s: %s", c.cfg.Address, s.Message())
}

// lost makes the error that the end of the stream means.
func (c *Conn) lost(err error) error {
	if c.closing.Load() {
		return ErrClosed
	}
	e := &LostError{Address: c.cfg.Address, cause: err, Text: err.Error()}
	switch s, _ := status.FromError(err); {
	case errors.Is(err, io.EOF):
		e.Text = "Ray's client server has ended it"
	case s.Code() == codes.NotFound:
		e.Text = "the head does not know it any more, as it was away for longer than the grace period or the head has restarted"
	case s.Code() == codes.Unauthenticated:
		return &AuthError{c.cfg.Address, c.token.Origin, s.Message()}
	case s.Code() != codes.OK && s.Code() != codes.Unknown:
		e.Text = s.Message()
	}
	return e
}

// final reports whether opening the stream again cannot help.
func final(err error) bool {
	switch status.Code(err) {
	case codes.ResourceExhausted, codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition, codes.Aborted, codes.Unauthenticated:
		return true
	}
	return errors.Is(err, io.EOF)
}
