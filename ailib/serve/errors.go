package serve

import (
	"errors"
	"fmt"
	"net/http"
)

// StatusError is an error with an HTTP status. A handler returns one to choose the status; errors
// of other types are a 500.
type StatusError struct {
	Status  int
	Message string
	Field   string // the field of the input that is wrong
	Record  int    // which record of an array it is in; -1 when the input is no array
	Offset  int64  // the byte of the body where the JSON breaks
}

func (e *StatusError) Error() string {
	return fmt.Sprintf("serve: %d %s: %s", e.Status, http.StatusText(e.Status), e.Message)
}

// Errorf returns a StatusError.
func Errorf(status int, format string, args ...any) *StatusError {
	return &StatusError{Status: status, Message: fmt.Sprintf(format, args...), Record: -1}
}

// Errors of handles.
var (
	// ErrNotRunning: there is no such deployment any more.
	ErrNotRunning = errors.New("serve: the deployment is not running; deploy it with serve.Run")
	// ErrQueueFull: MaxQueued requests are waiting already.
	ErrQueueFull = errors.New("serve: too many requests are waiting; call again later, or raise Deployment.MaxQueued or NumReplicas")
)
