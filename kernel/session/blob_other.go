//go:build !linux

package session

// blob is what a snapshot consists of; other processes get a copy of it.
type blob struct{ data []byte }

type shared struct {
	Data []byte `json:"data,omitempty"`
}

func newBlob() (*blob, error) { return &blob{}, nil }

func (b *blob) write(at int64, p []byte) error {
	if n := int(at) + len(p); n > len(b.data) {
		b.data = append(b.data, make([]byte, n-len(b.data))...)
	}
	copy(b.data[at:], p)
	return nil
}

func (b *blob) bytes() ([]byte, error) { return b.data, nil }

func (b *blob) share() shared { return shared{b.data} }

func openBlob(s shared) (*blob, error) { return &blob{s.Data}, nil }

func (b *blob) close() {}

func (b *blob) length() int64 { return int64(len(b.data)) }
