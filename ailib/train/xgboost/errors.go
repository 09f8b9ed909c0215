package xgboost

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
)

// Error is a failure that libxgboost reported.
type Error struct {
	Op      string // what was being done, such as "update"
	Message string // XGBoost's own words, without its file names and stack
	Stack   string // the C++ stack, where XGBoost gave one
}

func (e *Error) Error() string { return "xgboost: " + e.Op + ": " + e.Message }

// logPrefix is what XGBoost's logging puts before a message: the time, and
// the C++ file with its line.
var logPrefix = regexp.MustCompile(`^\[\d\d:\d\d:\d\d\] \S+:\d+:\s*`)

func newError(op, text string) *Error {
	message, stack, _ := strings.Cut(text, "\nStack trace:")
	message = logPrefix.ReplaceAllString(strings.TrimSpace(message), "")
	return &Error{Op: op, Message: strings.TrimSpace(message), Stack: strings.TrimSpace(stack)}
}

// call runs one or more functions of the C API and turns a non-zero return
// code into an error. The goroutine stays on its OS thread meanwhile, because
// the error text, and every buffer that the C API returns, belongs to the
// thread; f copies such buffers before it returns.
func call(op string, f func() int32) error {
	if err := load(); err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if f() == 0 {
		return nil
	}
	text := xgbGetLastError()
	if text == "" {
		text = "the library gave no reason"
	}
	return newError(op, text)
}

// closedError is returned by the methods of something that was closed.
func closedError(what string) error {
	return fmt.Errorf("xgboost: the %s is closed; create a new one", what)
}
