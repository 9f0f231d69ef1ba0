"""A name server on 127.0.0.1 that knows addresses only: reverse_names.py [ADDRESS=NAME…]

What it is asked for it prints, a line each, after "ready". A name of "-" is never answered; other
addresses have none (RFC 1035: NXDOMAIN).
"""

import ipaddress
import socket
import struct
import sys

_PTR, _IN = 12, 1
_ANSWER, _NO_SUCH_NAME = 0x8180, 0x8183


def encoded(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def question_of(query):
    """(name, the question's bytes)"""
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += query[at] + 1
    return ".".join(labels), query[12:at + 5]


def answer_to(query, name, question):
    """`name`: of the address that is asked for; nothing where it has none."""
    head = query[:2] + struct.pack(">5H", _ANSWER if name else _NO_SUCH_NAME, 1, bool(name), 0, 0)
    if not name:
        return head + question
    data = encoded(name)
    return head + question + struct.pack(">HHHIH", 0xC00C, _PTR, _IN, 60, len(data)) + data


def main(words):
    pairs = (word.split("=") for word in words)
    names = {ipaddress.ip_address(address).reverse_pointer: name for address, name in pairs}
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    print("ready", flush=True)
    while True:
        query, peer = server.recvfrom(512)
        asked, question = question_of(query)
        print(asked, flush=True)
        if names.get(asked) != "-":
            server.sendto(answer_to(query, names.get(asked), question), peer)


if __name__ == "__main__":
    main(sys.argv[1:])
