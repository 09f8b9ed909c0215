package session

import (
	"context"
	"errors"
	"net"
	"syscall"
)

// Images go from the child to the kernel, where they outlive it, and from there to its successor.

// tell sets who is told each new image.
func (k *keeper) tell(arrived func(*image)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.arrived = arrived
}

// sendImage gives an image to the kernel, which has opened its values when the call returns.
func (c *child) sendImage(im *image) {
	said := *im
	said.Cells = nil // the kernel knows them
	if im.values != nil {
		where := im.values.share()
		said.Shared = &where
	}
	c.peer.call(context.Background(), "image", said, nil)
}

// keepImage takes an image over.
func (s *Supervisor) keepImage(im *image) {
	if im.Shared != nil {
		b, err := openBlob(*im.Shared)
		if err != nil {
			return // the one before is still good
		}
		im.values, im.Shared = b, nil
	}
	s.mu.Lock()
	old := s.image
	s.image = im
	s.mu.Unlock()
	if old != nil {
		old.values.close()
	}
}

// restore gives a new child the declarations of the old one and its variables. When the child dies
// of it, the next one gets less.
func (s *Supervisor) restore(a *attempt) {
	s.mu.Lock()
	im := image{Cells: s.decls.cells}
	var names []string
	names, s.names = s.names, nil
	if s.image != nil {
		im.Cell, im.Variables = s.image.Cell, s.image.Variables
		if s.image.values != nil {
			where := s.image.values.share()
			im.Shared = &where
		}
	}
	s.mu.Unlock()
	var r revival
	if len(im.Cells)+len(im.Variables) > 0 {
		err := a.peer.call(s.ctx, "rebuild", im, &r)
		s.mu.Lock()
		switch {
		case err == nil:
			s.decls.cells = r.Cells
		case len(im.Variables) > 0:
			s.image, s.names = nil, names
		default:
			s.decls.cells, s.names = nil, names
		}
		s.mu.Unlock()
	}
	r.AsOf = im.Cell
	r.Lost = append(r.Lost, unknown(names, im.Variables)...)
	s.mu.Lock()
	s.revived = r
	s.mu.Unlock()
}

// unknown are the names that an image says nothing about.
func unknown(names []string, known []saved) (lost []Loss) {
	seen := map[string]bool{}
	for _, v := range known {
		seen[v.Name] = true
	}
	for _, n := range names {
		if !seen[n] {
			why := "no snapshot of it could be used"
			if len(known) > 0 {
				why = "it is newer than the last snapshot"
			}
			lost = append(lost, Loss{n, why})
		}
	}
	return lost
}

// rebuild makes the session of another child here.
func (c *child) rebuild(im image) any {
	if im.Shared != nil {
		b, err := openBlob(*im.Shared)
		if err != nil {
			for i := range im.Variables {
				im.Variables[i].Why = "its snapshot cannot be read: " + err.Error()
			}
		} else {
			im.values, im.Shared = b, nil
		}
	}
	c.local.begins()
	defer c.local.rest()
	r := c.local.rebuild(context.Background(), &im, nil)
	c.local.keep.declarationsSince() // they are in r
	return r
}

// declared keeps up with what the child's cells declare; s.mu is held.
func (s *Supervisor) declared(f Finished) {
	if f.Anew {
		s.decls.cells = f.Declared
		return
	}
	for _, c := range f.Declared {
		s.decls.keep(c)
	}
}

// gone says whether an error means that the other process has ended.
func gone(err error) bool {
	return errors.Is(err, errPeerGone) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, net.ErrClosed)
}
