package rayjobs

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// LogFiles lists the log files of a node, by the component that wrote them.
func (c *Client) LogFiles(ctx context.Context, node string) (map[string][]string, error) {
	var answer struct {
		Result bool
		Msg    string
		Data   struct{ Result map[string][]string }
	}
	err := c.call(ctx, http.MethodGet, "/api/v0/logs?"+url.Values{"node_id": {node}}.Encode(), nil, &answer)
	if err == nil && !answer.Result {
		err = fmt.Errorf("logs of node %s: %s", node, answer.Msg)
	}
	return answer.Data.Result, err
}

// LogQuery says whose log is wanted: of an actor, a task, or a file or process of a node.
type LogQuery struct {
	Actor, Task, Node, File string
	PID                     int
	Lines                   int  // at the end; -1: all
	Stderr                  bool // instead of stdout; Ray keeps them apart
	Follow                  bool // go on with what comes, until ctx ends
}

// Log writes a log of a cluster's process to w.
func (c *Client) Log(ctx context.Context, q LogQuery, w io.Writer) error {
	v := url.Values{"lines": {strconv.Itoa(q.Lines)}, "suffix": {"out"}}
	if q.Stderr {
		v.Set("suffix", "err")
	}
	for key, value := range map[string]string{"actor_id": q.Actor, "task_id": q.Task, "node_id": q.Node, "filename": q.File} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if q.PID != 0 {
		v.Set("pid", strconv.Itoa(q.PID))
	}
	media := "file"
	if q.Follow {
		media = "stream"
	}
	req, err := c.request(ctx, http.MethodGet, "/api/v0/logs/"+media+"?"+v.Encode(), nil)
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<16))
		return c.refusal(resp.StatusCode, string(text))
	}
	if _, err = io.Copy(w, resp.Body); ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
