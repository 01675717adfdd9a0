"""Copies the installed ONNX Runtime and takes AVX-512 from the copy, so that AVX2 can be measured on both sides.

    venv/bin/python without_avx512.py FOLDER && PYTHONPATH=FOLDER venv/bin/python compare.py ... --dispatch avx2

ONNX Runtime has no switch for its instructions. It asks the processor (CPUID leaf 7, EBX bit 16: AVX-512F) soon after
it asked which registers the system saves (XGETBV); in the copy these tests find nothing.
"""

import pathlib
import re
import shutil
import sys

import onnxruntime

XGETBV = b"\x0f\x01\xd0"
# test r32, 1 << 16
TEST_BIT_16 = re.compile(rb"\xf7[\xc0-\xc7]\x00\x00\x01\x00")
# How far the tests stand behind, in bytes.
REACH = 1024


def main():
    folder = pathlib.Path(sys.argv[1])
    copy = folder / "onnxruntime"
    shutil.copytree(pathlib.Path(onnxruntime.__file__).parent, copy)
    (library,) = copy.glob("capi/onnxruntime_pybind11_state*.so")
    code = bytearray(library.read_bytes())
    tests = set()
    at = code.find(XGETBV)
    while at >= 0:
        tests.update(found.start() for found in TEST_BIT_16.finditer(code, at, at + REACH))
        at = code.find(XGETBV, at + 1)
    if not tests:
        raise SystemExit(f"{library}: no test for AVX-512 found; another version?")
    for test in tests:
        code[test + 2 : test + 6] = bytes(4)
    library.write_bytes(code)
    print(f"{library}: {len(tests)} tests for AVX-512 find nothing now")


if __name__ == "__main__":
    main()
