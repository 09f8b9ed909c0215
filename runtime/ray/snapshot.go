package ray

import (
	"reflect"

	"github.com/goray/goray/runtime/internal/marshal"
)

func init() {
	marshal.Bind("it belongs to the Ray session, which ends with its process",
		reflect.TypeFor[Ref](), reflect.TypeFor[Context](), reflect.TypeFor[ActorRef](), reflect.TypeFor[Func](), reflect.TypeFor[RuntimeContext]())
	marshal.Bind("a remote function; run its cell again", reflect.TypeFor[Function]())
	marshal.Bind("an actor class; run its cell again", reflect.TypeFor[Class]())
}
