#!/usr/bin/env python3
"""Checks a proof that `candor journal prove` wrote. Needs Python 3 and nothing else: no Candor, no key of the house.

    python3 check-proof.py PROOF [KEY]

KEY is the text that `candor journal checkpoint` printed, got from the house by another way than the proof. Without it the proof is
checked against the key that it brings along, which shows only that it fits itself. It proves that each entry, with its stream, place,
time, actor and sealed content, is in the journal whose head was signed. It says nothing about what an entry means: that is sealed.
"""
import base64, hashlib, json, sys

P = 2**255 - 19  # Ed25519, RFC 8032
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or (x == 0 and sign):
        sys.exit("REFUSED: a point of the signature is none")
    return P - x if x & 1 != sign else x


def point(text):
    y = int.from_bytes(text, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign)
    return x, y, 1, x * y % P


def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    g, h, i, j = f - e, d - c, d + c, f + e
    return g * h % P, i * j % P, h * i % P, g * j % P


def times(n, a):
    r = (0, 1, 1, 0)
    while n:
        r, a, n = add(r, a) if n & 1 else r, add(a, a), n >> 1
    return r


BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def signed(key, text, signature):
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(r + key + text).digest(), "little") % Q
    a, b = times(s, BASE), add(point(r), times(k, point(key)))
    return s < Q and (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def leaf(e):
    numbers = b"".join(e[name].to_bytes(8, "big", signed=True) for name in ("log_index", "seq", "recorded_us"))
    names = b"".join(len(n).to_bytes(8, "big") + n for n in (e[k].encode() for k in ("stream", "actor", "key_id")))
    return sha(b"\0", numbers, names, bytes.fromhex(e["sealed_sha256"]))


def root(hash, place, size, path):  # RFC 9162, section 2.1.3.2
    last = size - 1
    for other in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            hash = sha(b"\1", other, hash)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            hash = sha(b"\1", hash, other)
        place, last = place >> 1, last >> 1
    return hash if last == 0 else None


proof = json.load(open(sys.argv[1], encoding="utf-8"))
given = sys.argv[2] if len(sys.argv) > 2 else proof["key"]
origin, key_hash, key = given.split("+", 2)
key = base64.b64decode(key)
if key_hash != sha(origin.encode(), b"\n", key)[:4].hex() or key[0] != 1 or given != proof["key"]:
    sys.exit("REFUSED: the proof was made with another key")
text, signatures = proof["checkpoint"].split("\n\n", 1)  # C2SP signed-note and tlog-checkpoint
name, size, head = text.split("\n")
lines = [line.split(" ") for line in signatures.splitlines() if line.startswith("\u2014 " + origin + " ")]
marks = [base64.b64decode(line[2]) for line in lines]
if name != origin or not any(m[:4].hex() == key_hash and signed(key[1:], text.encode() + b"\n", m[4:]) for m in marks):
    sys.exit("REFUSED: the checkpoint is not signed by this key")
for e in proof["entries"]:
    found = root(leaf(e), e["log_index"], int(size), [bytes.fromhex(h) for h in e["path"]])
    if not e["log_index"] < int(size) or found != base64.b64decode(head):
        sys.exit(f"REFUSED: entry {e['log_index']} is not in the journal of this checkpoint")
print(f"PROVEN: {len(proof['entries'])} entries are in the journal of {size} entries that {origin} signed")
