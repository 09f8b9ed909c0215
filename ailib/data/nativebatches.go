package data

import (
	"context"
	"reflect"
	"sync"
	"time"
)

// batchPace is how long a function of batches takes for a row, interpreted and compiled; zero is not
// known.
type batchPace struct {
	mu                    sync.Mutex
	interpreted, compiled time.Duration
	calls                 int
}

const (
	// quickRow is what a row takes where the way to the compiled form may be most of it: it is then
	// compared with the interpreter.
	quickRow = time.Microsecond
	// compareAgain is after how many batches both forms are measured anew.
	compareAgain = 64
)

// batchPaces are those of this process, which sees one block of many at a time: name and type of the
// function → *batchPace. One that is redefined is measured anew after a while.
var batchPaces sync.Map

// useCompiled says which form is to be tried.
func (p *batchPace) useCompiled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls++; p.calls%compareAgain == 0 {
		p.interpreted, p.compiled = 0, 0
	}
	switch {
	case p.compiled == 0 || p.compiled > quickRow:
		return true
	case p.interpreted == 0:
		return false
	}
	return p.compiled <= p.interpreted
}

// note keeps the best time: the first call of a form starts a program, or fills caches.
func (p *batchPace) note(of *time.Duration, took time.Duration, rows int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if row := max(took/time.Duration(rows), 1); *of == 0 || row < *of {
		*of = row
	}
}

// callBatch calls a function of slices in its compiled form, if there is one and it is not known to
// take longer. A batch that fails there is called again by call, which reports it.
func (s *step) callBatch(ctx context.Context, call func(reflect.Value) (reflect.Value, error), in reflect.Value, sig signature) (reflect.Value, error) {
	if s.Batch.Ctor || in.Kind() != reflect.Slice || sig.out.Kind() != reflect.Slice || in.Len() < firstRows {
		return call(in)
	}
	rows := in.Len()
	known, _ := batchPaces.LoadOrStore(s.Fn.Fn.Func.Name()+" "+sig.in.String()+" "+sig.out.String(), new(batchPace))
	p := known.(*batchPace)
	begin := time.Now()
	if p.useCompiled() {
		out := s.Fn.Fn.Func.Rows(ctx, func() any {
			batches := reflect.MakeSlice(reflect.SliceOf(sig.in), 1, 1)
			batches.Index(0).Set(in)
			return batches.Interface()
		}, sig.out)
		if made := reflect.ValueOf(out); out != nil && made.Len() == 1 {
			p.note(&p.compiled, time.Since(begin), rows)
			return made.Index(0), nil
		}
		begin = time.Now()
	}
	v, err := call(in)
	if err == nil {
		p.note(&p.interpreted, time.Since(begin), rows)
	}
	return v, err
}
