package session

import (
	"context"
	"fmt"
	"math"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/goray/goray/kernel/engine"
)

// checkpointMagic writes the session to a file; without a name, to one named after the time.
func checkpointMagic(l *Local, ctx context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	fail := func(err error) error { return &MagicError{"%checkpoint", err.Error()} }
	name := args
	if name == "" {
		name = time.Now().Format("2006-01-02-150405")
	}
	path, err := checkpointPath(name)
	if err != nil {
		return fail(err)
	}
	if l.goroutinesRun() {
		return fail(fmt.Errorf("goroutines of cells still run, and may change variables meanwhile; wait for them or %%reset"))
	}
	im, err := l.image(math.MaxInt, ctx.Err, nil)
	if err != nil {
		return fail(err)
	}
	defer im.values.close()
	size, err := im.save(path, l.cfg.Version)
	if err != nil {
		return fail(err)
	}
	n := 0
	var r revival
	for _, v := range im.Variables {
		if v.Why == "" {
			n++
		} else {
			r.Lost = append(r.Lost, Loss{v.Name, v.Why})
		}
	}
	text := strings.Replace(r.text(), "\nLost:", "\nNot in it:", 1)
	fmt.Printf("checkpoint %s: %s and the declarations of %s, %.1f MB; %%restore %s brings them back%s\n",
		name, count(n, "variable"), count(len(im.Cells), "cell"), float64(size)/1e6, name, text)
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// undo goes back to the state before the last cell.
func undo(l *Local, ctx context.Context, _ engine.Cell, _, _ string, _ *Outcome) error {
	if l.snapshotter() == nil {
		return &MagicError{"%undo", "this session has no way to write values down"}
	}
	s, err := l.keep.back()
	if err != nil {
		return err
	}
	r, err := l.goBack(ctx, s.before)
	if err != nil {
		return &MagicError{"%undo", err.Error()}
	}
	fmt.Printf("the session is as it was before In[%d]%s\n", s.cell, r.text())
	return nil
}

// restoreMagic goes to a checkpoint, or lists them.
func restoreMagic(l *Local, ctx context.Context, _ engine.Cell, args, _ string, _ *Outcome) error {
	fail := func(err error) error { return &MagicError{"%restore", err.Error()} }
	if args == "" {
		return listCheckpoints()
	}
	path, err := checkpointPath(args)
	if err != nil {
		return fail(err)
	}
	im, c, err := loadCheckpoint(path)
	if os.IsNotExist(err) {
		return fail(fmt.Errorf("there is no checkpoint %s; %%restore lists them", args))
	}
	if err != nil {
		return fail(err)
	}
	if l.snapshotter() == nil {
		return fail(fmt.Errorf("this session has no way to read values"))
	}
	k := &l.keep
	k.mu.Lock()
	last := k.last
	k.mu.Unlock()
	r, err := l.goBack(ctx, im)
	if err != nil {
		return fail(err)
	}
	k.mu.Lock()
	k.past, k.last = nil, max(last, im.Cell)
	k.mu.Unlock()
	fmt.Printf("checkpoint %s of %s%s\n", args, c.Taken.Format(time.DateTime), r.text())
	return nil
}

func listCheckpoints() error {
	all, err := checkpoints()
	if err != nil {
		return &MagicError{"%restore", err.Error()}
	}
	if len(all) == 0 {
		fmt.Printf("no checkpoints yet; %%checkpoint makes one\n")
		return nil
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tTAKEN\tSIZE")
	for _, c := range all {
		fmt.Fprintf(w, "%s\t%s\t%.1f MB\n", c.name, c.taken.Format(time.DateTime), float64(c.size)/1e6)
	}
	return w.Flush()
}
