"""The public suite jupyter_kernel_test, with every optional part filled in."""
import unittest

import jupyter_kernel_test as jkt


class GoKernelTests(jkt.KernelTests):
    kernel_name = "goray"
    language_name = "go"
    file_extension = ".go"

    code_hello_world = 'fmt.Println("hello, world")'
    code_stderr = 'fmt.Fprintln(os.Stderr, "oops")'
    completion_samples = [
        {"text": "strings.ToUpperS", "matches": {"ToUpperSpecial"}},
        {"text": "%writ", "matches": set()},
        {"text": "%%writ", "matches": {"%%writefile"}},
    ]
    complete_code_samples = [
        "1", "x := 1", "func f() int { return 1 }", "for i := range 3 {\n\tfmt.Println(i)\n}",
        "type T struct {\n\tA int\n}\n", "%who", "!ls", "import \"fmt\"", "f := func() {}\nf()",
    ]
    incomplete_code_samples = [
        "func f() {", "x := []int{1,", "if true {\n", "fmt.Println(", "s := `abc", "x := 1 +", "/* open",
    ]
    invalid_code_samples = ["x ++ y", "}", "func {)", "x := := 2"]
    code_page_something = "strings.ToUpper?"
    code_generate_error = 'panic("boom")'
    code_execute_result = [
        {"code": "6*7", "result": "42"},
        {"code": '"a" + "b"', "result": '"ab"'},
        {"code": "[]int{1, 2}", "result": "[1 2]"},
        {"code": "strconv.Atoi(\"12\")", "result": "12"},
        {"code": "display.HTML(\"<b>x</b>\")", "mime": "text/html", "result": "<b>x</b>"},
    ]
    code_display_data = [
        {"code": 'display.Display(display.HTML("<b>x</b>"))', "mime": "text/html"},
        {"code": 'display.Display(display.Markdown("*x*"))', "mime": "text/markdown"},
        {"code": 'display.Display(display.SVG("<svg/>"))', "mime": "image/svg+xml"},
        {"code": "display.Display(image.NewGray(image.Rect(0, 0, 2, 2)))", "mime": "image/png"},
        {"code": "display.Display(display.JSON(map[string]any{\"a\": 1}))", "mime": "application/json"},
    ]
    code_history_pattern = "6?7"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "strings.ToUpper"
    code_clear_output = "display.ClearOutput(false)"


class Welcome(jkt.IopubWelcomeTests):
    kernel_name = "goray"
    support_iopub_welcome = True


# The base classes are for inheriting only.
def load_tests(loader, tests, pattern):
    return unittest.TestSuite([loader.loadTestsFromTestCase(c) for c in (GoKernelTests, Welcome)])
