package codec

import (
	"errors"
	"fmt"
	"reflect"
)

// UnsupportedError says which part of a value or type cannot travel, why, and what to do instead.
type UnsupportedError struct {
	Path string // "Config.Log.mu"
	Type reflect.Type
	Why  string
	Fix  string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("codec: %s (%s) cannot travel between processes: %s; %s", e.Path, e.Type, e.Why, e.Fix)
}

// within puts a step in front of the path of an UnsupportedError on its way up, so that the path
// costs nothing unless something is refused.
func within(err error, step string) error {
	var u *UnsupportedError
	switch {
	case !errors.As(err, &u):
	case len(u.Path) < longPath:
		u.Path = step + u.Path
	case u.Path[0] != '.' || u.Path[1] != '.':
		u.Path = "..." + u.Path
	}
	return err
}

// longPath is where a path is cut in front: the end tells more than how deep it is.
const longPath = 300

// rootName is how a path begins.
func rootName(t reflect.Type) string {
	for t.Name() == "" && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() != "" {
		return t.Name()
	}
	return t.String()
}

// CorruptError says that bytes are not an encoding of the type they were decoded as.
type CorruptError struct {
	Type reflect.Type
	Why  string
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("codec: cannot decode %s: %s; both sides must run the same program and know the same types", e.Type, e.Why)
}

type corrupt string

func (c corrupt) Error() string { return string(c) }

const errShort = corrupt("the data ends too early")

// RemoteError stands for an error whose own type could not travel. It keeps the text, the name of
// the type, and the chain of what it wrapped, so errors.Is and errors.As see through it.
type RemoteError struct {
	TypeName string
	Text     string
	Wrapped  []error
}

func (e *RemoteError) Error() string   { return e.Text }
func (e *RemoteError) Unwrap() []error { return e.Wrapped }
