package core

import (
	"fmt"
	"strconv"
)

// ID names a task, an object or an actor within one session. Zero names nothing.
//
// The upper 16 bits say which process made it (0 is the driver), so that no process has to ask
// for ids.
type ID uint64

// JobName names the job with a number: the program of one driver. 1 is the first of a session.
func JobName(number uint32) string { return fmt.Sprintf("job-%d", max(number, 1)) }

// idSequenceBits is how much of an ID counts; the rest names the process.
const idSequenceBits = 48

// MakeID returns the id with the given sequence number in a process's range.
func MakeID(process uint16, sequence uint64) ID {
	return ID(uint64(process)<<idSequenceBits | sequence&(1<<idSequenceBits-1))
}

// String gives the id as 16 hexadecimal digits.
func (id ID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// ParseID reads what String wrote.
func ParseID(s string) (ID, error) {
	n, err := strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != 16 {
		return 0, fmt.Errorf("ray: %q is not an id; ids have 16 hexadecimal digits", s)
	}
	return ID(n), nil
}
