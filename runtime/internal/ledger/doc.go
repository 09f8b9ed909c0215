// Package ledger keeps named records in a file that survives whatever happens to the process.
//
//	l, err := ledger.Open(filepath.Join(dir, "state"))
//	err = l.Set("actor/counter", record) // on disk when it returns
//	err = l.Delete("actor/counter")
//	err = l.Each("actor/", func(key string, record []byte) error { … })
//
// Mental model:
//
//   - Changes are appended, each with its length and a checksum, and synced. The last one for a name
//     counts.
//   - A process that ends while it writes leaves a torn end. Open cuts it off, and Warning tells.
//   - When most of the file is out of date it is written anew beside itself, synced and renamed: at
//     any moment there is one whole file.
//   - One process at a time has it open: a lock beside the file goes with the process.
package ledger
