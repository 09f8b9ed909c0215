package differential

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/goray/goray/kernel/engine"
	"github.com/goray/goray/kernel/engine/typed"
)

// limit is the time that a program may take; those here need milliseconds.
const limit = 20 * time.Second

// A process of this test runs a topic when these variables name the file and the first program.
const (
	childFile  = "GORAY_DIFFERENTIAL_FILE"
	childFirst = "GORAY_DIFFERENTIAL_FIRST"
)

// answer is what one program printed.
type answer struct {
	Name, Output string
}

// runTopic runs the programs of a file from number first on, each in a session of its own, and
// writes an answer for each. It takes over standard output.
func runTopic(file string, first int, out io.Writer) error {
	programs, err := readTopic(file)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(out)
	for _, p := range programs[first:] {
		stdout, err := os.CreateTemp("", "goray-differential-*")
		if err != nil {
			return err
		}
		os.Remove(stdout.Name())
		os.Stdout = stdout
		failure := runProgram(p)
		if _, err := stdout.Seek(0, io.SeekStart); err != nil {
			return err
		}
		text, err := io.ReadAll(stdout)
		if err != nil {
			return err
		}
		if err := enc.Encode(answer{p.String(), string(text) + failure}); err != nil {
			return err
		}
	}
	return nil
}

// runProgram runs a program in a new session; failure says how it ended, if not well.
func runProgram(p program) (failure string) {
	s, err := typed.New(engine.Config{})
	if err != nil {
		return err.Error() + "\n"
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	for i, source := range p.cells {
		_, err := s.Execute(ctx, engine.Cell{Number: i + 1, Source: source})
		var fault *engine.PanicError
		switch {
		case errors.As(err, &fault):
			return fault.Error() + "\n"
		case err != nil:
			return "error: " + err.Error() + "\n"
		}
	}
	return ""
}

// runInCells runs the programs of a file in processes of this binary; a program that ends its
// process says so, and the next one gets a new process.
func runInCells(ctx context.Context, file string, programs []program) (map[string]string, error) {
	out := map[string]string{}
	for len(out) < len(programs) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, os.Args[0])
		cmd.Env = append(os.Environ(), childFile+"="+file, childFirst+"="+strconv.Itoa(len(out)), "TZ=UTC")
		cmd.ExtraFiles = []*os.File{w}
		var stderr strings.Builder
		cmd.Stderr = &stderr
		err = cmd.Start()
		w.Close()
		if err != nil {
			return nil, err
		}
		lines := bufio.NewReader(r)
		for {
			line, err := lines.ReadBytes('\n')
			if err != nil {
				break
			}
			var a answer
			if err := json.Unmarshal(line, &a); err != nil {
				return nil, err
			}
			out[a.Name] = a.Output
		}
		r.Close()
		err = cmd.Wait()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if len(out) < len(programs) {
			out[programs[len(out)].String()] = fmt.Sprintf("the session's process ended: %v\n%s", err, head(stderr.String()))
		}
	}
	return out, nil
}

func head(s string) string { return s[:min(len(s), 2000)] }
