"""What a node is to be like for a test, by its environment.

GORAY_TEST_MACHINE=aarch64: its Python processes take their machine for an ARM one, and programs for that
are run by the emulator GORAY_TEST_QEMU. Ray itself does not look at the machine that it runs on.
GORAY_TEST_READ_ONLY: no folder for programs can be made, as on a file system that is read-only.
"""
import errno
import os
import platform
import subprocess

if os.environ.get("GORAY_TEST_MACHINE") == "aarch64":
    AARCH64 = 183  # in the header of ELF files
    start = subprocess.Popen.__init__

    def is_ours(path):
        try:
            with open(path, "rb") as f:
                head = f.read(20)
        except (OSError, TypeError):
            return False
        return head[:4] == b"\x7fELF" and int.from_bytes(head[18:20], "little") == AARCH64

    def emulated(self, args, *more, executable=None, **named):
        program = executable or (args if isinstance(args, str) else args[0])
        if is_ours(program):
            args, executable = [os.environ["GORAY_TEST_QEMU"], program, *args[1:]], None
        start(self, args, *more, executable=executable, **named)

    subprocess.Popen.__init__ = emulated
    platform.machine = lambda: "aarch64"

if os.environ.get("GORAY_TEST_READ_ONLY"):
    makedirs = os.makedirs

    def refused(path, *more, **named):
        if "goray-" in str(path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        makedirs(path, *more, **named)

    os.makedirs = refused
