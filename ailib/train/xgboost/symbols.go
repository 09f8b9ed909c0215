package xgboost

import (
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// handle is an opaque pointer that libxgboost gave out.
type handle = uintptr

// The functions of the C API in use, under their C names. All but the first
// two return 0 for success and −1 for an error whose text is in the calling
// thread's last error.
var (
	xgBoostVersion         func(major, minor, patch *int32)
	xgbGetLastError        func() string
	xgbRegisterLogCallback func(callback uintptr) int32

	xgDMatrixCreateFromColumnar   func(data, config string, out *handle) int32
	xgDMatrixSetInfoFromInterface func(h handle, field, data string) int32
	xgDMatrixSetStrFeatureInfo    func(h handle, field string, values **byte, n uint64) int32
	xgDMatrixFree                 func(h handle) int32

	xgBoosterCreate                func(matrices *handle, n uint64, out *handle) int32
	xgBoosterFree                  func(h handle) int32
	xgBoosterSetParam              func(h handle, name, value string) int32
	xgBoosterUpdateOneIter         func(h handle, iteration int32, train handle) int32
	xgBoosterEvalOneIter           func(h handle, iteration int32, matrices *handle, names **byte, n uint64, out **byte) int32
	xgBoosterBoostedRounds         func(h handle, out *int32) int32
	xgBoosterGetNumFeature         func(h handle, out *uint64) int32
	xgBoosterPredictFromDMatrix    func(h, matrix handle, config string, shape **uint64, dim *uint64, out **float32) int32
	xgBoosterSaveModelToBuffer     func(h handle, config string, n *uint64, out **byte) int32
	xgBoosterLoadModelFromBuffer   func(h handle, buf unsafe.Pointer, n uint64) int32
	xgBoosterSerializeToBuffer     func(h handle, n *uint64, out **byte) int32
	xgBoosterUnserializeFromBuffer func(h handle, buf unsafe.Pointer, n uint64) int32
	xgBoosterSaveJSONConfig        func(h handle, n *uint64, out **byte) int32
	xgBoosterSlice                 func(h handle, begin, end, step int32, out *handle) int32
	xgBoosterSetStrFeatureInfo     func(h handle, field string, values **byte, n uint64) int32
	xgBoosterGetStrFeatureInfo     func(h handle, field string, n *uint64, out ***byte) int32
	xgBoosterFeatureScore          func(h handle, config string, n *uint64, features ***byte, dim *uint64, shape **uint64, scores **float32) int32

	xgTrackerCreate     func(config string, out *handle) int32
	xgTrackerRun        func(h handle, config string) int32
	xgTrackerWorkerArgs func(h handle, out **byte) int32
	xgTrackerWaitFor    func(h handle, config string) int32
	xgTrackerFree       func(h handle) int32

	xgCommunicatorInit         func(config string) int32
	xgCommunicatorFinalize     func() int32
	xgCommunicatorGetRank      func() int32
	xgCommunicatorGetWorldSize func() int32
)

// register fills the function variables from the opened library. It looks
// every symbol up first, because purego panics on a missing one and an older
// library is a user's mistake, not a bug.
func register(lib uintptr) error {
	symbols := map[string]any{
		"XGBoostVersion":                 &xgBoostVersion,
		"XGBGetLastError":                &xgbGetLastError,
		"XGBRegisterLogCallback":         &xgbRegisterLogCallback,
		"XGDMatrixCreateFromColumnar":    &xgDMatrixCreateFromColumnar,
		"XGDMatrixSetInfoFromInterface":  &xgDMatrixSetInfoFromInterface,
		"XGDMatrixSetStrFeatureInfo":     &xgDMatrixSetStrFeatureInfo,
		"XGDMatrixFree":                  &xgDMatrixFree,
		"XGBoosterCreate":                &xgBoosterCreate,
		"XGBoosterFree":                  &xgBoosterFree,
		"XGBoosterSetParam":              &xgBoosterSetParam,
		"XGBoosterUpdateOneIter":         &xgBoosterUpdateOneIter,
		"XGBoosterEvalOneIter":           &xgBoosterEvalOneIter,
		"XGBoosterBoostedRounds":         &xgBoosterBoostedRounds,
		"XGBoosterGetNumFeature":         &xgBoosterGetNumFeature,
		"XGBoosterPredictFromDMatrix":    &xgBoosterPredictFromDMatrix,
		"XGBoosterSaveModelToBuffer":     &xgBoosterSaveModelToBuffer,
		"XGBoosterLoadModelFromBuffer":   &xgBoosterLoadModelFromBuffer,
		"XGBoosterSerializeToBuffer":     &xgBoosterSerializeToBuffer,
		"XGBoosterUnserializeFromBuffer": &xgBoosterUnserializeFromBuffer,
		"XGBoosterSaveJsonConfig":        &xgBoosterSaveJSONConfig,
		"XGBoosterSlice":                 &xgBoosterSlice,
		"XGBoosterSetStrFeatureInfo":     &xgBoosterSetStrFeatureInfo,
		"XGBoosterGetStrFeatureInfo":     &xgBoosterGetStrFeatureInfo,
		"XGBoosterFeatureScore":          &xgBoosterFeatureScore,
		"XGTrackerCreate":                &xgTrackerCreate,
		"XGTrackerRun":                   &xgTrackerRun,
		"XGTrackerWorkerArgs":            &xgTrackerWorkerArgs,
		"XGTrackerWaitFor":               &xgTrackerWaitFor,
		"XGTrackerFree":                  &xgTrackerFree,
		"XGCommunicatorInit":             &xgCommunicatorInit,
		"XGCommunicatorFinalize":         &xgCommunicatorFinalize,
		"XGCommunicatorGetRank":          &xgCommunicatorGetRank,
		"XGCommunicatorGetWorldSize":     &xgCommunicatorGetWorldSize,
	}
	for name := range symbols {
		if err := findSymbol(lib, name); err != nil {
			return fmt.Errorf("it has no %s: older than %s", name, Version)
		}
	}
	for name, fn := range symbols {
		purego.RegisterLibFunc(fn, lib, name)
	}
	return nil
}
