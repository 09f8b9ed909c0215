package cli

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/goray/goray/runtime/internal/core"
	"github.com/goray/goray/runtime/jobs"
	"github.com/goray/goray/runtime/ray"
)

// DumpMain is "goray cluster-dump": it writes all that the head tells into one archive, for somebody who
// looks for a fault. It returns the exit code.
func DumpMain(args []string, stdout, stderr io.Writer) int {
	c := newCommand("cluster-dump", "[FILE.tar.gz]", "Write what the head tells into one archive: status, all lists, logs, stacks, the timeline. It has what programs have printed; look into it before you pass it on.", stdout, stderr)
	noStacks := c.Bool("no-stacks", false, "leave the stacks out")
	if code, done := c.Read(args); done {
		return code
	}
	if !c.Wants(0, 1) {
		return 2
	}
	path := "goray-dump-" + time.Now().Format("2006-01-02_15-04-05") + ".tar.gz"
	if len(c.Rest) == 1 {
		path = c.Rest[0]
	}
	leave, err := join("auto")
	if err != nil {
		return c.Fail(err)
	}
	defer leave()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return c.Fail(err)
	}
	zip := gzip.NewWriter(f)
	d := dump{tar: tar.NewWriter(zip), root: strings.TrimSuffix(path[strings.LastIndexByte(path, '/')+1:], ".tar.gz")}
	d.all(!*noStacks)
	for _, closer := range []io.Closer{d.tar, zip, f} {
		if err := closer.Close(); d.err == nil {
			d.err = err
		}
	}
	if d.err != nil {
		os.Remove(path)
		return c.Fail(d.err)
	}
	fmt.Fprintf(stdout, "%s has %d files.\n", path, d.files)
	return 0
}

// dump writes files into an archive until one fails.
type dump struct {
	tar   *tar.Writer
	root  string
	files int
	err   error
}

// add adds a file that write makes. What cannot be told is said in the file.
func (d *dump) add(name string, write func(io.Writer) error) {
	if d.err != nil {
		return
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		fmt.Fprintln(&b, "this could not be told:", err)
	}
	d.err = d.tar.WriteHeader(&tar.Header{Name: d.root + "/" + name, Mode: 0o600, Size: int64(b.Len()), ModTime: time.Now()})
	if d.err == nil {
		_, d.err = d.tar.Write(b.Bytes())
		d.files++
	}
}

func (d *dump) all(stacks bool) {
	d.add("version.txt", func(w io.Writer) error {
		_, err := fmt.Fprintln(w, "goray", ray.Version)
		return err
	})
	d.add("status.json", func(w io.Writer) error {
		s, err := findStatus()
		if err != nil {
			return err
		}
		return writeJSON(w, s)
	})
	for _, k := range kinds {
		d.add("list/"+k.name+".json", func(w io.Writer) error {
			records, _, err := k.list(choice{})
			if err != nil {
				return err
			}
			return writeJSON(w, records)
		})
	}
	d.add("timeline.json", ray.WriteTimeline)
	d.add("logs/head.log", func(w io.Writer) error {
		text, err := os.ReadFile(logFile())
		if err == nil {
			_, err = w.Write(text)
		}
		return err
	})
	for _, n := range ray.Nodes() {
		d.add("logs/workers-of-"+n.ID+".log", func(w io.Writer) error {
			lines, _ := ask(core.Observation{Node: n.ID})
			for _, l := range lines {
				if _, err := fmt.Fprintf(w, "%s pid=%d %s\n", l.At.Format("15:04:05.000"), l.PID, l.Text); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if client, err := jobs.NewClient("auto"); err == nil {
		list, _ := client.List() // that there is none is in list/jobs.json
		for _, i := range list {
			if i.SubmissionID == "" {
				continue
			}
			d.add("logs/job-"+i.SubmissionID+".log", func(w io.Writer) error {
				text, err := client.Logs(i.SubmissionID)
				if err == nil {
					_, err = io.WriteString(w, text)
				}
				return err
			})
		}
	}
	if warden, err := backend[core.Warden](); err == nil && stacks {
		d.add("stacks.txt", func(w io.Writer) error { writeStacks(w, warden.Stacks(0)); return nil })
	}
}
