#!/bin/sh
# openssl: digests, ciphers, MACs, RSA and EC keys: made, used, verified; deterministic outputs compared.
set -u
export OPENSSL_CONF=/dev/null
awk 'BEGIN { for (i = 0; i < 20000; i++) print i, i * i % 9973 }' >data
for d in md5 sha1 sha224 sha256 sha384 sha512 sha3-256 sha3-512 blake2b512 blake2s256 ripemd160 sm3 shake128; do openssl dgst -$d -r data 2>/dev/null; done
key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f iv=0f0e0d0c0b0a09080706050403020100
for c in aes-128-cbc aes-256-cbc aes-128-ctr aes-192-ofb aes-256-cfb aes-128-ecb camellia-128-cbc chacha20 aria-128-cbc des-ede3-cbc; do
    k=$key; case $c in *128*) k=${key:0:32} ;; *192* | des*) k=${key:0:48} ;; esac
    v=$iv; case $c in des*) v=${iv:0:16} ;; *ecb) v= ;; esac
    openssl enc -$c -K $k ${v:+-iv $v} -in data -out enc 2>/dev/null && md5sum <enc && openssl enc -d -$c -K $k ${v:+-iv $v} -in enc 2>/dev/null | cmp - data && echo "$c ok"
done
openssl enc -aes-256-cbc -pbkdf2 -iter 2000 -S 0102030405060708 -pass pass:secret -in data | md5sum
openssl dgst -sha256 -hmac key data | sed 's/.*= //'; openssl mac -macopt hexkey:$key -macopt cipher:aes-256-cbc -in data CMAC 2>/dev/null; openssl mac -macopt hexkey:${key:0:32} -macopt hexiv:${iv:0:24} -macopt cipher:aes-128-gcm -in data GMAC 2>/dev/null
openssl mac -macopt hexkey:$key -in data Poly1305; openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:abc -kdfopt salt:def -kdfopt info:x HKDF 2>/dev/null
openssl genrsa -out rsa.pem 2048 2>/dev/null && openssl rsa -in rsa.pem -check -noout 2>&1 | tail -1; openssl rsa -in rsa.pem -pubout -out pub.pem 2>/dev/null
openssl dgst -sha256 -sign rsa.pem -out sig data && openssl dgst -sha256 -verify pub.pem -signature sig data; echo x >>sig; openssl dgst -sha256 -verify pub.pem -signature sig data 2>/dev/null
openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sign rsa.pem -out sig data && openssl dgst -sha256 -sigopt rsa_padding_mode:pss -verify pub.pem -signature sig data
head -c 100 data >small; openssl pkeyutl -encrypt -pubin -inkey pub.pem -in small -out rsa.enc && openssl pkeyutl -decrypt -inkey rsa.pem -in rsa.enc | cmp - small && echo rsa
for curve in prime256v1 secp384r1 secp521r1 secp256k1; do
    openssl ecparam -name $curve -genkey -noout -out ec.pem && openssl ec -in ec.pem -pubout -out ecpub.pem 2>/dev/null
    openssl dgst -sha256 -sign ec.pem -out sig data && openssl dgst -sha256 -verify ecpub.pem -signature sig data
done
openssl genpkey -algorithm x25519 -out x1.pem; openssl genpkey -algorithm x25519 -out x2.pem; openssl pkey -in x1.pem -pubout -out x1p.pem; openssl pkey -in x2.pem -pubout -out x2p.pem
openssl pkeyutl -derive -inkey x1.pem -peerkey x2p.pem -out s1; openssl pkeyutl -derive -inkey x2.pem -peerkey x1p.pem -out s2; cmp s1 s2 && echo agreed
openssl genpkey -algorithm ed25519 -out ed.pem; openssl pkey -in ed.pem -pubout -out edp.pem; openssl pkeyutl -sign -inkey ed.pem -rawin -in small -out sig; openssl pkeyutl -verify -pubin -inkey edp.pem -rawin -in small -sigfile sig
printf '[req]\ndistinguished_name=dn\n[dn]\n[v3]\nbasicConstraints=CA:TRUE\n' >req.cnf
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=test -days 10 -config req.cnf -extensions v3 2>/dev/null; openssl x509 -in ca.pem -noout -subject -issuer; openssl verify -CAfile ca.pem ca.pem
openssl prime 1000000007; openssl rand -hex 16 | wc -c; openssl passwd -6 -salt abcdefgh password; openssl passwd -1 -salt abcdefgh password; openssl base64 -in small | md5sum
openssl smime -sign -in small -signer ca.pem -inkey ca.key -out s.msg 2>/dev/null && openssl smime -verify -in s.msg -CAfile ca.pem 2>/dev/null | tr -d '\r' | cmp - small && echo smime
openssl version | cut -d' ' -f1
