package collective

import (
	"fmt"
	"reflect"
	"unsafe"
)

// Number is what groups compute with. All members are on machines with the same byte order.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~float32 | ~float64
}

// ReduceOp is how two numbers become one.
type ReduceOp uint8

// The reductions. Mean is for floating-point numbers only.
const (
	Sum ReduceOp = iota
	Product
	Min
	Max
	Mean
)

// String names the reduction as Go code does.
func (o ReduceOp) String() string {
	names := [...]string{"Sum", "Product", "Min", "Max", "Mean"}
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("ReduceOp(%d)", uint8(o))
}

// vector is a slice of numbers as bytes.
type vector struct {
	kind  reflect.Kind
	width int // bytes of a number
	bytes []byte
}

// vectorOf sees x, a slice of numbers, as its bytes; they share memory.
func vectorOf(x any) (vector, error) {
	v := reflect.ValueOf(x)
	if v.Kind() != reflect.Slice || !isNumber(v.Type().Elem().Kind()) {
		return vector{}, fmt.Errorf("collective: %T is not a slice of numbers; give a []float64, []float32, []int …", x)
	}
	width := int(v.Type().Elem().Size())
	return vector{v.Type().Elem().Kind(), width, unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()*width)}, nil
}

func isNumber(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Uint64 || k == reflect.Float32 || k == reflect.Float64
}

func (v vector) len() int { return len(v.bytes) / v.width }

// cut is the numbers from i to j.
func (v vector) cut(i, j int) vector {
	v.bytes = v.bytes[i*v.width : j*v.width]
	return v
}

// part is the i-th of n parts of nearly the same length.
func (v vector) part(i, n int) vector {
	i = ((i % n) + n) % n
	return v.cut(i*v.len()/n, (i+1)*v.len()/n)
}

// like is a new vector of the same numbers' type.
func (v vector) like(n int) vector {
	return vector{v.kind, v.width, make([]byte, n*v.width)}
}

// check refuses a reduction that the numbers do not have.
func (v vector) check(op ReduceOp) error {
	if op > Mean {
		return fmt.Errorf("collective: %v is no reduction; use Sum, Product, Min, Max or Mean", op)
	}
	if op == Mean && v.kind != reflect.Float32 && v.kind != reflect.Float64 {
		return fmt.Errorf("collective: the mean of %vs is not a %v; use Sum and divide, or floating-point numbers", v.kind, v.kind)
	}
	return nil
}

// reduce combines src into v.
func (v vector) reduce(src []byte, op ReduceOp) {
	switch v.kind {
	case reflect.Float64:
		reduce(numbers[float64](v.bytes), numbers[float64](src), op)
	case reflect.Float32:
		reduce(numbers[float32](v.bytes), numbers[float32](src), op)
	case reflect.Int, reflect.Int64:
		reduce(numbers[int64](v.bytes), numbers[int64](src), op)
	case reflect.Int32:
		reduce(numbers[int32](v.bytes), numbers[int32](src), op)
	case reflect.Int16:
		reduce(numbers[int16](v.bytes), numbers[int16](src), op)
	case reflect.Int8:
		reduce(numbers[int8](v.bytes), numbers[int8](src), op)
	case reflect.Uint, reflect.Uint64:
		reduce(numbers[uint64](v.bytes), numbers[uint64](src), op)
	case reflect.Uint32:
		reduce(numbers[uint32](v.bytes), numbers[uint32](src), op)
	case reflect.Uint16:
		reduce(numbers[uint16](v.bytes), numbers[uint16](src), op)
	case reflect.Uint8:
		reduce(numbers[uint8](v.bytes), numbers[uint8](src), op)
	}
}

// divide ends a Mean.
func (v vector) divide(n int) {
	switch v.kind {
	case reflect.Float64:
		for i, x := range numbers[float64](v.bytes) {
			numbers[float64](v.bytes)[i] = x / float64(n)
		}
	case reflect.Float32:
		for i, x := range numbers[float32](v.bytes) {
			numbers[float32](v.bytes)[i] = x / float32(n)
		}
	}
}

// numbers sees bytes as numbers. The bytes are those of a slice, or were made with its alignment.
func numbers[T Number](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&b[0])), len(b)/int(unsafe.Sizeof(*new(T))))
}

func reduce[T Number](dst, src []T, op ReduceOp) {
	src = src[:len(dst)]
	switch op {
	case Sum, Mean:
		for i, x := range src {
			dst[i] += x
		}
	case Product:
		for i, x := range src {
			dst[i] *= x
		}
	case Min:
		for i, x := range src {
			dst[i] = min(dst[i], x)
		}
	case Max:
		for i, x := range src {
			dst[i] = max(dst[i], x)
		}
	}
}
