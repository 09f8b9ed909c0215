package train

import "math"

// EarlyStopping returns a function for XGBoost.OnRound that ends the training
// when a metric has not improved for so many rounds. Result.Best tells the
// best round; the checkpoint is that of the last.
func EarlyStopping(metric string, order Order, rounds int) func(round int, metrics Metrics) error {
	best, bestRound := math.NaN(), 0
	return func(round int, metrics Metrics) error {
		v, ok := metrics[metric]
		better := ok && (math.IsNaN(best) || order == Max && v > best || order != Max && v < best)
		if round == 1 || better { // a function that is used again begins anew
			best, bestRound = v, round
			return nil
		}
		if round-bestRound >= rounds {
			return ErrStop
		}
		return nil
	}
}
