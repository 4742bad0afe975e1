// JavaScript program of real.sh: typed arrays, objects, strings, regular expressions, JSON, closures.
'use strict';
let x = 1;
const next = () => (x = (Math.imul(x, 1103515245) + 12345) & 0x7fffffff);

function sha(blocks) {
    const w = new Uint32Array(64);
    let a = 1, b = 2, c = 3, d = 4;
    for (let n = 0; n < blocks; n++) {
        for (let i = 0; i < 64; i++) {
            w[i] = i < 16 ? next() : (w[i - 3] ^ w[i - 8] ^ w[i - 14]) << 1 | w[i - 16] >>> 31;
            const t = (a << 5 | a >>> 27) + (b & c | ~b & d) + w[i] | 0;
            d = c; c = b << 30 | b >>> 2; b = a; a = t;
        }
    }
    return a ^ b ^ c ^ d;
}

class Node {
    constructor(key) { this.key = key; this.left = this.right = null; }
    add(key) {
        const side = key < this.key ? 'left' : 'right';
        if (this[side]) this[side].add(key); else this[side] = new Node(key);
    }
    depth() { return 1 + Math.max(this.left ? this.left.depth() : 0, this.right ? this.right.depth() : 0); }
}

function tree(n) {
    const root = new Node(next() >> 8);
    for (let i = 0; i < n; i++) root.add(next() >> 8);
    return root.depth();
}

function text(n) {
    const rows = [];
    for (let i = 0; i < n; i++) rows.push({id: i, name: 'n' + (next() >> 8).toString(36), list: [i % 3, i % 5]});
    const s = JSON.stringify(rows);
    const m = s.match(/"n[a-m][^"]*"/g);
    const words = new Map();
    for (const r of JSON.parse(s)) words.set(r.name[1], (words.get(r.name[1]) || 0) + r.list[1]);
    return [s.length, m.length, words.size];
}

function nbody(n) {
    const p = new Float64Array(30);
    for (let i = 0; i < 30; i++) p[i] = (next() >> 8) % 1000 / 10;
    let e = 0;
    for (let s = 0; s < n; s++) {
        for (let i = 0; i < 10; i++) {
            for (let j = i + 1; j < 10; j++) {
                const dx = p[i] - p[j], dy = p[10 + i] - p[10 + j];
                e += 1 / Math.sqrt(dx * dx + dy * dy + 1);
                p[i] -= dx * 1e-6;
            }
        }
    }
    return e.toFixed(3);
}

console.log(sha(40000), tree(60000), text(20000).join(' '), nbody(20000));
