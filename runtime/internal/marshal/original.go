package marshal

// Original is the error itself of one that Error has made, where it travelled; else the same error.
func Original(err error) error {
	if r, ok := err.(*remoteError); ok && r.original != nil {
		return r.original
	}
	return err
}
