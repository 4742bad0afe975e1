# Compiles hello.c, and writes a script that says which architecture Debian calls this.
import os
import subprocess

subprocess.run(["gcc", "-O2", "-o", "hello", "hello.c"], check=True)
arch = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout
with open("report", "w") as script:
    script.write("#!/bin/sh\necho report of " + arch)
os.chmod("report", 0o755)
