package codec

import (
	"reflect"
	"strings"
)

// refused says why a type has no value form, and what to do instead.
type refused struct{ why, fix string }

func (r *refused) error(t reflect.Type) error {
	return &UnsupportedError{Type: t, Why: r.why, Fix: r.fix}
}

const actorFix = "keep the state in an actor and pass its handle"

var (
	refusedChan    = &refused{"a channel exists in one process only", "pass an actor's handle or an ObjectRef instead"}
	refusedFunc    = &refused{"a function value may refer to anything in its process", "wrap it with ray.CaptureFunc, or pass the data that it needs"}
	refusedPointer = &refused{"an address means nothing in another process", "pass the data that it points at"}
	refusedLock    = &refused{"a lock exists in one process only", actorFix + ", or move the lock out of the value"}
	refusedFile    = &refused{"an open file exists in one process only", "pass its path and open it where it is used"}
	refusedConn    = &refused{"an open connection exists in one process only", "pass the address and connect where it is used"}
	refusedContext = &refused{"a context belongs to its caller", "take ctx context.Context as the function's first parameter; the runtime passes one"}
	refusedReflect = &refused{"a reflected value refers to memory of its process", "pass the value itself"}
	refusedUnique  = &refused{"a canonical handle exists in one process only", "pass its Value()"}
	refusedProcess = &refused{"a process handle exists on one machine only", "pass its pid"}
)

// refusedTypes go by the full name without type arguments.
var refusedTypes = map[string]*refused{
	"sync.Mutex": refusedLock, "sync.RWMutex": refusedLock, "sync.WaitGroup": refusedLock, "sync.Once": refusedLock,
	"sync.Cond": refusedLock, "sync.Map": {"a sync.Map exists in one process only", "pass an ordinary map, or keep it in an actor"},
	"sync.Pool": refusedLock, "internal/sync.Mutex": refusedLock,
	"os.File": refusedFile, "os.Root": refusedFile, "os.Process": refusedProcess, "os/exec.Cmd": refusedProcess,
	"net.TCPConn": refusedConn, "net.UDPConn": refusedConn, "net.UnixConn": refusedConn, "net.IPConn": refusedConn,
	"net.TCPListener": refusedConn, "net.UnixListener": refusedConn, "crypto/tls.Conn": refusedConn, "database/sql.DB": refusedConn,
	"reflect.Value": refusedReflect, "reflect.rtype": refusedReflect,
	"unique.Handle": refusedUnique, "weak.Pointer": refusedPointer,
	"sync/atomic.Pointer": refusedPointer, "context.Context": refusedContext,
}

// moves says whether a lock is plain data when it moves with all that it protects.
func moves(t reflect.Type) bool {
	switch t.PkgPath() {
	case "sync":
		return t.Name() == "Mutex" || t.Name() == "RWMutex" || t.Name() == "WaitGroup" || t.Name() == "Once"
	case "internal/sync":
		return t.Name() == "Mutex"
	}
	return false
}

// refusal returns why no value of t can travel; nil when one may.
func refusal(t reflect.Type) *refused {
	if t.PkgPath() == "" {
		return nil
	}
	name, _, _ := strings.Cut(t.Name(), "[")
	if r := refusedTypes[t.PkgPath()+"."+name]; r != nil {
		return r
	}
	if t.PkgPath() == "context" && t.Kind() == reflect.Struct && !t.Implements(errorType) {
		return refusedContext
	}
	return nil
}
