package typed

import (
	"fmt"
	"go/constant"
	"reflect"
)

// setConst stores a constant in v, rounded to its type.
func setConst(v reflect.Value, k constant.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(constant.BoolVal(k))
	case reflect.String:
		if k.Kind() == constant.String {
			v.SetString(constant.StringVal(k))
		} else {
			i, _ := constant.Int64Val(k)
			v.SetString(string(rune(i)))
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, _ := constant.Int64Val(constant.ToInt(k))
		v.SetInt(i)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		i, _ := constant.Uint64Val(constant.ToInt(k))
		v.SetUint(i)
	case reflect.Float32:
		f, _ := constant.Float32Val(k)
		v.SetFloat(float64(f))
	case reflect.Float64:
		f, _ := constant.Float64Val(k)
		v.SetFloat(f)
	case reflect.Complex64:
		k = constant.ToComplex(k)
		re, _ := constant.Float32Val(constant.Real(k))
		im, _ := constant.Float32Val(constant.Imag(k))
		v.SetComplex(complex(float64(re), float64(im)))
	case reflect.Complex128:
		k = constant.ToComplex(k)
		re, _ := constant.Float64Val(constant.Real(k))
		im, _ := constant.Float64Val(constant.Imag(k))
		v.SetComplex(complex(re, im))
	case reflect.UnsafePointer:
		i, _ := constant.Uint64Val(constant.ToInt(k))
		*(*uintptr)(v.Addr().UnsafePointer()) = uintptr(i)
	default:
		panic(fmt.Sprint("typed: internal error: constant of ", v.Type()))
	}
}
