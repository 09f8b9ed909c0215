module github.com/goray/goray

go 1.26.0

require (
	github.com/NVIDIA/go-nvml v0.13.0-1 // GPU figures with -tags nvml, where eager binding of the library is wanted
	github.com/apache/arrow-go/v18 v18.8.0 // columns, Parquet and IPC of Datasets
	github.com/chromedp/chromedp v0.23.0 // tests: JupyterLab in Chromium
	github.com/creack/pty v1.1.24 // tests: the REPL in a pseudo-terminal
	github.com/ebitengine/purego v0.11.3 // calls libxgboost and NVML without cgo
	github.com/go-zeromq/zmq4 v0.17.0 // connects to running kernels, and is the second peer of the wire tests
	github.com/goplus/reflectx v1.7.8 // run-time types with names and methods for types of cells
	github.com/rivo/uniseg v0.4.4 // widths of text in terminals
	github.com/traefik/yaegi v0.16.1 // the second engine
	go.uber.org/goleak v1.3.0 // tests: no goroutine is left behind
	go.yaml.in/yaml/v3 v3.0.5 // cluster files and manifests, with the line of every key
	golang.org/x/crypto v0.58.0 // CURVE, the encryption of Jupyter's sockets
	golang.org/x/image v0.30.0 // pictures: scaling and drawing
	golang.org/x/sys v0.49.0 // memfd, descriptor passing, process death
	golang.org/x/term v0.47.0 // raw mode and size of terminals
	golang.org/x/tools v0.52.0 // go/ssa, export data, txtar
	gonum.org/v1/plot v0.17.0 // axes and drawing of charts
	google.golang.org/grpc v1.85.0 // the client protocol of Ray clusters
	google.golang.org/protobuf v1.36.12 // its messages
)

require (
	codeberg.org/go-fonts/liberation v0.5.0 // indirect
	codeberg.org/go-latex/latex v0.2.0 // indirect
	codeberg.org/go-pdf/fpdf v0.11.1 // indirect
	git.sr.ht/~sbinet/gg v0.7.0 // indirect
	github.com/ajstarks/svgo v0.0.0-20211024235047-1546f124cd8b // indirect
	github.com/andybalholm/brotli v1.2.3 // indirect
	github.com/apache/thrift v0.24.0 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/chromedp/cdproto v0.159.0 // indirect
	github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect
	github.com/go-zeromq/goczmq/v4 v4.2.2 // indirect
	github.com/goccy/go-json v0.10.6 // indirect
	github.com/golang/freetype v0.0.0-20170609003504-e2365dfdc4a0 // indirect
	github.com/google/flatbuffers v25.12.19+incompatible // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/klauspost/compress v1.19.2 // indirect
	github.com/klauspost/cpuid/v2 v2.4.0 // indirect
	github.com/pierrec/lz4/v4 v4.1.29 // indirect
	github.com/zeebo/xxh3 v1.1.0 // indirect
	golang.org/x/exp v0.0.0-20260112195511-716be5621a96 // indirect
	golang.org/x/mod v0.42.0 // indirect
	golang.org/x/net v0.61.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	google.golang.org/genproto/googleapis/rpc v0.0.0-20260817212433-ac3dfec99bb1 // indirect
)
