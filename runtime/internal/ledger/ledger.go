package ledger

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	magic = "goray ledger 1\n"
	// compactFrom is the size from which on a file is written anew when more than half of it is out
	// of date.
	compactFrom = 1 << 20
	// maxRecord bounds what a damaged length can make this package read.
	maxRecord  = 1 << 30
	headerSize = 8
	// lockPatience is how long Open waits for another process to let go of the file.
	lockPatience = time.Second
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// ErrInUse is what Open returns for a file that another process has open.
var ErrInUse = errors.New("another process uses it")

// Ledger is an open file. Its methods may be called by many goroutines.
type Ledger struct {
	path    string
	lock    *os.File
	warning string

	mu      sync.Mutex
	file    *os.File
	size    int64 // of what is whole
	live    int64 // of it, by records that count
	records map[string]span
}

// span is where a record's value lies.
type span struct {
	off   int64
	n     int
	whole int64 // bytes of the entry
}

// Open opens the file, or makes it.
func Open(path string) (*Ledger, error) {
	lock, err := os.OpenFile(path+".lock", os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	// A process that was just killed may have threads that are about to end, and the lock with them.
	for begun := time.Now(); syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil; time.Sleep(10 * time.Millisecond) {
		if time.Since(begun) > lockPatience {
			lock.Close()
			return nil, fmt.Errorf("ledger: %s: %w", path, ErrInUse)
		}
	}
	l := &Ledger{path: path, lock: lock, records: map[string]span{}}
	if err := l.load(); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// load reads what is there, up to where it is whole.
func (l *Ledger) load() (err error) {
	if l.file, err = os.OpenFile(l.path, os.O_CREATE|os.O_RDWR|syscall.O_CLOEXEC, 0o600); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	info, err := l.file.Stat()
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	total := info.Size()
	r := bufio.NewReaderSize(l.file, 1<<20)
	head := make([]byte, len(magic))
	if n, err := io.ReadFull(r, head); err != nil || string(head) != magic {
		if n > 0 && !strings.HasPrefix(magic, string(head[:n])) {
			return fmt.Errorf("ledger: %s is a file of something else; name another one", l.path)
		}
		return l.begin() // new, or torn before anything was in it
	}
	l.size = int64(len(magic))
	for l.size < total {
		key, value, n, err := readEntry(r, total-l.size)
		if err != nil {
			l.warning = fmt.Sprintf("the last %d bytes of %s were not whole (%v) and were cut off: a change that was being written is lost", total-l.size, l.path, err)
			break
		}
		l.note(key, value, n)
	}
	if l.size < total {
		if err := l.file.Truncate(l.size); err != nil {
			return fmt.Errorf("ledger: cut off a torn end: %w", err)
		}
		return l.sync()
	}
	return nil
}

// begin writes the head of a new file.
func (l *Ledger) begin() error {
	if err := l.file.Truncate(0); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	if _, err := l.file.WriteAt([]byte(magic), 0); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	l.size = int64(len(magic))
	if err := l.sync(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(l.path))
}

func (l *Ledger) sync() error {
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	return nil
}

// note takes an entry of n bytes that follows what is whole.
func (l *Ledger) note(key string, value []byte, n int64) {
	if old, ok := l.records[key]; ok {
		l.live -= old.whole
		delete(l.records, key)
	}
	l.size += n
	if value != nil {
		l.records[key] = span{l.size - int64(len(value)), len(value), n}
		l.live += n
	}
}

// entry lays a change out; a nil value deletes.
func entry(key string, value []byte) []byte {
	kind := byte(0)
	if value != nil {
		kind = 1
	}
	b := make([]byte, headerSize, headerSize+binary.MaxVarintLen64+1+len(key)+len(value))
	b = append(b, kind)
	b = binary.AppendUvarint(b, uint64(len(key)))
	b = append(b, key...)
	b = append(b, value...)
	binary.LittleEndian.PutUint32(b, uint32(len(b)-headerSize))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(b[headerSize:], castagnoli))
	return b
}

// readEntry reads a change of at most left bytes.
func readEntry(r io.Reader, left int64) (key string, value []byte, n int64, err error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return "", nil, 0, err
	}
	size := int64(binary.LittleEndian.Uint32(head[:]))
	if size > min(left-headerSize, maxRecord) {
		return "", nil, 0, io.ErrUnexpectedEOF
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(r, b); err != nil {
		return "", nil, 0, err
	}
	if crc32.Checksum(b, castagnoli) != binary.LittleEndian.Uint32(head[4:]) || len(b) == 0 {
		return "", nil, 0, errors.New("a checksum is wrong")
	}
	length, k := binary.Uvarint(b[1:])
	if k <= 0 || length > uint64(len(b)-1-k) {
		return "", nil, 0, errors.New("a length is wrong")
	}
	rest := b[1+k:]
	key, rest = string(rest[:length]), rest[length:]
	if b[0] == 1 {
		value = rest
	}
	return key, value, headerSize + size, nil
}

// Warning says what was lost when the file was opened; "" is nothing.
func (l *Ledger) Warning() string { return l.warning }

// Set writes a record, in place of the one of the same name. It is on disk when Set returns nil.
func (l *Ledger) Set(key string, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	return l.change(key, value)
}

// Delete removes a record; one that is not there is no error.
func (l *Ledger) Delete(key string) error {
	l.mu.Lock()
	_, there := l.records[key]
	l.mu.Unlock()
	if !there {
		return nil
	}
	return l.change(key, nil)
}

func (l *Ledger) change(key string, value []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return errors.New("ledger: it is closed")
	}
	b := entry(key, value)
	if len(b)-headerSize > maxRecord {
		return fmt.Errorf("ledger: %s has %d bytes, more than %d", key, len(value), maxRecord)
	}
	_, err := l.file.WriteAt(b, l.size)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		_ = l.file.Truncate(l.size) // what follows must not come behind a torn entry
		return fmt.Errorf("ledger: %w", err)
	}
	l.note(key, value, int64(len(b)))
	if l.size > compactFrom && l.size > 2*l.live {
		return l.compact()
	}
	return nil
}

// Each calls f for the records whose names begin with prefix, in their order, until an error.
func (l *Ledger) Each(prefix string, f func(key string, value []byte) error) error {
	l.mu.Lock()
	var keys []string
	for key := range l.records {
		if strings.HasPrefix(key, prefix) {
			keys = append(keys, key)
		}
	}
	l.mu.Unlock()
	slices.Sort(keys)
	for _, key := range keys {
		l.mu.Lock()
		value, err := l.value(key)
		l.mu.Unlock()
		if err == nil {
			err = f(key, value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *Ledger) value(key string) ([]byte, error) {
	s := l.records[key]
	b := make([]byte, s.n)
	if s.n == 0 {
		return b, nil
	}
	if _, err := l.file.ReadAt(b, s.off); err != nil {
		return nil, fmt.Errorf("ledger: %w", err)
	}
	return b, nil
}

// compact writes what counts into a new file, which takes the place of the old one.
func (l *Ledger) compact() error {
	fresh := &Ledger{path: l.path + ".new", records: map[string]span{}}
	var err error
	if fresh.file, err = os.OpenFile(fresh.path, os.O_CREATE|os.O_TRUNC|os.O_RDWR|syscall.O_CLOEXEC, 0o600); err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	write := func(b []byte) {
		if err == nil {
			_, err = fresh.file.WriteAt(b, fresh.size)
		}
	}
	write([]byte(magic))
	fresh.size = int64(len(magic))
	for key := range l.records {
		var value []byte
		if err == nil {
			value, err = l.value(key)
		}
		if err == nil {
			b := entry(key, value)
			write(b)
			fresh.note(key, value, int64(len(b)))
		}
	}
	if err == nil {
		err = fresh.file.Sync()
	}
	if err == nil {
		err = os.Rename(fresh.path, l.path)
	}
	if err != nil {
		fresh.file.Close()
		os.Remove(fresh.path)
		return fmt.Errorf("ledger: %w", err)
	}
	l.file.Close()
	l.file, l.size, l.live, l.records = fresh.file, fresh.size, fresh.live, fresh.records
	return syncFolder(filepath.Dir(l.path))
}

// Close lets another process open it.
func (l *Ledger) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var err error
	if l.file != nil {
		err = l.file.Close()
		l.file = nil
	}
	if l.lock != nil {
		l.lock.Close()
		l.lock = nil
	}
	return err
}
