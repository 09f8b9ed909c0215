package core

// Resumer is a backend that can keep what outlives a head in a folder.
type Resumer interface {
	// Resume makes what the last head with this folder kept: detached actors and placement groups.
	// From then on it keeps them there itself.
	Resume(dir string) (Resumed, error)
}

// Resumed is what there is again after Resume.
type Resumed struct {
	Actors, Groups int
	// Lost says what there is not, and why.
	Lost []string
}
