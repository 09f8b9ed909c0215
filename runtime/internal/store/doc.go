// Package store keeps large objects in shared memory, so that every process of a node reads the
// same pages.
//
//	s, err := store.New(store.Config{Capacity: 1 << 30})
//	d, err := s.Create(size)          // space in a segment
//	err = d.Copy(0, data)             // or write into d.Bytes()
//	loc := d.Seal()                   // 20 bytes that name the object in every process
//	b, err := s.Open(loc, nil)        // read-only memory, valid while b is reachable
//	s.Free(loc)                       // space returns when the last local buffer is gone
//
// Mental model:
//
//   - A Store belongs to one process, the owner. It cuts segments of 64 MiB (more for a larger
//     object) into objects aligned to 64 bytes, and it alone knows what is free.
//   - A segment is anonymous memory behind a file descriptor: nothing is left when the processes
//     are gone, however they end.
//   - Another process has a View: it is sent descriptors (SendFDs), maps each segment once and
//     read-only, and opens objects by location.
//   - To write without asking for every object, another process is granted a range and cuts it
//     up itself (Arena); the owner adopts what is finished and reclaims the rest.
//   - Space is reserved before it is touched: a machine without memory gives an error and not a
//     SIGBUS. Pages that were touched before are reused, since faulting new ones in is what a cold
//     put spends its time on.
//   - A session may have several stores, one for each virtual node; a location says whose it is.
//     Spill writes an object to a file with a checksum, Restore reads it back.
//   - The collector cannot see mapped memory. Whoever keeps a slice of it keeps the Buffer too, or
//     asks it for a Window: memory of Go's heap that shows the same pages until it is written to.
package store
