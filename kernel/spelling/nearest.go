package spelling

import "strings"

// Nearest is the candidate most like name, or "" when none is near enough.
func Nearest(name string, candidates []string) string {
	limit := 1 + len(name)/4
	if len(name) < 3 {
		limit = 0
	}
	best, found := limit+1, ""
	for _, c := range candidates {
		if c == name || c == "" {
			continue
		}
		d := limit + 1
		if strings.EqualFold(c, name) {
			d = 0
		} else if abs(len(c)-len(name)) <= limit {
			d = distance(strings.ToLower(c), strings.ToLower(name), limit)
		}
		if d < best || d == best && found != "" && c < found {
			best, found = d, c
		}
	}
	if best > limit {
		return ""
	}
	return found
}

func abs(n int) int { return max(n, -n) }

// distance is the number of edits between a and b, counting an exchange of neighbours as one; any
// result above limit means "more".
func distance(a, b string, limit int) int {
	before := make([]int, len(b)+1)
	above := make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		smallest := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(above[j]+1, row[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			smallest = min(smallest, row[j])
		}
		if smallest > limit {
			return smallest
		}
		before, above = above, row
	}
	return above[len(b)]
}
