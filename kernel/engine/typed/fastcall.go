package typed

// Calls between interpreted functions of the commonest shapes copy arguments and results without a
// loop. The shapes are named as in native.go, with floats among the words.

// callMaker compiles a static call with arguments a and results r.
type callMaker func(f *function, a, r []slot) op

//go:noinline
func call00(f *function, a, r []slot) op {
	return func(fr *frame) {
		nf := fr.push(f)
		nf.run()
	}
}

//go:noinline
func call01[R any](f *function, a, r []slot) op {
	r0, q0 := r[0].off, f.results[0].off
	return func(fr *frame) {
		nf := fr.push(f)
		nf.run()
		*(*R)(fr.ptr(r0)) = *(*R)(nf.ptr(q0))
	}
}

//go:noinline
func call10[A any](f *function, a, r []slot) op {
	a0, p0 := a[0].off, f.params[0].off
	return func(fr *frame) {
		nf := fr.push(f)
		*(*A)(nf.ptr(p0)) = *(*A)(fr.ptr(a0))
		nf.run()
	}
}

//go:noinline
func call11[A, R any](f *function, a, r []slot) op {
	a0, p0 := a[0].off, f.params[0].off
	r0, q0 := r[0].off, f.results[0].off
	return func(fr *frame) {
		nf := fr.push(f)
		*(*A)(nf.ptr(p0)) = *(*A)(fr.ptr(a0))
		nf.run()
		*(*R)(fr.ptr(r0)) = *(*R)(nf.ptr(q0))
	}
}

//go:noinline
func call12[A, R, Q any](f *function, a, r []slot) op {
	a0, p0 := a[0].off, f.params[0].off
	r0, q0 := r[0].off, f.results[0].off
	r1, q1 := r[1].off, f.results[1].off
	return func(fr *frame) {
		nf := fr.push(f)
		*(*A)(nf.ptr(p0)) = *(*A)(fr.ptr(a0))
		nf.run()
		*(*R)(fr.ptr(r0)) = *(*R)(nf.ptr(q0))
		*(*Q)(fr.ptr(r1)) = *(*Q)(nf.ptr(q1))
	}
}

//go:noinline
func call20[A, B any](f *function, a, r []slot) op {
	a0, p0 := a[0].off, f.params[0].off
	a1, p1 := a[1].off, f.params[1].off
	return func(fr *frame) {
		nf := fr.push(f)
		*(*A)(nf.ptr(p0)) = *(*A)(fr.ptr(a0))
		*(*B)(nf.ptr(p1)) = *(*B)(fr.ptr(a1))
		nf.run()
	}
}

//go:noinline
func call21[A, B, R any](f *function, a, r []slot) op {
	a0, p0 := a[0].off, f.params[0].off
	a1, p1 := a[1].off, f.params[1].off
	r0, q0 := r[0].off, f.results[0].off
	return func(fr *frame) {
		nf := fr.push(f)
		*(*A)(nf.ptr(p0)) = *(*A)(fr.ptr(a0))
		*(*B)(nf.ptr(p1)) = *(*B)(fr.ptr(a1))
		nf.run()
		*(*R)(fr.ptr(r0)) = *(*R)(nf.ptr(q0))
	}
}

//go:noinline
func call31[A, B, C, R any](f *function, a, r []slot) op {
	a0, p0 := a[0].off, f.params[0].off
	a1, p1 := a[1].off, f.params[1].off
	a2, p2 := a[2].off, f.params[2].off
	r0, q0 := r[0].off, f.results[0].off
	return func(fr *frame) {
		nf := fr.push(f)
		*(*A)(nf.ptr(p0)) = *(*A)(fr.ptr(a0))
		*(*B)(nf.ptr(p1)) = *(*B)(fr.ptr(a1))
		*(*C)(nf.ptr(p2)) = *(*C)(fr.ptr(a2))
		nf.run()
		*(*R)(fr.ptr(r0)) = *(*R)(nf.ptr(q0))
	}
}

var callMakers map[string]callMaker

// The table is filled here because its functions lead back to the compiler, which uses it.
func init() {
	callMakers = map[string]callMaker{
		":": call00, ":W": call01[tW], ":P": call01[tP], ":S": call01[tS], ":L": call01[tL], ":I": call01[tI],
		"W:": call10[tW], "P:": call10[tP], "S:": call10[tS], "L:": call10[tL], "I:": call10[tI],
		"W:W": call11[tW, tW], "W:P": call11[tW, tP], "W:S": call11[tW, tS], "W:L": call11[tW, tL], "W:I": call11[tW, tI],
		"P:W": call11[tP, tW], "P:P": call11[tP, tP], "P:S": call11[tP, tS], "P:L": call11[tP, tL], "P:I": call11[tP, tI],
		"S:W": call11[tS, tW], "S:P": call11[tS, tP], "S:S": call11[tS, tS], "S:L": call11[tS, tL], "S:I": call11[tS, tI],
		"L:W": call11[tL, tW], "L:P": call11[tL, tP], "L:S": call11[tL, tS], "L:L": call11[tL, tL], "I:W": call11[tI, tW], "I:I": call11[tI, tI], "I:S": call11[tI, tS],
		"W:WW": call12[tW, tW, tW], "W:WI": call12[tW, tW, tI], "P:WW": call12[tP, tW, tW], "P:WI": call12[tP, tW, tI], "P:PI": call12[tP, tP, tI], "S:WI": call12[tS, tW, tI], "S:SI": call12[tS, tS, tI], "S:PI": call12[tS, tP, tI], "L:WI": call12[tL, tW, tI],
		"WW:": call20[tW, tW], "PW:": call20[tP, tW], "PP:": call20[tP, tP], "WP:": call20[tW, tP], "PS:": call20[tP, tS], "PL:": call20[tP, tL], "PI:": call20[tP, tI], "LW:": call20[tL, tW], "LP:": call20[tL, tP],
		"WW:W": call21[tW, tW, tW], "WP:W": call21[tW, tP, tW], "PW:W": call21[tP, tW, tW], "PW:P": call21[tP, tW, tP], "PP:W": call21[tP, tP, tW], "PP:P": call21[tP, tP, tP], "PS:W": call21[tP, tS, tW], "PS:S": call21[tP, tS, tS], "PI:W": call21[tP, tI, tW],
		"SS:S": call21[tS, tS, tS], "SS:W": call21[tS, tS, tW], "SW:S": call21[tS, tW, tS], "SW:W": call21[tS, tW, tW], "LW:W": call21[tL, tW, tW], "LL:L": call21[tL, tL, tL], "LP:L": call21[tL, tP, tL], "LW:L": call21[tL, tW, tL], "LL:W": call21[tL, tL, tW],
		"WWW:W": call31[tW, tW, tW, tW], "PWW:W": call31[tP, tW, tW, tW], "LWW:W": call31[tL, tW, tW, tW], "PPW:W": call31[tP, tP, tW, tW], "PWP:W": call31[tP, tW, tP, tW],
	}
}

// fastCall compiles a static call of a common shape; nil for the others.
func fastCall(f *function, args, res []slot) op {
	if len(args) != len(f.params) || len(res) != len(f.results) {
		return nil
	}
	key := make([]byte, 0, 8)
	for _, a := range args {
		key = append(key, "WPSLIX"[a.c])
	}
	key = append(key, ':')
	for _, r := range res {
		key = append(key, "WPSLIX"[r.c])
	}
	if m := callMakers[string(key)]; m != nil {
		return m(f, args, res)
	}
	return nil
}
