// node: hot functions with changing types, regular expressions, functions compiled again and again, wasm, workers.
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

function fib(n) {
    return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

function worker() {
    let s = 0;
    for (let i = 0; i < 100000; i++) {
        s = (s * 31 + fib(i % 12) + workerData) | 0;
    }
    parentPort.postMessage(s);
}

function shapes() {
    const poly = o => o.v * 2 + o.w;
    let t = 0;
    for (let i = 0; i < 200000; i++) {
        t += poly(i % 3 ? { v: i, w: 1 } : i % 5 ? { w: 2, v: 1.5 } : { v: 1, x: 9, w: 3 });
    }
    console.log('shapes', t, 'fib', fib(24));
}

const text = 'the quick brown fox jumps over the lazy dog '.repeat(500);

function strings() {
    const words = {};
    for (const m of text.matchAll(/\b(\w)(\w*)\b/g)) {
        words[m[2]] = (words[m[2]] || 0) + m[1].charCodeAt(0);
    }
    console.log(JSON.stringify(words), 5n ** 77n + '');
}

function floats() {
    const f = new Float64Array(4096);
    for (let r = 0; r < 20; r++) {
        for (let i = 0; i < f.length; i++) {
            f[i] = Math.sqrt(i) * r + f[i] / 4;
        }
    }
    console.log('floats', f.reduce((a, b) => a + b, 0));
}

function compiled() {
    let g = 0;
    for (let i = 0; i < 200; i++) {
        g = (g + new Function('x', `let s = 0; for (let i = 0; i < 2000; i++) s = (s * ${i} + x * i) | 0; return s`)(i)) | 0;
    }
    console.log('functions', g);
}

function overflow() {
    try {
        return overflow() + 1;
    } catch (e) {
        return e instanceof RangeError ? 1 : NaN;
    }
}

async function wasm() {
    const m = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2,
        1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11]));
    let s = 0;
    for (let i = 0; i < 100000; i++) {
        s = m.instance.exports.add(s, i);
    }
    console.log('wasm', s);
}

async function main() {
    shapes();
    strings();
    floats();
    compiled();
    console.log('overflow', overflow() > 1000);
    await wasm();
    const start = n => new Promise((ok, no) => new Worker(__filename, { workerData: n }).on('message', ok).on('error', no));
    console.log('workers', (await Promise.all([1, 2, 3].map(start))).join());
    console.log(require('crypto').createHash('sha256').update(text).digest('hex'));
    console.log(require('zlib').gunzipSync(require('zlib').gzipSync(text)).length);
    console.log(require('child_process').execFileSync('/bin/echo', ['a', 'child']).toString().trim());
}

isMainThread ? main() : worker();
