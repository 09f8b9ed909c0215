package pbkdf2

import (
	"hash"

	"github.com/goray/goray/kernel/lang/overlay/rt"
)

// Key derives a key from the password, salt and iteration count.
func Key[Hash hash.Hash](h func() Hash, password string, salt []byte, iter, keyLength int) ([]byte, error) {
	return rt.PBKDF2Key(func() hash.Hash { return h() }, password, salt, iter, keyLength)
}
