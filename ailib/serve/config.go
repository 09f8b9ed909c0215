package serve

import (
	"fmt"
	"io"
	"time"
)

// Config is how the HTTP server listens. The zero value is 127.0.0.1:8000.
type Config struct {
	// Host is the address to listen on. Default: 127.0.0.1, reachable from this machine only.
	Host string `yaml:"host"`
	// Port is the port; 0 is 8000, -1 any free one (Server.URL tells which).
	Port int `yaml:"port"`
	// MaxBody is the largest request body in bytes; larger ones get 413. Default: 64 MiB.
	MaxBody int64 `yaml:"max_body_bytes"`
	// RequestTimeout is how long a request may take before it gets 504. Default: 60 s;
	// negative: no limit.
	RequestTimeout time.Duration `yaml:"request_timeout_s"`
	// AccessLog gets a line for every request; nil is no log.
	AccessLog io.Writer `yaml:"-"`
}

// DefaultPort is the port of the zero Config, Ray's.
const DefaultPort = 8000

func (c Config) filled() (Config, error) {
	if c.Port < -1 || c.Port > 65535 {
		return c, fmt.Errorf("serve: Config.Port is %d; use a port, 0 for %d or -1 for any free one", c.Port, DefaultPort)
	}
	if c.Host == "" {
		c.Host = "127.0.0.1"
	}
	if c.Port == 0 {
		c.Port = DefaultPort
	}
	if c.MaxBody == 0 {
		c.MaxBody = 64 << 20
	}
	if c.RequestTimeout == 0 {
		c.RequestTimeout = time.Minute
	}
	return c, nil
}

// same compares what decides where and how the server answers.
func (c Config) same(other Config) bool {
	c.AccessLog, other.AccessLog = nil, nil
	return c == other
}
