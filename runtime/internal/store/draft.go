package store

import "errors"

// ErrSealed is returned by the methods of a Draft after Seal or Abort.
var ErrSealed = errors.New("store: the object is sealed; create a new one")

// Draft is space for an object that is being written by this process.
type Draft struct {
	seg  *segment
	loc  Location
	cold bool // pages may be missing
	done func(sealed bool)
}

// Location returns where the object will be.
func (d *Draft) Location() Location { return d.loc }

// Bytes returns the space, to be filled in place. It holds whatever was there before. For bytes that
// exist elsewhere, Copy is faster while the space is cold.
func (d *Draft) Bytes() ([]byte, error) {
	if d.done == nil {
		return nil, ErrSealed
	}
	m, err := d.seg.writer()
	if err != nil {
		return nil, err
	}
	end := d.loc.Offset + d.loc.Size
	if d.cold && d.loc.Size > 0 {
		if err := d.seg.file.reserve(d.loc.Offset, d.loc.Size); err != nil {
			return nil, d.full(err)
		}
		d.cold = false
	}
	d.seg.populated(m, d.loc.Offset, end)
	return m[d.loc.Offset:end:end], nil
}

// Copy writes b at a place of the object. Cold pages are written through the descriptor, which
// spares a page fault for every 4 KiB and reports a lack of memory as an error.
func (d *Draft) Copy(at int64, b []byte) error {
	if d.done == nil {
		return ErrSealed
	}
	if at < 0 || at+int64(len(b)) > d.loc.Size {
		return errors.New("store: write past the end of the object; create it with its full size")
	}
	if d.cold {
		if err := d.seg.file.writeAt(b, d.loc.Offset+at); err != nil {
			return d.full(err)
		}
		return nil
	}
	m, err := d.Bytes()
	if err != nil {
		return err
	}
	copy(m[at:], b)
	return nil
}

func (d *Draft) full(err error) error {
	if d.seg.onDisk {
		return spillError(d.seg.file.where, err)
	}
	if isNoMemory(err) {
		return &FullError{Need: d.loc.Size, Cause: err}
	}
	return err
}

// Seal ends the writing. The object may now be opened, in other processes too.
func (d *Draft) Seal() Location {
	if d.done != nil {
		d.seg.touched(d.loc.Offset + d.loc.Size)
		d.done(true)
		d.done = nil
	}
	return d.loc
}

// Abort gives the space back. After Seal it does nothing, so it may be deferred.
func (d *Draft) Abort() {
	if d.done != nil {
		d.done(false)
		d.done = nil
	}
}
