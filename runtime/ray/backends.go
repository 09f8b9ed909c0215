package ray

import (
	_ "github.com/goray/goray/runtime/internal/local"           // the embedded runtime
	_ "github.com/goray/goray/runtime/internal/local/inprocess" // Config.InProcess
	_ "github.com/goray/goray/runtime/internal/rayclient"       // real Ray clusters: "ray://head:10001"
	_ "github.com/goray/goray/runtime/internal/rayworker"       // nodes of a real Ray cluster
)
