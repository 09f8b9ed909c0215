package typed

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"unsafe"

	"github.com/goray/goray/kernel/engine"
)

// What cells print with fmt and with the methods of os.Stdout and os.Stderr goes where the session
// wants the output of that cell. What compiled code prints by itself goes to the process's stream.
func init() {
	for name, f := range map[string]any{
		"fmt.Print":      func(a ...any) (int, error) { return fmt.Fprint(streamOf(os.Stdout), a...) },
		"fmt.Printf":     func(format string, a ...any) (int, error) { return fmt.Fprintf(streamOf(os.Stdout), format, a...) },
		"fmt.Println":    func(a ...any) (int, error) { return fmt.Fprintln(streamOf(os.Stdout), a...) },
		"fmt.Fprint":     func(w io.Writer, a ...any) (int, error) { return fmt.Fprint(streamOf(w), a...) },
		"fmt.Fprintf":    func(w io.Writer, format string, a ...any) (int, error) { return fmt.Fprintf(streamOf(w), format, a...) },
		"fmt.Fprintln":   func(w io.Writer, a ...any) (int, error) { return fmt.Fprintln(streamOf(w), a...) },
		"io.WriteString": func(w io.Writer, s string) (int, error) { return io.WriteString(streamOf(w), s) },
	} {
		contained[name] = reflect.ValueOf(f)
	}
}

// streamOf finds the place of what the calling goroutine writes to w.
func streamOf(w io.Writer) io.Writer {
	f, ok := w.(*os.File)
	if !ok || f == nil {
		return w
	}
	name := ""
	switch f {
	case os.Stdout:
		name = "stdout"
	case os.Stderr:
		name = "stderr"
	default:
		return w
	}
	r := currentRun()
	if r.output == nil {
		return w
	}
	if o := r.output(r.cell, name); o != nil {
		return o
	}
	return w
}

// fileIntrinsic is streamOf for the methods of files.
func fileIntrinsic(name string, ar, rr []reg) op {
	var write func(fr *frame, w io.Writer) (int, error)
	switch name {
	case "(*os.File).Write":
		write = func(fr *frame, w io.Writer) (int, error) { return w.Write(*at[[]byte](fr, ar[1].off)) }
	case "(*os.File).WriteString":
		write = func(fr *frame, w io.Writer) (int, error) { return io.WriteString(w, *at[string](fr, ar[1].off)) }
	default:
		return nil
	}
	return func(fr *frame) {
		f := (*os.File)(*at[unsafe.Pointer](fr, ar[0].off))
		n, err := write(fr, streamOf(f))
		if len(rr) > 0 {
			*at[int](fr, rr[0].off), *at[error](fr, rr[1].off) = n, err
		}
	}
}

// Current implements [engine.Concurrent].
func (s *Session) Current() (engine.Cell, bool) {
	r := currentRun()
	return r.cell, r != background
}

var _ engine.Concurrent = (*Session)(nil)
