package repl

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/goray/goray/kernel/engine"
)

// reader gives one cell after another. It returns io.EOF at the end, and errCleared when the
// person threw the line away.
type reader interface {
	read(number int) (cell string, err error)
}

var errCleared = errors.New("cleared")

// plainReader reads lines without editing: pipes and dumb terminals. prompt is nil for a pipe.
type plainReader struct {
	lines   *bufio.Reader
	ready   func(cell string) bool
	prompt  func(number int, more bool)
	cleared atomic.Bool // what was read before is to be forgotten
}

func newPlainReader(in io.Reader, ready func(string) bool) *plainReader {
	return &plainReader{lines: bufio.NewReader(in), ready: ready}
}

func (p *plainReader) read(number int) (string, error) {
	var cell strings.Builder
	for {
		if p.prompt != nil {
			p.prompt(number, cell.Len() > 0)
		}
		line, err := p.lines.ReadString('\n')
		if p.cleared.Swap(false) {
			cell.Reset()
		}
		cell.WriteString(line)
		if err != nil {
			if errors.Is(err, io.EOF) && strings.TrimSpace(cell.String()) != "" {
				return cell.String(), nil // the next call ends
			}
			return "", err
		}
		if strings.TrimSpace(cell.String()) == "" {
			cell.Reset()
			if p.prompt != nil {
				return "", errCleared // the same prompt again
			}
			continue
		}
		if p.ready(cell.String()) {
			return cell.String(), nil
		}
	}
}

// complete says whether the input so far, ending in a line break, is to be run. Where somebody
// types, two empty lines run whatever it is: otherwise one could not get out.
func complete(isComplete func(string) (engine.Completeness, string), cell string, typed bool) bool {
	trimmed := strings.TrimSpace(cell)
	switch {
	case trimmed == "":
		return true
	case strings.HasPrefix(trimmed, "%%"):
		return endsBlank(cell, 1) // a cell magic ends with an empty line
	case strings.ContainsRune("%!$?:", rune(trimmed[0])):
		return !strings.Contains(trimmed, "\n")
	case strings.HasSuffix(trimmed, "?") && !strings.ContainsAny(trimmed, " \n\"`'"):
		return true
	case typed && endsBlank(cell, 2):
		return true
	}
	status, _ := isComplete(cell)
	return status != engine.Incomplete
}

// endsBlank says whether cell ends in n empty lines.
func endsBlank(cell string, n int) bool {
	lines := strings.Split(strings.TrimSuffix(cell, "\n"), "\n")
	if len(lines) <= n {
		return false
	}
	for _, line := range lines[len(lines)-n:] {
		if strings.TrimSpace(line) != "" {
			return false
		}
	}
	return true
}

// prompts are the same for both interactive readers.
func primaryPrompt(number int) string { return fmt.Sprintf("In[%d]: ", number) }

func secondaryPrompt(number int) string {
	return strings.Repeat(" ", len(primaryPrompt(number))-len("...: ")) + "...: "
}
