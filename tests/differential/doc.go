// Package differential runs small programs of what notebooks do twice, compiled and in cells, and
// compares what they print byte for byte.
//
//	-- closure_counter --
//	func counter() func() int { n := 0; return func() int { n++; return n } }
//	next := counter()
//	next()
//	fmt.Println(next())
//
// A file of testdata is a topic with many programs. A program is written as a cell: declarations
// and statements mixed; a line "// %%" starts the next cell. For the compiler, the declarations
// become a package and the statements a function of it; all packages are built into one binary by
// one "go build", and standard packages that are not imported are added, as in a cell.
//
// A panic that leaves the program ends it, and its text is compared, too. Nothing is golden: the
// compiler says what is right.
//
// What the engine cannot do yet stands in known_failures.txt with its reason. A program that
// stands there and passes fails the test, so that the list stays honest.
package differential
