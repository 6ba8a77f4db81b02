"""Answers requests of the form `function number` with the seconds that the cached call took."""

import sys
import time

try:
    import joblib
    import numpy
except ImportError:
    print("missing", flush=True)
    sys.exit()


def one_number(number):
    return number * 3


def small(number):
    return f"{number:0200d}"


def large(number):
    return numpy.sqrt(numpy.arange(number, number + 1_000_000, dtype=numpy.float64))


copied = joblib.Memory(sys.argv[1], verbose=0)
mapped = joblib.Memory(sys.argv[1], verbose=0, mmap_mode="r")
functions = {
    "one_number": copied.cache(one_number),
    "small": copied.cache(small),
    "large": copied.cache(large),
    "mapped": mapped.cache(large),
}
print("ready", joblib.__version__, flush=True)
for line in sys.stdin:
    function, number = line.split()
    function, number = functions[function], int(number)
    started = time.perf_counter()
    function(number)
    took = time.perf_counter() - started
    print(repr(took), flush=True)
