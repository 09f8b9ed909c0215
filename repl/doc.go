// Package repl is the terminal face of a session: an interactive prompt, piped input, and
// "goray run".
//
//	code := repl.Main(ctx, repl.Options{NewEngine: typed.New, Plugins: plugins})
//	code := repl.RunFile(ctx, options, "main.go", os.Args[3:])
//
// Mental model:
//
//   - A cell is what one press of Enter runs: input grows line by line until the engine calls it
//     complete. Two empty lines run it as it is.
//   - The session (kernel/session) is the one of the notebook: the same magics, the same plugins,
//     the same errors. What differs is the screen: text, and images where the terminal can (kitty's
//     and iTerm's by the environment, sixels by asking it; $GORAY_IMAGES overrides both).
//   - Three sources of cells stand behind one small interface: the line editor, a plain reader for
//     dumb terminals, and a pipe. A pipe stops at the first error, which is the exit status.
//   - Ctrl-C clears the line, or interrupts the running cell; Ctrl-D leaves.
//   - Nothing but plain text goes to a pipe, and no escape sequence to a dumb terminal; NO_COLOR
//     is obeyed.
package repl
