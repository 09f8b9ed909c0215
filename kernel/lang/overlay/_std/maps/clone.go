package maps

import "github.com/goray/goray/kernel/lang/overlay/rt"

func clone(m any) any { return rt.MapClone(m) }
