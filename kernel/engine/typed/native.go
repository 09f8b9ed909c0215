package typed

import (
	"reflect"
	"unsafe"
)

// Calls of compiled functions. Arguments are passed by ABI class (integer word, float, pointer,
// string, slice, interface), so that one typed call serves every signature of the same shape;
// everything else goes through reflect.

// shapeFunc calls fn with arguments and results in the frame's registers at a and r.
type shapeFunc func(fn unsafe.Pointer, fr *frame, a, r []uintptr)

// The Go types that stand for the classes.
type (
	tW = uint64
	tP = unsafe.Pointer
	tS = string
	tL = []byte
	tI = any
	tF = float64
)

func shapeKey(rs []reg) string {
	b := make([]byte, len(rs))
	for i, r := range rs {
		b[i] = classLetters[r.c]
		switch r.t.Kind() {
		case reflect.Float64:
			b[i] = 'F'
		case reflect.Float32:
			b[i] = 'f'
		}
	}
	return string(b)
}

func shapeCall(ar, rr []reg) shapeFunc { return shapes[shapeKey(ar)+":"+shapeKey(rr)] }

func cast[F any](fn unsafe.Pointer) F { return *(*F)(unsafe.Pointer(&fn)) }

func s00(fn unsafe.Pointer, fr *frame, a, r []uintptr) { cast[func()](fn)() }
func s01[R any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])) = cast[func() R](fn)()
}
func s02[R, Q any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])), *(*Q)(fr.ptr(r[1])) = cast[func() (R, Q)](fn)()
}
func s10[A any](fn unsafe.Pointer, fr *frame, a, r []uintptr) { cast[func(A)](fn)(*(*A)(fr.ptr(a[0]))) }
func s11[A, R any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])) = cast[func(A) R](fn)(*(*A)(fr.ptr(a[0])))
}
func s12[A, R, Q any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])), *(*Q)(fr.ptr(r[1])) = cast[func(A) (R, Q)](fn)(*(*A)(fr.ptr(a[0])))
}
func s20[A, B any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	cast[func(A, B)](fn)(*(*A)(fr.ptr(a[0])), *(*B)(fr.ptr(a[1])))
}
func s21[A, B, R any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])) = cast[func(A, B) R](fn)(*(*A)(fr.ptr(a[0])), *(*B)(fr.ptr(a[1])))
}
func s22[A, B, R, Q any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])), *(*Q)(fr.ptr(r[1])) = cast[func(A, B) (R, Q)](fn)(*(*A)(fr.ptr(a[0])), *(*B)(fr.ptr(a[1])))
}
func s30[A, B, C any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	cast[func(A, B, C)](fn)(*(*A)(fr.ptr(a[0])), *(*B)(fr.ptr(a[1])), *(*C)(fr.ptr(a[2])))
}
func s31[A, B, C, R any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])) = cast[func(A, B, C) R](fn)(*(*A)(fr.ptr(a[0])), *(*B)(fr.ptr(a[1])), *(*C)(fr.ptr(a[2])))
}
func s32[A, B, C, R, Q any](fn unsafe.Pointer, fr *frame, a, r []uintptr) {
	*(*R)(fr.ptr(r[0])), *(*Q)(fr.ptr(r[1])) = cast[func(A, B, C) (R, Q)](fn)(*(*A)(fr.ptr(a[0])), *(*B)(fr.ptr(a[1])), *(*C)(fr.ptr(a[2])))
}

// shapes are the commonest shapes of the standard library, as "arguments:results".
var shapes = map[string]shapeFunc{
	":": s00, ":W": s01[tW], ":S": s01[tS], ":P": s01[tP], ":I": s01[tI], ":F": s01[tF], ":L": s01[tL],
	":PI": s02[tP, tI], ":SI": s02[tS, tI], ":II": s02[tI, tI], ":WI": s02[tW, tI],
	"W:": s10[tW], "P:": s10[tP], "S:": s10[tS], "L:": s10[tL], "I:": s10[tI], "F:": s10[tF],
	"W:W": s11[tW, tW], "F:F": s11[tF, tF], "F:W": s11[tF, tW], "W:F": s11[tW, tF], "S:S": s11[tS, tS], "S:W": s11[tS, tW],
	"W:S": s11[tW, tS], "W:P": s11[tW, tP], "P:W": s11[tP, tW], "P:S": s11[tP, tS], "P:P": s11[tP, tP], "P:I": s11[tP, tI], "P:L": s11[tP, tL], "P:F": s11[tP, tF],
	"L:W": s11[tL, tW], "L:S": s11[tL, tS], "L:P": s11[tL, tP], "L:L": s11[tL, tL], "L:I": s11[tL, tI],
	"I:W": s11[tI, tW], "I:S": s11[tI, tS], "I:I": s11[tI, tI], "I:P": s11[tI, tP],
	"S:I": s11[tS, tI], "S:L": s11[tS, tL], "S:P": s11[tS, tP],
	"F:FF": s12[tF, tF, tF], "F:FW": s12[tF, tF, tW],
	"S:WI": s12[tS, tW, tI], "S:FI": s12[tS, tF, tI], "S:PI": s12[tS, tP, tI], "S:SI": s12[tS, tS, tI], "S:LI": s12[tS, tL, tI], "S:SW": s12[tS, tS, tW], "S:WW": s12[tS, tW, tW],
	"L:WI": s12[tL, tW, tI], "P:WI": s12[tP, tW, tI], "P:SI": s12[tP, tS, tI], "P:LI": s12[tP, tL, tI], "P:PI": s12[tP, tP, tI], "P:WW": s12[tP, tW, tW],
	"I:LI": s12[tI, tL, tI],
	"PW:":  s20[tP, tW], "PS:": s20[tP, tS], "PI:": s20[tP, tI], "PP:": s20[tP, tP], "PL:": s20[tP, tL], "PF:": s20[tP, tF], "LP:": s20[tL, tP], "IP:": s20[tI, tP], "SL:": s20[tS, tL], "WW:": s20[tW, tW],
	"FF:F": s21[tF, tF, tF], "SS:W": s21[tS, tS, tW], "SS:S": s21[tS, tS, tS], "SS:L": s21[tS, tS, tL], "SW:S": s21[tS, tW, tS], "SW:W": s21[tS, tW, tW],
	"LS:S": s21[tL, tS, tS], "LL:W": s21[tL, tL, tW], "LL:L": s21[tL, tL, tL], "LS:L": s21[tL, tS, tL], "LI:L": s21[tL, tI, tL], "LW:L": s21[tL, tW, tL],
	"PW:W": s21[tP, tW, tW], "PW:I": s21[tP, tW, tI], "PW:P": s21[tP, tW, tP], "PW:S": s21[tP, tW, tS], "PS:W": s21[tP, tS, tW], "PS:S": s21[tP, tS, tS], "PS:P": s21[tP, tS, tP], "PS:I": s21[tP, tS, tI], "PS:L": s21[tP, tS, tL],
	"PP:P": s21[tP, tP, tP], "PP:W": s21[tP, tP, tW], "PP:I": s21[tP, tP, tI], "PI:I": s21[tP, tI, tI], "PI:W": s21[tP, tI, tW], "PL:W": s21[tP, tL, tW], "PL:I": s21[tP, tL, tI],
	"SL:S": s21[tS, tL, tS], "SL:I": s21[tS, tL, tI], "SP:S": s21[tS, tP, tS], "SP:W": s21[tS, tP, tW], "PP:L": s21[tP, tP, tL], "PF:F": s21[tP, tF, tF],
	"LW:W": s21[tL, tW, tW], "WW:W": s21[tW, tW, tW], "II:W": s21[tI, tI, tW], "FW:F": s21[tF, tW, tF], "WP:W": s21[tW, tP, tW], "LP:W": s21[tL, tP, tW], "LP:L": s21[tL, tP, tL],
	"PS:WI": s22[tP, tS, tW, tI], "PL:WI": s22[tP, tL, tW, tI], "PW:SI": s22[tP, tW, tS, tI], "PW:LI": s22[tP, tW, tL, tI], "PW:WI": s22[tP, tW, tW, tI], "IL:WI": s22[tI, tL, tW, tI], "SL:WI": s22[tS, tL, tW, tI],
	"IS:WI": s22[tI, tS, tW, tI], "PI:IW": s22[tP, tI, tI, tW], "SW:PI": s22[tS, tW, tP, tI], "LW:WW": s22[tL, tW, tW, tW], "SW:WI": s22[tS, tW, tW, tI],
	"PWW:": s30[tP, tW, tW], "PII:": s30[tP, tI, tI], "PSS:": s30[tP, tS, tS], "PSL:": s30[tP, tS, tL], "ISL:": s30[tI, tS, tL], "PWP:": s30[tP, tW, tP],
	"PWW:W": s31[tP, tW, tW, tW], "PWW:P": s31[tP, tW, tW, tP], "SSS:S": s31[tS, tS, tS, tS], "SSW:L": s31[tS, tS, tW, tL], "WWW:W": s31[tW, tW, tW, tW], "PPP:P": s31[tP, tP, tP, tP], "LSL:L": s31[tL, tS, tL, tL],
	"ISL:WI": s32[tI, tS, tL, tW, tI], "SWW:WI": s32[tS, tW, tW, tW, tI],
}

// nativeCall compiles a call of a compiled function.
func nativeCall(fv reflect.Value, ar, rr []reg) op {
	if sc := shapeCall(ar, rr); sc != nil {
		w, ao, ro := funcWord(fv), offsets(ar), offsets(rr)
		return func(fr *frame) { sc(w, fr, ao, ro) }
	}
	return func(fr *frame) { reflectCall(fv, fr, ar, rr) }
}
