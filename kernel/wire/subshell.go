package wire

import (
	"context"
	"errors"
)

type subshell struct {
	ID     string `json:"subshell_id"`
	Status string `json:"status,omitempty"`
	Value  string `json:"evalue,omitempty"`
}

// CreateSubshell makes a subshell (JEP 91), whose cells run beside those of the main shell.
func (k *Client) CreateSubshell(ctx context.Context) (id string, err error) {
	return k.subshell(ctx, "create_subshell_request", "")
}

// DeleteSubshell ends a subshell; its running cell is interrupted, and those that wait are aborted.
func (k *Client) DeleteSubshell(ctx context.Context, id string) error {
	_, err := k.subshell(ctx, "delete_subshell_request", id)
	return err
}

func (k *Client) subshell(ctx context.Context, typ, id string) (string, error) {
	m, err := k.Request(ctx, Control, typ, subshell{ID: id})
	if err != nil {
		return "", err
	}
	reply, err := decode[subshell](m)
	if err == nil && reply.Status != "ok" {
		err = errors.New(reply.Value)
	}
	return reply.ID, err
}
