# python3: json, re, threading, subprocess, asyncio, ctypes, sqlite3, and the rest of what a program uses.
import asyncio, bisect, collections, concurrent.futures, contextlib, csv, ctypes, datetime, decimal, fractions, functools
import hashlib, heapq, io, itertools, json, math, multiprocessing, os, pickle, queue, random, re, select, shutil, signal
import socket, sqlite3, statistics, string, struct, subprocess, sys, tempfile, threading, time, uuid, zlib, bz2, lzma, array, mmap

data = {"list": list(range(50)), "nested": {"a": [1.5, None, True, "ü€"], "b": {"c": 1e300}}, "neg": -17}
text = json.dumps(data, sort_keys=True, indent=1)
assert json.loads(text) == data
print(hashlib.sha256(text.encode()).hexdigest(), json.loads("[1e5, -0.0, 12345678901234567890]"))
words = " ".join(f"name{i}=<{i * i}>;" for i in range(400))
print(len(re.findall(r"(\w+?)(\d+)=<(\d+)>", words)), re.sub(r"(\d+)", lambda m: str(int(m[1]) % 7), words)[:60])
print(re.match(r"(?P<a>x+)(?:y|z)*(?P<b>\d{2,3})?", "xxxyzzy123").groupdict(), re.split(r"[,;]\s*", "a, b;c"))

lock, total, q = threading.Lock(), [0], queue.Queue()
def worker(n):
    for i in range(2000):
        with lock:
            total[0] += n
    q.put(n)
ts = [threading.Thread(target=worker, args=(n,)) for n in range(1, 6)]
[t.start() for t in ts]
[t.join() for t in ts]
print("threads", total[0], sorted(q.get() for _ in ts))
with concurrent.futures.ThreadPoolExecutor(4) as ex:
    print("pool", sum(ex.map(lambda x: x * x, range(200))))
ev = threading.Event()
threading.Timer(0.02, ev.set).start()
print("event", ev.wait(5), threading.active_count() >= 1)
local = threading.local()
local.x = 1
cond = threading.Condition()
box = []
def consumer():
    with cond:
        while not box:
            cond.wait()
        box.append("seen")
c = threading.Thread(target=consumer)
c.start()
with cond:
    box.append("put")
    cond.notify()
c.join()
print(box)

print("run", subprocess.run([sys.executable, "-c", "import sys; print(sum(map(int, sys.stdin)))"], input="1\n2\n3\n",
                            capture_output=True, text=True).stdout.strip())
p = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
print("cat", p.communicate(b"x" * 100000)[0].count(b"x"), p.returncode)
print("shell", subprocess.call("exit 9", shell=True), subprocess.getoutput("echo a | tr a b"))
try:
    subprocess.run(["/nonexistent/program"])
except FileNotFoundError as e:
    print("missing", e.errno)
try:
    subprocess.run(["sleep", "5"], timeout=0.1)
except subprocess.TimeoutExpired:
    print("timeout")
p = subprocess.Popen(["sleep", "10"])
p.send_signal(signal.SIGTERM)
print("killed", p.wait())
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.write(w, b"child")
    os._exit(11)
print(os.read(r, 10), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
if __name__ == "__main__":
    ctx = multiprocessing.get_context("fork")
    with ctx.Pool(2) as pool:
        print("mp", pool.map(math.factorial, range(8)))

async def ticker(n, out):
    for i in range(n):
        await asyncio.sleep(0.001)
        out.append(i)
async def echo(reader, writer):
    while line := await reader.readline():
        writer.write(line.upper())
        await writer.drain()
    writer.close()
async def main():
    out = []
    await asyncio.gather(*(ticker(5, out) for _ in range(10)))
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"hello\nworld\n")
    writer.write_eof()
    lines = (await reader.read()).decode().split()
    writer.close()
    server.close()
    proc = await asyncio.create_subprocess_exec("echo", "sub", stdout=asyncio.subprocess.PIPE)
    sub = (await proc.communicate())[0]
    try:
        await asyncio.wait_for(asyncio.sleep(5), 0.02)
    except asyncio.TimeoutError:
        lines.append("late")
    loop = asyncio.get_running_loop()
    got = loop.create_future()
    loop.add_signal_handler(signal.SIGUSR1, got.set_result, "usr1")
    os.kill(os.getpid(), signal.SIGUSR1)
    return len(out), lines, sub, await got
print("asyncio", asyncio.run(main()))

libc = ctypes.CDLL(None)
print("ctypes", libc.abs(-5), libc.strlen(b"twelve chars"), ctypes.c_double.in_dll if False else "")
libm = ctypes.CDLL("libm.so.6")
libm.sqrt.restype, libm.sqrt.argtypes = ctypes.c_double, [ctypes.c_double]
libm.ldexpf.restype, libm.ldexpf.argtypes = ctypes.c_float, [ctypes.c_float, ctypes.c_int]
print(libm.sqrt(2.0), libm.ldexpf(1.5, 4))
CMP = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int))
arr = (ctypes.c_int * 100)(*[(i * 37) % 101 for i in range(100)])
libc.qsort(arr, 100, 4, CMP(lambda a, b: a[0] - b[0]))
print(list(arr) == sorted(arr))
class S(ctypes.Structure):
    _fields_ = [("a", ctypes.c_byte), ("b", ctypes.c_double), ("c", ctypes.c_short * 3)]
class D(ctypes.Structure):
    _fields_ = [("quot", ctypes.c_long), ("rem", ctypes.c_long)]
libc.ldiv.restype, libc.ldiv.argtypes = D, [ctypes.c_long, ctypes.c_long]
d = libc.ldiv(17, 5)
buf = ctypes.create_string_buffer(64)
libc.snprintf(buf, ctypes.c_size_t(64), b"%d %s %ld", ctypes.c_int(5), b"str", ctypes.c_long(-1 << 40))
print(ctypes.sizeof(S), d.quot, d.rem, buf.value)

db = sqlite3.connect(":memory:")
db.execute("create table t(id integer primary key, name text, v real)")
db.executemany("insert into t(name, v) values(?, ?)", [(f"n{i % 17}", i * 0.5) for i in range(2000)])
print("sqlite", db.execute("select name, count(*), sum(v) from t group by name order by 3 desc limit 3").fetchall())
db.create_function("twice", 1, lambda x: x * 2)
print(db.execute("select twice(max(id)), (select count(*) from t a join t b on a.id = b.id + 1) from t").fetchone())

rnd = random.Random(42)
xs = [rnd.random() for _ in range(1000)]
print("%.15f %.15f %.15f" % (sum(xs), statistics.stdev(xs), math.fsum(x * x for x in xs)), rnd.sample(range(100), 5))
print(decimal.Decimal(1) / decimal.Decimal(7), fractions.Fraction(3, 7) ** 5, 3 ** 200 % 1000007, -17 // 5, -17 % 5, divmod(10**30, 7**11))
print(math.comb(50, 25), math.gcd(2**60, 6**20), float("1e-320"), 0.1 + 0.2, round(2.675, 2), (0.1).hex(), int(1e20), complex(1, 2) ** 3)
print(struct.pack("<bhiqfd", -1, 2, -3, 4, 1.5, -2.5).hex(), zlib.crc32(b"abc" * 1000), zlib.adler32(b"abc"))
blob = b"".join(struct.pack("<I", i * i % 65537) for i in range(20000))
for z in (zlib, bz2, lzma):
    assert z.decompress(z.compress(blob)) == blob
print(hashlib.md5(zlib.compress(blob, 6)).hexdigest(), [hashlib.new(h, blob).hexdigest()[:16] for h in ("md5", "sha1", "sha512", "sha3_256", "blake2b")])
print(pickle.loads(pickle.dumps({"a": {1, 2}, "b": (None, 1.5)})), uuid.uuid5(uuid.NAMESPACE_DNS, "example"))
fib = functools.lru_cache(None)(lambda n: n if n < 2 else fib(n - 1) + fib(n - 2))
print(fib(200), collections.Counter("mississippi").most_common(2), list(itertools.permutations("abc"))[3], heapq.nsmallest(3, [5, 1, 4, 2]))
print(datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc) + datetime.timedelta(days=366), "{:>10,.2f}|{:^9}|{!r}".format(1234567.891, "mid", "q"))
with tempfile.TemporaryDirectory() as td:
    path = os.path.join(td, "f")
    with open(path, "w+b") as f:
        f.write(b"\0" * 8192)
        f.flush()
        with mmap.mmap(f.fileno(), 0) as m:
            m[4096:4100] = b"mmap"
        f.seek(4096)
        print(f.read(4), os.stat(path).st_size, sorted(os.listdir(td)))
try:
    def rec(n):
        return rec(n + 1)
    rec(0)
except RecursionError:
    print("recursion limit")
def gen():
    try:
        x = yield 1
        yield x * 2
    finally:
        print("closed")
g = gen()
print(next(g), g.send(21))
g.close()
with contextlib.suppress(ZeroDivisionError):
    1 / 0
hits = []
signal.signal(signal.SIGALRM, lambda s, f: hits.append(s))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
end = time.monotonic() + 5
while len(hits) < 3 and time.monotonic() < end:
    sum(range(1000))
signal.setitimer(signal.ITIMER_REAL, 0)
print("alarms", len(hits) >= 3, sys.byteorder, sys.maxsize, string.hexdigits)
sys.exit(3)
