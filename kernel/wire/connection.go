package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goray/goray/kernel/wire/zmtp"
)

// Connection is the content of a connection file: where a kernel's sockets are, and the key.
type Connection struct {
	Transport string `json:"transport"` // "tcp" or "ipc"; empty means tcp
	IP        string `json:"ip"`        // for ipc, the beginning of the socket files' names
	Shell     int    `json:"shell_port"`
	Control   int    `json:"control_port"`
	Stdin     int    `json:"stdin_port"`
	IOPub     int    `json:"iopub_port"`
	Heartbeat int    `json:"hb_port"`
	Key       string `json:"key"`
	Scheme    string `json:"signature_scheme"`
	Kernel    string `json:"kernel_name,omitempty"`
	CurvePub  string `json:"curve_publickey,omitempty"` // Z85, both or neither
	CurveSec  string `json:"curve_secretkey,omitempty"`
}

// ReadConnection reads a connection file.
func ReadConnection(path string) (Connection, error) {
	var c Connection
	b, err := os.ReadFile(path)
	if err != nil {
		return c, fmt.Errorf("wire: connection file: %w", err)
	}
	if err := json.Unmarshal(b, &c); err != nil {
		return c, fmt.Errorf("wire: connection file %s: %w", path, err)
	}
	return c, c.check()
}

// Write stores c where only this user can read it, since the key is in it.
func (c Connection) Write(path string) error {
	b, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}

func (c *Connection) check() error {
	if c.Transport == "" {
		c.Transport = "tcp"
	}
	if c.IP == "" && c.Transport == "tcp" {
		c.IP = "127.0.0.1"
	}
	switch {
	case c.Transport != "tcp" && c.Transport != "ipc":
		return fmt.Errorf("wire: transport %q is not known; use tcp or ipc", c.Transport)
	case c.Transport == "ipc" && c.IP == "":
		return errors.New("wire: ipc needs a path in the field ip")
	case c.Scheme != "" && c.Scheme != "hmac-sha256" && c.Key != "":
		return fmt.Errorf("wire: signature scheme %q is not known; use hmac-sha256", c.Scheme)
	case (c.CurvePub == "") != (c.CurveSec == ""):
		return errors.New("wire: curve_publickey and curve_secretkey come together")
	}
	return nil
}

func (c Connection) endpoint(port int) string {
	if c.Transport == "ipc" {
		return fmt.Sprintf("ipc://%s-%d", c.IP, port)
	}
	return fmt.Sprintf("tcp://%s:%d", c.IP, port)
}

// curve returns the keys that the sockets use, nil without encryption.
func (c Connection) curve() (*zmtp.CurveKeys, error) {
	if c.CurvePub == "" {
		return nil, nil
	}
	public, err := z85(c.CurvePub)
	if err != nil {
		return nil, err
	}
	secret, err := z85(c.CurveSec)
	return &zmtp.CurveKeys{Public: public, Secret: secret}, err
}

// z85 decodes a key in ZeroMQ's base 85.
func z85(s string) (key [32]byte, err error) {
	const digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
	if len(s) != 40 {
		return key, errors.New("wire: a CURVE key has 40 characters")
	}
	for i := 0; i < len(s); i += 5 {
		var v uint64
		for _, r := range s[i : i+5] {
			d := strings.IndexRune(digits, r)
			if d < 0 {
				return key, fmt.Errorf("wire: a CURVE key has no %q", r)
			}
			v = v*85 + uint64(d)
		}
		if v >= 1<<32 {
			return key, errors.New("wire: not a CURVE key")
		}
		o := i / 5 * 4
		key[o], key[o+1], key[o+2], key[o+3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
	}
	return key, nil
}
