"""Installs other Go kernels for compare.py, as far as this machine can have them.

    python install_peers.py PREFIX

builds into PREFIX/peers and writes kernelspecs into PREFIX/share/jupyter. GoNB comes from the
module proxy. gophernotes and its interpreter, gomacro, do too where the proxy has them; elsewhere
GOPHERNOTES_SOURCE and GOMACRO_SOURCE name checkouts of github.com/gopherdata/gophernotes and
github.com/cosmos72/gomacro. Their module files ask for a version of golang.org/x/tools that the
present Go does not compile, so they are built with a newer one. What cannot be had is said, with
the reason.
"""
import json
import os
import shutil
import subprocess
import sys

GONB, GOPHERNOTES, TOOLS, GOPLS = "v0.11.4", "v0.7.5", "v0.30.0", "v0.22.0"


def go(folder, *arguments, **environment):
    env = dict(os.environ, GOFLAGS="-mod=mod -buildvcs=false", **environment)
    done = subprocess.run(["go", *arguments], cwd=folder, env=env, capture_output=True, text=True)
    if done.returncode:
        lines = [l for l in done.stderr.splitlines() if "downloading" not in l]
        raise RuntimeError(f"go {' '.join(arguments)}: " + " ".join(lines[-2:]))


def module(folder):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "go.mod"), "w") as f:
        f.write("module peers\n\ngo 1.26\n")
    return folder


def gonb(peers):
    folder = module(os.path.join(peers, "gonb"))
    binary = os.path.join(peers, "bin", "gonb")
    go(folder, "get", "github.com/janpfeifer/gonb@" + GONB)
    go(folder, "build", "-o", binary, "github.com/janpfeifer/gonb")
    for name, path, version in (("goimports", "golang.org/x/tools/cmd/goimports", TOOLS), ("gopls", "golang.org/x/tools/gopls", GOPLS)):
        try:  # GoNB runs without; completion needs gopls
            folder = module(os.path.join(peers, name))
            # gopls asks for a commit of x/tools, which the checksum database does not know.
            go(folder, "get", path + "@" + version, GONOSUMDB="golang.org/x/tools")
            go(folder, "build", "-o", os.path.join(peers, "bin", name), path)
        except RuntimeError as e:
            print(f"gonb: without {name}: {e}")
    return [binary, "--kernel", "{connection_file}", "--force_deps"]


def gophernotes(peers):
    folder, binary = os.path.join(peers, "gophernotes"), os.path.join(peers, "bin", "gophernotes")
    source, interpreter = os.environ.get("GOPHERNOTES_SOURCE"), os.environ.get("GOMACRO_SOURCE")
    if source and interpreter:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(source, folder)
        go(folder, "mod", "edit", "-replace", "github.com/cosmos72/gomacro=" + os.path.abspath(interpreter))
        go(folder, "get", "golang.org/x/tools@" + TOOLS)
        go(folder, "build", "-o", binary, ".")
    else:
        module(folder)
        go(folder, "get", "github.com/gopherdata/gophernotes@" + GOPHERNOTES, "golang.org/x/tools@" + TOOLS)
        go(folder, "build", "-o", binary, "github.com/gopherdata/gophernotes")
    return [binary, "{connection_file}"]


def main():
    prefix = os.path.abspath(sys.argv[1])
    peers = os.path.join(prefix, "peers")
    os.makedirs(os.path.join(peers, "bin"), exist_ok=True)
    for name, build in (("gonb", gonb), ("gophernotes", gophernotes)):
        try:
            argv = build(peers)
        except RuntimeError as e:
            print(f"{name}: not installed: {e}")
            continue
        folder = os.path.join(prefix, "share", "jupyter", "kernels", name)
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(peers, "bin") + os.pathsep + os.environ["PATH"]
        with open(os.path.join(folder, "kernel.json"), "w") as f:
            json.dump({"argv": argv, "display_name": name, "language": "go", "env": {"PATH": path}}, f, indent=1)
        print(f"{name}: installed in {folder}")


main()
