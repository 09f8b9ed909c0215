package xgboost

import (
	"fmt"
	"runtime"
	"sync"
)

// Column is one feature. NaN stands for a missing value.
type Column struct {
	Name   string
	Values []float32
}

// MatrixOptions are the parts of a DMatrix besides its features.
type MatrixOptions struct {
	Label   []float32 // one value per row; nil for prediction
	Weight  []float32 // one value per row; nil weighs all rows alike
	Threads int       // threads for the conversion; 0 uses every core
}

// DMatrix is a table in XGBoost's own form.
type DMatrix struct {
	res   *resource
	names []string
	rows  int
}

// resource is a handle with the function that frees it. It is freed by close,
// or, where that is forgotten, after its owner became unreachable.
type resource struct {
	once sync.Once
	h    handle
	free func(handle) int32
}

func (r *resource) close() {
	r.once.Do(func() {
		r.free(r.h)
		r.h = 0
	})
}

// NewDMatrix copies columns of equal length into a DMatrix.
func NewDMatrix(columns []Column, opts MatrixOptions) (*DMatrix, error) {
	if err := load(); err != nil {
		return nil, err
	}
	if len(columns) == 0 {
		return nil, fmt.Errorf("xgboost: a matrix needs at least one feature column; check which columns are left besides the label")
	}
	rows := len(columns[0].Values)
	names := make([]string, len(columns))
	described := make([]any, len(columns))
	memory := make([][]float32, 0, len(columns)+2)
	for i, c := range columns {
		if len(c.Values) != rows {
			return nil, fmt.Errorf("xgboost: column %q has %d values, column %q has %d; all columns need the same length",
				c.Name, len(c.Values), columns[0].Name, rows)
		}
		names[i] = c.Name
		described[i] = arrayInterface(c.Values)
		memory = append(memory, c.Values)
	}
	for field, v := range map[string][]float32{"label": opts.Label, "weight": opts.Weight} {
		if v != nil && len(v) != rows {
			return nil, fmt.Errorf("xgboost: %d %s values for %d rows; give one per row", len(v), field, rows)
		}
		memory = append(memory, v)
	}
	release := pin(memory...)
	defer release()

	// NaN is the missing value; it has no form in JSON, so this one is text.
	config := fmt.Sprintf(`{"missing":NaN,"nthread":%d}`, opts.Threads)
	m := &DMatrix{rows: rows, names: names}
	err := call("create matrix", func() int32 {
		var h handle
		if rc := xgDMatrixCreateFromColumnar(toJSON(described), config, &h); rc != 0 {
			return rc
		}
		m.res = &resource{h: h, free: xgDMatrixFree}
		runtime.AddCleanup(m, func(r *resource) { r.close() }, m.res)
		if opts.Label != nil {
			if rc := xgDMatrixSetInfoFromInterface(h, "label", toJSON(arrayInterface(opts.Label))); rc != 0 {
				return rc
			}
		}
		if opts.Weight != nil {
			if rc := xgDMatrixSetInfoFromInterface(h, "weight", toJSON(arrayInterface(opts.Weight))); rc != 0 {
				return rc
			}
		}
		c := newCStrings(names)
		defer c.release()
		return xgDMatrixSetStrFeatureInfo(h, "feature_name", c.first(), uint64(len(names)))
	})
	if err != nil {
		if m.res != nil {
			m.Close()
		}
		return nil, err
	}
	return m, nil
}

// NumRows returns the number of rows.
func (m *DMatrix) NumRows() int { return m.rows }

// NumCols returns the number of features.
func (m *DMatrix) NumCols() int { return len(m.names) }

// FeatureNames returns the names of the columns in their order.
func (m *DMatrix) FeatureNames() []string { return m.names }

// Close frees the matrix. It may be called more than once, and must not be
// called while another goroutine still uses the matrix.
func (m *DMatrix) Close() { m.res.close() }

// use returns the handle for a call; the caller keeps m alive until the call
// has returned.
func (m *DMatrix) use() (handle, error) {
	if m == nil || m.res == nil || m.res.h == 0 {
		return 0, closedError("matrix")
	}
	return m.res.h, nil
}
