# AES-128-GCM through libcrypto (the openssl program refuses AEAD ciphers): known answer, tag, tampering.
import ctypes, glob, os
name = [n for n in ("libcrypto.so.3",)][0]
c = ctypes.CDLL(name)
c.EVP_CIPHER_CTX_new.restype = c.EVP_aes_128_gcm.restype = c.EVP_chacha20_poly1305.restype = ctypes.c_void_p
for f in ("EVP_EncryptInit_ex", "EVP_DecryptInit_ex"):
    getattr(c, f).argtypes = [ctypes.c_void_p] * 3 + [ctypes.c_char_p] * 2
for f in ("EVP_EncryptUpdate", "EVP_DecryptUpdate"):
    getattr(c, f).argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int), ctypes.c_char_p, ctypes.c_int]
for f in ("EVP_EncryptFinal_ex", "EVP_DecryptFinal_ex"):
    getattr(c, f).argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
c.EVP_CIPHER_CTX_ctrl.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_char_p]

def seal(cipher, key, iv, aad, text):
    ctx, n, out, tag = c.EVP_CIPHER_CTX_new(), ctypes.c_int(), ctypes.create_string_buffer(len(text) + 16), ctypes.create_string_buffer(16)
    c.EVP_EncryptInit_ex(ctx, cipher, None, key, iv)
    c.EVP_EncryptUpdate(ctx, None, ctypes.byref(n), aad, len(aad))
    c.EVP_EncryptUpdate(ctx, out, ctypes.byref(n), text, len(text))
    c.EVP_EncryptFinal_ex(ctx, None, ctypes.byref(n))
    c.EVP_CIPHER_CTX_ctrl(ctx, 0x10, 16, tag)
    return out.raw[:len(text)], tag.raw

def opens(cipher, key, iv, aad, sealed, tag):
    ctx, n, out = c.EVP_CIPHER_CTX_new(), ctypes.c_int(), ctypes.create_string_buffer(len(sealed) + 16)
    c.EVP_DecryptInit_ex(ctx, cipher, None, key, iv)
    c.EVP_DecryptUpdate(ctx, None, ctypes.byref(n), aad, len(aad))
    c.EVP_DecryptUpdate(ctx, out, ctypes.byref(n), sealed, len(sealed))
    c.EVP_CIPHER_CTX_ctrl(ctx, 0x11, 16, tag)
    return c.EVP_DecryptFinal_ex(ctx, None, ctypes.byref(n)) > 0, out.raw[:len(sealed)]

gcm = c.EVP_aes_128_gcm()
print([x.hex() for x in seal(gcm, bytes(16), bytes(12), b"", bytes(16))])
key, iv, aad = bytes(range(16)), bytes(range(12)), b"header"
for size in (0, 1, 15, 16, 17, 100, 1000, 65537):
    text = bytes(i * i % 251 for i in range(size))
    for cipher, k in ((gcm, key), (c.EVP_chacha20_poly1305(), key * 2)):
        sealed, tag = seal(cipher, k, iv, aad, text)
        ok, back = opens(cipher, k, iv, aad, sealed, tag)
        bad, _ = opens(cipher, k, iv, aad + b"!", sealed, tag)
        print(size, sealed[-8:].hex(), tag.hex(), ok, back == text, bad)
