"""Open ports on all addresses.

usage: listeners.py [PORT…] [udp PORT…] [mute PORT…] [greet WORDS PORT…] [elsewhere WORDS PORT…]

TCP ports accept and close at once, after the words for those behind `greet`; UDP ports send back
what they get, and one byte for nothing; those behind `mute` take it and say nothing. Those behind
`elsewhere` are UDP as well, and send the words, in which escapes are read, from another port. It
says "ready" when it listens on all of them.
"""

import resource
import select
import socket
import sys

_IPV6_FREEBIND = 78
_SPARE = 100  # descriptors beside those of the ports
_AT_ONCE = 64  # connections taken from one port before the next has its turn


def tcp(port, greeting):
    listener = socket.create_server(("::", port), family=socket.AF_INET6, backlog=65_535,
                                    dualstack_ipv6=True)
    listener.setblocking(False)

    def serve():
        for _ in range(_AT_ONCE):
            try:
                peer, _ = listener.accept()
            except OSError:  # nobody any more, or one that has gone again
                return
            with peer:
                if greeting:
                    peer.send(greeting)
    return listener, serve


def udp_socket(port):
    into = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    into.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    # The answer has to come from the address that was asked, and none of them is an interface's.
    into.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
    into.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    into.bind(("::", port))
    into.setblocking(False)
    return into


def udp(port, answers, from_elsewhere):
    into = udp_socket(port)
    out = udp_socket(0) if from_elsewhere else into

    def serve():
        for _ in range(_AT_ONCE):
            try:
                data, control, _, peer = into.recvmsg(2048, 256)
                if not answers:
                    continue
                out.sendmsg([from_elsewhere or data or b"!"],
                            [one for one in control if one[1] == socket.IPV6_PKTINFO], 0, peer)
            except OSError:
                return
    return into, serve


def all_of(words):
    """(socket, what serves it) of each port on the command line."""
    kind, greeting, from_elsewhere = "tcp", b"", b""
    words = iter(words)
    for word in words:
        if word in ("tcp", "udp", "mute"):
            kind, from_elsewhere = word, b""
        elif word == "elsewhere":
            kind = "udp"
            from_elsewhere = next(words).encode().decode("unicode_escape").encode("latin-1")
        elif word == "greet":
            greeting = next(words).encode()
        elif kind == "tcp":
            yield tcp(int(word), greeting)
        else:
            yield udp(int(word), answers=kind == "udp", from_elsewhere=from_elsewhere)


def main(words):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, len(words) + _SPARE), most))
    poll = select.epoll()
    served = {}
    for one, serve in all_of(words):
        poll.register(one, select.EPOLLIN)
        served[one.fileno()] = (one, serve)
    print("ready", flush=True)
    while True:
        for number, _ in poll.poll():
            served[number][1]()


if __name__ == "__main__":
    main(sys.argv[1:])
