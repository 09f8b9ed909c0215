package data

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
)

// Expr computes one value per row from columns and constants, whole columns at
// a time. Build it from Col and Lit; operands of the methods are expressions
// or Go constants:
//
//	data.Col("tip_amount").Div(data.Col("fare_amount")).Gt(0.2)
//
// A null operand makes the result null, except in And, Or, IsNull, When and
// FillNull. Integer overflow is an error; Div always gives float64.
type Expr struct {
	op    exprOp
	args  []Expr
	name  string  // column of opCol, target type of opCast
	value literal // opLit
}

type exprOp string

const (
	opCol    exprOp = "col"
	opLit    exprOp = "lit"
	opAdd    exprOp = "+"
	opSub    exprOp = "-"
	opMul    exprOp = "*"
	opDiv    exprOp = "/"
	opGt     exprOp = ">"
	opGe     exprOp = ">="
	opLt     exprOp = "<"
	opLe     exprOp = "<="
	opEq     exprOp = "=="
	opNe     exprOp = "!="
	opAnd    exprOp = "and"
	opOr     exprOp = "or"
	opNot    exprOp = "not"
	opNull   exprOp = "is_null"
	opAbs    exprOp = "abs"
	opSqrt   exprOp = "sqrt"
	opLn     exprOp = "ln"
	opHour   exprOp = "hour"
	opWday   exprOp = "weekday"
	opDay    exprOp = "day"
	opMonth  exprOp = "month"
	opYear   exprOp = "year"
	opSecs   exprOp = "seconds"
	opCast   exprOp = "cast"
	opChoose exprOp = "when"
	opBad    exprOp = "bad"
)

// literal is a constant in a form that can be encoded.
type literal struct {
	kind litKind
	i    int64
	f    float64
	s    string
	t    time.Time
}

type litKind int

const (
	litNull litKind = iota
	litInt
	litFloat
	litString
	litBool
	litTime
	litDuration
)

// Col is the column name.
func Col(name string) Expr { return Expr{op: opCol, name: name} }

// Lit is a constant: a number, string, bool, time.Time, time.Duration or nil.
func Lit(v any) Expr {
	out := Expr{op: opLit}
	l := &out.value
	switch x := v.(type) {
	case nil:
	case Expr:
		return x
	case int:
		l.kind, l.i = litInt, int64(x)
	case int64:
		l.kind, l.i = litInt, x
	case int32:
		l.kind, l.i = litInt, int64(x)
	case uint8:
		l.kind, l.i = litInt, int64(x)
	case uint32:
		l.kind, l.i = litInt, int64(x)
	case float64:
		l.kind, l.f = litFloat, x
	case float32:
		l.kind, l.f = litFloat, float64(x)
	case string:
		l.kind, l.s = litString, x
	case bool:
		l.kind = litBool
		if x {
			l.i = 1
		}
	case time.Time:
		l.kind, l.t = litTime, x
	case time.Duration:
		l.kind, l.i = litDuration, int64(x)
	default:
		return Expr{op: opBad, name: fmt.Sprintf("a %T cannot be a constant of an expression; use a number, string, bool, time.Time or time.Duration", v)}
	}
	return out
}

// When is then where condition holds and otherwise elsewhere, nulls included.
func When(condition Expr, then, otherwise any) Expr {
	return Expr{op: opChoose, args: []Expr{condition, Lit(then), Lit(otherwise)}}
}

func (e Expr) with(op exprOp, v any) Expr { return Expr{op: op, args: []Expr{e, Lit(v)}} }
func (e Expr) apply(op exprOp) Expr       { return Expr{op: op, args: []Expr{e}} }

// Add is e + v.
func (e Expr) Add(v any) Expr { return e.with(opAdd, v) }

// Sub is e - v; the difference of two timestamps is a duration.
func (e Expr) Sub(v any) Expr { return e.with(opSub, v) }

// Mul is e * v.
func (e Expr) Mul(v any) Expr { return e.with(opMul, v) }

// Div is e / v in float64; division by zero gives an infinity or NaN.
func (e Expr) Div(v any) Expr { return e.with(opDiv, v) }

// Gt is e > v.
func (e Expr) Gt(v any) Expr { return e.with(opGt, v) }

// Ge is e >= v.
func (e Expr) Ge(v any) Expr { return e.with(opGe, v) }

// Lt is e < v.
func (e Expr) Lt(v any) Expr { return e.with(opLt, v) }

// Le is e <= v.
func (e Expr) Le(v any) Expr { return e.with(opLe, v) }

// Eq is e == v.
func (e Expr) Eq(v any) Expr { return e.with(opEq, v) }

// Ne is e != v.
func (e Expr) Ne(v any) Expr { return e.with(opNe, v) }

// And is true where both are; false and null is false.
func (e Expr) And(v any) Expr { return e.with(opAnd, v) }

// Or is true where one is; true or null is true.
func (e Expr) Or(v any) Expr { return e.with(opOr, v) }

// Not turns true into false and false into true.
func (e Expr) Not() Expr { return e.apply(opNot) }

// IsNull is true where e is null.
func (e Expr) IsNull() Expr { return e.apply(opNull) }

// IsNotNull is true where e has a value.
func (e Expr) IsNotNull() Expr { return e.IsNull().Not() }

// FillNull is e with v in place of nulls.
func (e Expr) FillNull(v any) Expr { return When(e.IsNull(), v, e) }

// Abs is the absolute value.
func (e Expr) Abs() Expr { return e.apply(opAbs) }

// Sqrt is the square root in float64, NaN below zero.
func (e Expr) Sqrt() Expr { return e.apply(opSqrt) }

// Ln is the natural logarithm in float64, -Inf at zero and NaN below.
func (e Expr) Ln() Expr { return e.apply(opLn) }

// Hour is the hour of a timestamp, 0 to 23.
func (e Expr) Hour() Expr { return e.apply(opHour) }

// Weekday is the day of the week of a timestamp or date; Monday is 0.
func (e Expr) Weekday() Expr { return e.apply(opWday) }

// Day is the day of the month of a timestamp or date, 1 to 31.
func (e Expr) Day() Expr { return e.apply(opDay) }

// Month is the month of a timestamp or date, 1 to 12.
func (e Expr) Month() Expr { return e.apply(opMonth) }

// Year is the year of a timestamp or date.
func (e Expr) Year() Expr { return e.apply(opYear) }

// Seconds is a duration in seconds, as float64.
func (e Expr) Seconds() Expr { return e.apply(opSecs) }

// Cast converts to "int64", "int32", "float64", "float32", "string" or "bool".
// A value that the type cannot hold is an error.
func (e Expr) Cast(typ string) Expr { return Expr{op: opCast, args: []Expr{e}, name: typ} }

// String writes the expression as it would be written in a formula.
func (e Expr) String() string {
	switch e.op {
	case opCol:
		return fmt.Sprintf("col(%q)", e.name)
	case opLit:
		return e.value.String()
	case opBad:
		return "error: " + e.name
	case opCast:
		return fmt.Sprintf("cast(%s, %s)", e.args[0], e.name)
	case opAdd, opSub, opMul, opDiv, opGt, opGe, opLt, opLe, opEq, opNe, opAnd, opOr:
		return fmt.Sprintf("(%s %s %s)", e.args[0], string(e.op), e.args[1])
	}
	parts := make([]string, len(e.args))
	for i, a := range e.args {
		parts[i] = a.String()
	}
	return string(e.op) + "(" + strings.Join(parts, ", ") + ")"
}

func (l literal) String() string {
	switch l.kind {
	case litInt:
		return strconv.FormatInt(l.i, 10)
	case litFloat:
		return strconv.FormatFloat(l.f, 'g', -1, 64)
	case litString:
		return strconv.Quote(l.s)
	case litBool:
		return strconv.FormatBool(l.i != 0)
	case litTime:
		return timeText(l.t)
	case litDuration:
		return time.Duration(l.i).String()
	}
	return "null"
}

// columns adds the columns that e reads.
func (e Expr) columns(add func(string)) {
	if e.op == opCol {
		add(e.name)
	}
	for _, a := range e.args {
		a.columns(add)
	}
}

var castTargets = map[string]arrow.DataType{
	"int64": arrow.PrimitiveTypes.Int64, "int32": arrow.PrimitiveTypes.Int32,
	"float64": arrow.PrimitiveTypes.Float64, "float32": arrow.PrimitiveTypes.Float32,
	"string": arrow.BinaryTypes.String, "bool": arrow.FixedWidthTypes.Boolean,
}

// resultType checks the columns and types of e and returns what it computes.
func (e Expr) resultType(s *arrow.Schema) (arrow.DataType, error) {
	switch e.op {
	case "":
		return nil, planErrorf(kindType, "data: the zero Expr computes nothing; start with data.Col or data.Lit")
	case opBad:
		return nil, planErrorf(kindType, "data: expression: %s", e.name)
	case opCol:
		f, ok := fieldByName(s, e.name)
		if !ok {
			return nil, missingColumn("Col", e.name, fieldNames(s))
		}
		if f.Type.ID() == arrow.DICTIONARY {
			return f.Type.(*arrow.DictionaryType).ValueType, nil
		}
		return f.Type, nil
	case opLit:
		return e.value.dataType(), nil
	case opCast:
		t, ok := castTargets[e.name]
		if !ok {
			return nil, planErrorf(kindType, "data: %s: unknown type %q; use one of %s", e, e.name, quoteAll(sortedKeys(castTargets)))
		}
		_, err := e.args[0].resultType(s)
		return t, err
	}
	types := make([]arrow.DataType, len(e.args))
	for i, a := range e.args {
		var err error
		if types[i], err = a.resultType(s); err != nil {
			return nil, err
		}
	}
	t := operatorType(e.op, types)
	if t == nil {
		names := make([]string, len(types))
		for i, a := range types {
			names[i] = typeName(a)
		}
		return nil, planErrorf(kindType, "data: %s does not work on %s; compare or compute values of one kind, or use Cast", e, strings.Join(names, " and "))
	}
	return t, nil
}

func (l literal) dataType() arrow.DataType {
	switch l.kind {
	case litInt:
		return arrow.PrimitiveTypes.Int64
	case litFloat:
		return arrow.PrimitiveTypes.Float64
	case litString:
		return arrow.BinaryTypes.String
	case litBool:
		return arrow.FixedWidthTypes.Boolean
	case litTime:
		return arrowTime
	case litDuration:
		return arrowDuration
	}
	return arrow.Null
}

// operatorType is the result of op on operands of the given types, or nil.
func operatorType(op exprOp, t []arrow.DataType) arrow.DataType {
	boolean := arrow.FixedWidthTypes.Boolean
	number := func(i int) bool { return isNumeric(t[i]) || t[i].ID() == arrow.NULL }
	temporal := func(i int) bool { return isTemporal(t[i]) }
	switch op {
	case opAdd, opSub, opMul:
		if number(0) && number(1) {
			u, _ := unifyTypes(t[0], t[1])
			if isInteger(u) {
				u = arrow.PrimitiveTypes.Int64
			}
			return u
		}
		if op == opSub && temporal(0) && temporal(1) {
			return &arrow.DurationType{Unit: arrow.Microsecond}
		}
	case opDiv:
		if number(0) && number(1) {
			return arrow.PrimitiveTypes.Float64
		}
	case opGt, opGe, opLt, opLe, opEq, opNe:
		if canCompare(t[0], t[1]) {
			return boolean
		}
	case opAnd, opOr:
		if t[0].ID() == arrow.BOOL && t[1].ID() == arrow.BOOL {
			return boolean
		}
	case opNot:
		if t[0].ID() == arrow.BOOL {
			return boolean
		}
	case opNull:
		return boolean
	case opAbs:
		if isInteger(t[0]) {
			return arrow.PrimitiveTypes.Int64
		}
		if number(0) {
			return arrow.PrimitiveTypes.Float64
		}
	case opSqrt, opLn:
		if number(0) {
			return arrow.PrimitiveTypes.Float64
		}
	case opHour, opWday, opDay, opMonth, opYear:
		if temporal(0) {
			return arrow.PrimitiveTypes.Int64
		}
	case opSecs:
		if t[0].ID() == arrow.DURATION {
			return arrow.PrimitiveTypes.Float64
		}
	case opChoose:
		if u, err := unifyTypes(t[1], t[2]); err == nil && t[0].ID() == arrow.BOOL {
			return u
		}
	}
	return nil
}

func isTemporal(t arrow.DataType) bool {
	return t.ID() == arrow.TIMESTAMP || t.ID() == arrow.DATE32 || t.ID() == arrow.DATE64
}

func canCompare(a, b arrow.DataType) bool {
	_, err := unifyTypes(a, b)
	return err == nil || isTemporal(a) && isTemporal(b) || a.ID() == arrow.DURATION && b.ID() == arrow.DURATION
}
