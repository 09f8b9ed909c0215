// Package cache keeps the results of expensive computations on disk, under a key, so that a
// notebook that is run again finds them. It has the API of github.com/janpfeifer/gonb/cache, and
// cells import it by that path.
//
//	data := cache.Cache("trips", func() *Data { return download() })
//
// Mental model:
//
//   - A [Storage] is a folder; [Default] is one under the temporary folder, named after the working
//     directory, so that the same notebook finds its results again.
//   - A value is one file, written by encoding/gob, or by itself where it is [Serializable].
//   - Functions without an error result panic when the disk fails.
package cache
