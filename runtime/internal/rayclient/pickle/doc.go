// Package pickle writes and reads the part of Python's pickle format that Ray's client protocol
// needs.
//
//	data := pickle.Dump(pickle.Tuple{"x", 1, []byte("raw")})
//	v, err := pickle.Load(data, nil) // pickle.Tuple
//
// Mental model:
//
//   - Protocol 4 is written, without frames and memo; protocols up to 5 are read.
//   - Reading executes nothing: an instance of a class becomes an *Object that names the class and
//     holds what it would have been made of. Strange opcodes are errors.
//   - Python's int is int (or *big.Int), float is float64, str is string, bytes and bytearray are
//     []byte, list is *List ([]any when written), tuple is Tuple, dict is *Dict, set is Set or *List.
//   - Large byte strings are not copied: Buffers leaves them where they are, Load aliases its input.
package pickle
