// Package data works on tables that need not fit into memory: it reads them,
// transforms them in parallel and hands them to training, prediction and files.
//
//	rides := data.ReadParquet("green_tripdata_2024-01.parquet").
//		Filter(data.Col("passenger_count").IsNotNull()).
//		WithColumn("hour", data.Col("lpep_pickup_datetime").Hour())
//	mean, err := rides.GroupBy("passenger_count").Mean("fare_amount").TakeAll()
//	train, test, err := rides.TrainTestSplit(0.3)
//
// Mental model:
//
//   - A Dataset is a plan. Methods that transform return a new plan at once;
//     methods that consume (Count, Take, Show, Materialize, WriteParquet …)
//     optimise the plan and run it. Explain prints both.
//   - Rows live in blocks: Arrow records in the object store of runtime/ray.
//     Steps which look at one block only are fused into one task per block.
//     Sort, RandomShuffle, Repartition and GroupBy exchange rows between blocks.
//   - A bounded number of blocks is in flight, in order; a consumer that stops
//     early stops the work.
//   - Functions of the user get Go values, structs (`ray:"column"`), a Row, or
//     whole columns as a Batch. They run in worker processes.
//   - The first mistake of a chain is carried to the consuming method; wrong
//     column names are found while the chain is written, with the nearest ones.
package data
