package ray

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/goray/goray/runtime/internal/core"
)

// publishEvery is how often a session on a Ray cluster looks whether a program is ready.
const publishEvery = 50 * time.Millisecond

// publishNative gives the nodes of a Ray cluster the program that a file will describe.
func (s *session) publishNative(file string) {
	s.mu.Lock()
	known := s.published[file]
	s.published[file] = true
	s.mu.Unlock()
	if file == "" || known {
		return
	}
	over, ended := make(chan struct{}), make(chan struct{})
	forget := s.onShutdown(func() { close(over); <-ended })
	go func() {
		defer close(ended)
		tick := time.NewTicker(publishEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-over:
				return
			}
			text, err := os.ReadFile(file)
			if err != nil {
				continue // it is being built
			}
			if err := s.sendNative(filepath.Base(file), text); err != nil {
				fmt.Fprintf(os.Stderr, "ray: a compiled function cannot be sent to the cluster, and stays interpreted: %v\n", err)
			}
			forget()
			return
		}
	}()
}

// sendNative stores a program and then its description, so that whoever finds this finds that.
func (s *session) sendNative(name string, text []byte) error {
	var b core.NativeBuild
	if err := json.Unmarshal(text, &b); err != nil {
		return err
	}
	if b.Failure != "" { // whoever waits for it need not
		return s.backend.AddCode(core.NativeCode(name), text)
	}
	program, err := os.ReadFile(b.Path)
	if err != nil {
		return err
	}
	if err := s.publishText(core.NativeCode(b.Key), program); err != nil {
		return err
	}
	b.Path = ""
	if text, err = json.Marshal(b); err != nil {
		return err
	}
	return s.backend.AddCode(core.NativeCode(name), text)
}
