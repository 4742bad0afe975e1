"""Python programs of real.sh: kernels.py NAME runs one and prints what it found, which does not depend on the machine."""
import sys


def numbers(n, seed=1):
    """N pseudo-random 31-bit numbers, the same everywhere."""
    x = seed
    for _ in range(n):
        x = (x * 1103515245 + 12345) & 0x7FFFFFFF
        yield x


def words(n):
    return ["w%x" % (x >> 11) for x in numbers(n)]


def run_json():
    import json
    rows = [{"id": x, "name": "user%d" % x, "tags": ["a", "b\n", str(x)], "score": x / 7, "ok": x % 2 == 0,
             "inner": {"x": x, "none": None}} for x in numbers(1500)]
    size = 0
    for _ in range(6):
        text = json.dumps(rows, indent=1)
        rows = json.loads(text)
        size += len(text)
    return size


def run_regex():
    import re
    text = " ".join("%s@%s.org %d.%d.%d.%d" % (w, w[::-1], len(w), i & 255, i & 7, i & 31)
                    for i, w in enumerate(words(6000)))
    total = 0
    for pattern in (r"[a-z0-9]+@[a-z0-9]+\.(?:org|com)", r"\b\d{1,3}(?:\.\d{1,3}){3}\b", r"(w[0-9a-f]+).*?\1",
                    r"(?i)W[0-4]+", r"[^@ ]*e[^@ ]*@"):
        total = total * 31 + len(re.findall(pattern, text))
    return total, len(re.sub(r"(\d+)\.(\d+)", r"\2:\1", text))


def run_float():
    bodies = [[float(x % 1000), float(x % 777), float(x % 333), 0.0, 0.0, 0.0, 1.0 + x % 5] for x in numbers(6)]
    for _ in range(3000):
        for i, a in enumerate(bodies):
            for b in bodies[i + 1:]:
                dx, dy, dz = a[0] - b[0], a[1] - b[1], a[2] - b[2]
                mag = 0.001 / ((dx * dx + dy * dy + dz * dz + 1.0) ** 1.5)
                for k, d in ((3, dx), (4, dy), (5, dz)):
                    a[k] -= d * b[6] * mag
                    b[k] += d * a[6] * mag
        for a in bodies:
            a[0] += a[3]
            a[1] += a[4]
            a[2] += a[5]
    return "%.6f" % sum(a[0] for a in bodies)


def run_dict():
    count = {}
    for w in words(60000):
        count[w] = count.get(w, 0) + 1
    by_length = {}
    for w, n in count.items():
        by_length.setdefault(len(w), []).append((n, w))
    for row in by_length.values():
        row.sort()
    inverted = {v: k for k, v in enumerate(sorted(set(count)))}
    return len(count), sorted((k, len(v), v[-1]) for k, v in by_length.items())[-1], sum(inverted.values()) % 9973


class Shape:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def area(self):
        return 0

    def grown(self, n):
        return type(self)(self.x + n, self.y + n)


class Box(Shape):
    def area(self):
        return self.x * self.y


class Frame(Box):
    @property
    def inner(self):
        return max(self.x - 2, 0) * max(self.y - 2, 0)

    def area(self):
        return super().area() - self.inner


def run_class():
    shapes = [(Box if x & 64 else Frame)(x % 50, x % 31) for x in numbers(600)]
    total = 0
    for i in range(200):
        shapes = [s.grown(i % 3 - 1) for s in shapes]
        total += sum(s.area() for s in shapes)
    return total


def run_generators():
    def queens(n, row=0, cols=0, up=0, down=0):
        if row == n:
            yield 1
        for c in range(n):
            if not (cols >> c & 1 or up >> (row + c) & 1 or down >> (row - c + n) & 1):
                yield from queens(n, row + 1, cols | 1 << c, up | 1 << (row + c), down | 1 << (row - c + n))

    return sum(queens(9)), 3 ** 60000 % 1000003, len(str(7 ** 4000))


def run_numpy():
    import numpy as np
    a = np.arange(300 * 300, dtype=np.float64).reshape(300, 300) % 17
    out = [int((a @ (a.T % 5)).sum())]
    v = np.fromiter(numbers(250000), dtype=np.int64)
    out += [int(np.sort(v)[1000]), int(np.unique(v % 1000).size), int((v[v % 3 == 0] * 7 % 11).sum())]
    f = v.astype(np.float64) / 3
    out.append("%.4g" % np.sqrt(f * f + f).mean())
    out.append("%.3g" % np.abs(np.fft.rfft(f[:65536])).max())
    return out


def run_start():
    return "started"


print(sys.argv[1], globals()["run_" + sys.argv[1]]())
