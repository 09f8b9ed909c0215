package typed

// callShape is a call between interpreted functions: the caller's registers, and where the callee has
// its parameters and results.
type callShape struct {
	args, results   []slot
	params, returns []uintptr
}

// callMaker compiles the calls of one shape of signature: of a known function, of a func value, and of
// a method through an interface; compiled is the call when the callee turns out to be compiled code.
type callMaker struct {
	static  func(f *function, s *callShape) op
	dynamic func(fo uintptr, compiled op, s *callShape) op
	method  func(ic *interfaceCall, compiled op, s *callShape) op
}

// callMakers are the commonest shapes, by what classes of arguments and results they have; gen_calls.go
// fills it, as its functions lead back to the compiler, which uses it.
var callMakers map[string]callMaker

//go:generate go run gen/calls.go

func makerOf(args, res []slot) callMaker {
	key := make([]byte, 0, 8)
	for _, a := range args {
		key = append(key, classLetters[a.c])
	}
	key = append(key, ':')
	for _, r := range res {
		key = append(key, classLetters[r.c])
	}
	return callMakers[string(key)]
}
