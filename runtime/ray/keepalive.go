package ray

import "runtime"

// keepAlive keeps references, and the counts they own, until here.
func keepAlive(refs []*Ref) { runtime.KeepAlive(refs) }
