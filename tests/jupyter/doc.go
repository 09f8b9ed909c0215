// Package jupyter runs Jupyter's own clients against the built kernel: the public suite
// jupyter_kernel_test with every optional part filled in (suite.py), peers that behave badly
// (abuse.py), whole lives of kernels with their deaths (lifetime.py), and front ends (fronts.py). The
// Python environment is $GORAY_VENV, or .venv at the project's root; the binary is $GORAY_BINARY, or
// built here.
package jupyter
