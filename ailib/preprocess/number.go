package preprocess

import (
	"encoding/json"
	"math"
)

// Number is a learned statistic. JSON has no NaN and no infinities: they are
// written as text, and what has no value (a column of nulls) as null.
type Number float64

// MarshalJSON writes a number, "inf", "-inf" or null.
func (n Number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	switch {
	case math.IsNaN(f):
		return []byte("null"), nil
	case math.IsInf(f, 1):
		return []byte(`"inf"`), nil
	case math.IsInf(f, -1):
		return []byte(`"-inf"`), nil
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (n *Number) UnmarshalJSON(raw []byte) error {
	switch string(raw) {
	case "null":
		*n = Number(math.NaN())
		return nil
	case `"inf"`:
		*n = Number(math.Inf(1))
		return nil
	case `"-inf"`:
		*n = Number(math.Inf(-1))
		return nil
	}
	return json.Unmarshal(raw, (*float64)(n))
}

// numberOf is a value of an aggregation; null is NaN.
func numberOf(v any) Number {
	switch x := v.(type) {
	case float64:
		return Number(x)
	case int64:
		return Number(x)
	}
	return Number(math.NaN())
}
