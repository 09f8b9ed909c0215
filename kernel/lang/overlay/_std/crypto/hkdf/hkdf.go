package hkdf

import (
	"hash"

	"github.com/goray/goray/kernel/lang/overlay/rt"
)

func plain[H hash.Hash](h func() H) func() hash.Hash { return func() hash.Hash { return h() } }

// Extract generates a pseudorandom key for use with [Expand] from an input secret and an optional
// independent salt.
func Extract[H hash.Hash](h func() H, secret, salt []byte) ([]byte, error) {
	return rt.HKDFExtract(plain(h), secret, salt)
}

// Expand derives a key from the given hash, key, and optional context info.
func Expand[H hash.Hash](h func() H, pseudorandomKey []byte, info string, keyLength int) ([]byte, error) {
	return rt.HKDFExpand(plain(h), pseudorandomKey, info, keyLength)
}

// Key derives a key from the given hash, secret, salt and context info.
func Key[Hash hash.Hash](h func() Hash, secret, salt []byte, info string, keyLength int) ([]byte, error) {
	return rt.HKDFKey(plain(h), secret, salt, info, keyLength)
}
