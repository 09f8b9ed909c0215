package rt

import (
	"crypto/hkdf"
	"crypto/pbkdf2"
	"hash"
)

// HKDFExtract is hkdf.Extract over hash.Hash.
func HKDFExtract(h func() hash.Hash, secret, salt []byte) ([]byte, error) {
	return hkdf.Extract(h, secret, salt)
}

// HKDFExpand is hkdf.Expand over hash.Hash.
func HKDFExpand(h func() hash.Hash, key []byte, info string, length int) ([]byte, error) {
	return hkdf.Expand(h, key, info, length)
}

// HKDFKey is hkdf.Key over hash.Hash.
func HKDFKey(h func() hash.Hash, secret, salt []byte, info string, length int) ([]byte, error) {
	return hkdf.Key(h, secret, salt, info, length)
}

// PBKDF2Key is pbkdf2.Key over hash.Hash.
func PBKDF2Key(h func() hash.Hash, password string, salt []byte, iterations, length int) ([]byte, error) {
	return pbkdf2.Key(h, password, salt, iterations, length)
}
