"""Datagrams that are counted: datagrams.py send ADDRESS PORT COUNT RATE | count PORT SECONDS

`count` says "ready", ends after so many seconds of silence and prints how many came, and how many
different ones.
"""

import socket
import sys
import time

BATCH = 100


def send(address, port, count, rate):
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.connect((address, port))
    begin = time.monotonic()
    for number in range(count):
        if number % BATCH == 0:  # paced, so that no queue on the way overflows
            time.sleep(max(0, begin + number / rate - time.monotonic()))
        out.send(number.to_bytes(4, "big"))
    print(count)


def count(port, silence):
    into = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    into.setsockopt(socket.SOL_SOCKET, 33, 64 << 20)  # SO_RCVBUFFORCE
    into.bind(("", port))
    print("ready", flush=True)
    seen, different = 0, set()
    while True:
        try:
            different.add(into.recv(100))
        except TimeoutError:
            break
        seen += 1
        if seen == 1:
            into.settimeout(silence)
    print(seen, len(different))


if __name__ == "__main__":
    if sys.argv[1] == "send":
        send(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
    else:
        count(int(sys.argv[2]), float(sys.argv[3]))
