package viz

import (
	"math"
	"strconv"
	"strings"
)

// formatInt writes n, with thousands grouped by commas when group is set.
func formatInt(n int64, group bool) string {
	s := strconv.FormatInt(n, 10)
	if group {
		s = groupDigits(s, 5)
	}
	return s
}

// groupDigits puts commas into the integer part of a plain decimal number of at least so many
// digits. Alone, four digits read well enough, and may be a year; beside longer numbers they are
// grouped too.
func groupDigits(s string, least int) string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	whole, frac := s, ""
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		whole, frac = s[:dot], s[dot:]
	}
	if len(whole) < least || strings.ContainsAny(whole, "eEIN") {
		return sign + s
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String() + frac
}

// formatNumber writes v with up to six significant digits, grouped.
func formatNumber(v float64) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 0):
		return strconv.FormatFloat(v, 'g', -1, 64)
	case v == math.Trunc(v) && math.Abs(v) < 1e12:
		return formatInt(int64(v), true)
	case math.Abs(v) >= 1e12 || math.Abs(v) < 1e-5:
		return trimExponent(strconv.FormatFloat(v, 'g', 4, 64))
	}
	digits := max(0, 6-1-int(math.Floor(math.Log10(math.Abs(v)))))
	s := strconv.FormatFloat(v, 'f', min(digits, 9), 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return groupDigits(s, 5)
}

// trimExponent turns 1e+09 into 1e9 and 1e-07 into 1e-7.
func trimExponent(s string) string {
	mantissa, exponent, ok := strings.Cut(s, "e")
	if !ok {
		return s
	}
	sign := ""
	if strings.HasPrefix(exponent, "-") {
		sign = "-"
	}
	exponent = strings.TrimLeft(exponent, "+-0")
	if exponent == "" {
		exponent = "0"
	}
	return mantissa + "e" + sign + exponent
}

// finite says whether v can be placed on an axis. The bound keeps the span of an axis, and what
// is computed from it, away from overflow.
func finite(v float64) bool { return !math.IsNaN(v) && math.Abs(v) <= 1e300 }
