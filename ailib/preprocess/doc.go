// Package preprocess holds transformations of columns that learn from training
// data: scalers, encoders, imputers.
//
//	p := preprocess.NewChain(
//		preprocess.NewSimpleImputer("mean", "trip_distance"),
//		preprocess.NewMinMaxScaler("trip_distance", "trip_duration"),
//	)
//	train = p.FitTransform(train)
//	valid = p.Transform(valid) // with what was learned from train
//
// Mental model:
//
//   - Fit computes statistics where the blocks are, in one pass, and keeps a
//     few numbers. Transform is lazy and applies them in the workers.
//   - A preprocessor is fitted on training data only; validation data, batch
//     prediction and serving use the same fitted one.
//   - Nulls are left out by Fit and stay null in Transform, except where a
//     preprocessor is made to fill them.
//   - Marshal writes a fitted preprocessor as JSON with its kind; Unmarshal
//     restores it in any process. Register adds kinds of one's own.
package preprocess
