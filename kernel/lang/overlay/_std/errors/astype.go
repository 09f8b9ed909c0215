package errors

// AsType finds the first error in err's tree that matches the type E, and returns it and true;
// otherwise the zero value and false. It panics where [As] would.
func AsType[E error](err error) (E, bool) {
	var e E
	ok := As(err, &e)
	return e, ok
}
