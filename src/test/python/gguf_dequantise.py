"""Dequantises blocks with the package gguf, the reference of the formats.

gguf_dequantise.py TYPE < blocks > floats       little-endian float32
gguf_dequantise.py golden > dequantised.txt     writes src/test/resources/model/dequantised.txt anew
"""
import sys

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize

TYPES = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K")
# Where a block's halves lie; random bits there would often be infinite or no number.
HALVES = {"F16": (0,), "Q4_0": (0,), "Q4_1": (0, 2), "Q5_0": (0,), "Q5_1": (0, 2), "Q8_0": (0,), "Q4_K": (0, 2), "Q5_K": (0, 2), "Q6_K": (208,)}


def floats(name, data):
    kind = GGMLQuantizationType[name]
    with np.errstate(all="ignore"):
        return dequantize(data.reshape(-1, GGML_QUANT_SIZES[kind][1]), kind).astype("<f4").tobytes()


def golden():
    random = np.random.default_rng(20260101)
    print("# type, block, float32 values (hexadecimal, little-endian), by the package gguf; written by src/test/python/gguf_dequantise.py golden")
    for name in TYPES:
        elements, size = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
        for _ in range(4 if elements > 1 else 16):
            block = random.integers(0, 256, size, dtype=np.uint8)
            for at in HALVES.get(name, ()):
                block[at : at + 2] = np.array([random.normal()], dtype="<f2").view(np.uint8)
            if elements == 1 and name != "F16":
                block = np.array([random.normal()], dtype="<f4").view(np.uint8)[4 - size :]
            print(name, block.tobytes().hex(), floats(name, block).hex())


if sys.argv[1] == "golden":
    golden()
else:
    sys.stdout.buffer.write(floats(sys.argv[1], np.frombuffer(sys.stdin.buffer.read(), dtype=np.uint8)))
