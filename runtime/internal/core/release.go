package core

// SoonReleaser is implemented by backends for which many releases together cost less than one by one.
type SoonReleaser interface {
	// ReleaseSoon is Backend.Release that may take effect a little later.
	ReleaseSoon(id ID)
}

// Releaser is how the references of b are let go, whose time nobody knows anyway.
func Releaser(b Backend) func(ID) {
	if s, ok := b.(SoonReleaser); ok {
		return s.ReleaseSoon
	}
	return b.Release
}
