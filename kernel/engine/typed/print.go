package typed

import (
	"fmt"
	"math"
	"os"
	"reflect"
	"strconv"
)

// printOp is print and println, which write to standard error as compiled programs do.
func printOp(fr *frame, ar []reg, ln bool) {
	var b []byte
	for i, r := range ar {
		if ln && i > 0 {
			b = append(b, ' ')
		}
		v := fr.rv(r)
		switch v.Kind() {
		case reflect.Float32:
			b = strconv.AppendFloat(b, v.Float(), 'g', -1, 32)
		case reflect.Float64:
			b = fmtFloat(b, v.Float())
		case reflect.Complex64, reflect.Complex128:
			b = append(b, '(')
			b = fmtFloat(b, real(v.Complex()))
			if i := imag(v.Complex()); i >= 0 && !math.IsInf(i, 0) {
				b = append(b, '+')
			}
			b = fmtFloat(b, imag(v.Complex()))
			b = append(b, "i)"...)
		case reflect.String:
			b = append(b, v.String()...)
		case reflect.Bool:
			b = strconv.AppendBool(b, v.Bool())
		case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
			b = strconv.AppendInt(b, v.Int(), 10)
		case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
			b = strconv.AppendUint(b, v.Uint(), 10)
		case reflect.Interface:
			e := at[eface](fr, r.off)
			b = fmt.Appendf(b, "(%#x,%#x)", uintptr(e.typ), uintptr(e.data))
		case reflect.Slice:
			h := at[sliceHeader](fr, r.off)
			b = fmt.Appendf(b, "[%d/%d]%#x", h.len, h.cap, uintptr(h.p))
		default:
			b = fmt.Appendf(b, "%#x", *at[uintptr](fr, r.off))
		}
	}
	if ln {
		b = append(b, '\n')
	}
	os.Stderr.Write(b)
}

func fmtFloat(b []byte, f float64) []byte { return strconv.AppendFloat(b, f, 'g', -1, 64) }
