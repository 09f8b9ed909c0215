package xgboost

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// Params are XGBoost's parameters under XGBoost's own names: numbers, text,
// booleans, and lists, as in {"max_depth": 6, "eval_metric":
// []string{"logloss", "error"}}. A name that XGBoost does not know is an error
// that tells the nearest one it does; XGBoost itself would only warn and train
// without it.
type Params map[string]any

// known are all parameters of XGBoost 3.2 with their aliases.
var known = strings.Fields(`
	booster device verbosity validate_parameters nthread n_jobs seed random_state seed_per_iteration
	disable_default_eval_metric multi_strategy
	eta learning_rate gamma min_split_loss max_depth min_child_weight max_delta_step subsample sampling_method
	colsample_bytree colsample_bylevel colsample_bynode lambda reg_lambda alpha reg_alpha tree_method
	scale_pos_weight updater refresh_leaf process_type grow_policy max_leaves max_bin num_parallel_tree
	monotone_constraints interaction_constraints max_cached_hist_node max_cat_to_onehot max_cat_threshold
	sparse_threshold debug_synchronize
	sample_type normalize_type rate_drop one_drop skip_drop
	feature_selector top_k
	objective base_score eval_metric num_class num_target tweedie_variance_power huber_slope quantile_alpha
	expectile_alpha aft_loss_distribution aft_loss_distribution_scale
	lambdarank_pair_method lambdarank_num_pair_per_sample lambdarank_normalization
	lambdarank_score_normalization lambdarank_unbiased lambdarank_bias_norm ndcg_exp_gain
	fail_on_invalid_gpu_id`)

// KnownParams returns the names that [Params] may have, sorted.
func KnownParams() []string { return slices.Sorted(slices.Values(known)) }

// Check reports the first parameter, in alphabetical order, that XGBoost does
// not know or whose value has a form it cannot read. It needs no library.
func (p Params) Check() error {
	_, err := p.settings()
	return err
}

// setting is one call of XGBoosterSetParam.
type setting struct{ name, value string }

// settings turns the parameters into text, sorted by name, so that equal
// parameters always configure a model in the same order.
func (p Params) settings() ([]setting, error) {
	var out []setting
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if !slices.Contains(known, name) {
			return nil, unknownParam(name)
		}
		if name == "eval_metric" { // set once for each metric
			metrics, err := textList(p[name])
			if err != nil {
				return nil, fmt.Errorf("xgboost: parameter eval_metric: %w", err)
			}
			for _, m := range metrics {
				out = append(out, setting{name, m})
			}
			continue
		}
		value, err := text(p[name])
		if err != nil {
			return nil, fmt.Errorf("xgboost: parameter %s: %w", name, err)
		}
		out = append(out, setting{name, value})
	}
	return out, nil
}

func unknownParam(name string) error {
	if near := nearest(name); near != "" {
		return fmt.Errorf("xgboost: unknown parameter %q; did you mean %q?", name, near)
	}
	return fmt.Errorf("xgboost: unknown parameter %q; xgboost.KnownParams() lists all", name)
}

// nearest returns the known parameter with the least edit distance from name,
// and "" where none is near enough to be meant.
func nearest(name string) string {
	plain := strings.ToLower(strings.ReplaceAll(name, "-", "_"))
	best, bestDistance := "", len(plain)/2+1
	for _, k := range known {
		if d := distance(plain, k); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(a)][len(b)]
}

// text writes a value as XGBoost's configuration reads it.
func text(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int32, int64, uint, uint32, uint64:
		return fmt.Sprint(v), nil
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32), nil
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64), nil
	case []int: // one constraint per feature
		parts := make([]string, len(v))
		for i, n := range v {
			parts[i] = strconv.Itoa(n)
		}
		return "(" + strings.Join(parts, ",") + ")", nil
	case []float64, []string, [][]int, [][]string, []any:
		b, err := json.Marshal(v)
		return string(b), err
	}
	return "", fmt.Errorf("a value of type %T cannot be given to XGBoost; use a number, text, a boolean or a list of these", v)
}

func textList(v any) ([]string, error) {
	switch v := v.(type) {
	case []string:
		return v, nil
	case []any:
		out := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("element %d is a %T; give names of metrics", i, e)
			}
			out[i] = s
		}
		return out, nil
	}
	s, err := text(v)
	return []string{s}, err
}

// String lists the parameters by name, for messages and tables.
func (p Params) String() string {
	parts := make([]string, 0, len(p))
	for name, v := range p {
		parts = append(parts, fmt.Sprintf("%s=%v", name, v))
	}
	sort.Strings(parts)
	return strings.Join(parts, " ")
}
