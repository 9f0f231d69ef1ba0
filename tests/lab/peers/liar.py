"""Hosts that lie, on a TUN device: liar.py DEVICE

It makes the device, routes 10.53.0.0/16 and fd00:53::/112 there, and says "ready". What a host does
with a SYN is told by the last byte of its address: see LIES. A host without a lie is silent.
"""

import fcntl
import heapq
import os
import select
import struct
import subprocess
import sys
import time

_TUNSETIFF = 0x400454CA
_IFF_TUN_WITHOUT_HEADER = 0x1001
_TCP, _ICMP, _ICMP6 = 6, 1, 58
_SYN, _RST, _ACK = 2, 4, 16
_USUAL_OPTIONS = bytes([2, 4, 5, 0xB4, 1, 3, 3, 7])  # MSS 1,460, window scale 7
_WINDOW = 64_240


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


class Packet:
    """A TCP segment as it came: `source`, `target`, `from_port`, `to_port`, `seq`, `flags`."""

    def __init__(self, data):
        self.data = data
        self.family = data[0] >> 4
        if self.family == 4:
            head = (data[0] & 15) * 4
            self.protocol = data[9]
            self.source, self.target = data[12:16], data[16:20]
        else:
            head = 40
            self.protocol = data[6]
            self.source, self.target = data[8:24], data[24:40]
        self.number = data[19] if self.family == 4 else data[39]
        if self.protocol == _TCP:
            self.from_port, self.to_port, self.seq, _, _, self.flags = struct.unpack(
                "!HHIIBB", data[head:head + 14])

    def is_syn(self):
        return self.protocol == _TCP and self.flags & (_SYN | _ACK) == _SYN


def ip(packet, protocol, payload, source=None):
    """A whole packet back to whoever sent the other one."""
    source = source or packet.target
    if packet.family == 4:
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 0, 0, 60, protocol, 0,
                           source, packet.source)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    else:
        head = struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 60, source,
                           packet.source)
    return head + payload


def summed(packet, protocol, payload, at, source=None):
    """The payload with its checksum, over the pseudo header too, at this place."""
    source = source or packet.target
    if packet.family == 4:
        pseudo = struct.pack("!4s4sBBH", source, packet.source, 0, protocol, len(payload))
    else:
        pseudo = struct.pack("!16s16sII", source, packet.source, len(payload), protocol)
    if protocol == _ICMP:
        pseudo = b""  # RFC 792 has none
    value = checksum(pseudo + payload)
    return payload[:at] + struct.pack("!H", value) + payload[at + 2:]


def tcp(packet, flags, ack=None, options=_USUAL_OPTIONS, window=_WINDOW, from_port=None,
        source=None):
    """A segment in answer. `ack` is what it acknowledges; usually what a host should."""
    ack = packet.seq + 1 if ack is None else ack
    options = b"" if flags & _RST else options
    seq = 0 if flags & _RST else 1_000_000
    payload = struct.pack("!HHIIBBHHH", packet.to_port if from_port is None else from_port,
                          packet.from_port, seq, ack & 0xFFFFFFFF,
                          (20 + len(options)) // 4 << 4, flags, 0 if flags & _RST else window, 0,
                          0) + options
    return ip(packet, _TCP, summed(packet, _TCP, payload, 16, source), source)


def prohibited(packet, quote):
    """An ICMP error, communication administratively prohibited, about what is quoted."""
    if packet.family == 4:
        payload = struct.pack("!BBHI", 3, 13, 0, 0) + quote
        return ip(packet, _ICMP, summed(packet, _ICMP, payload, 2))
    payload = struct.pack("!BBHI", 1, 1, 0, 0) + quote
    return ip(packet, _ICMP6, summed(packet, _ICMP6, payload, 2))


def changed(packet, at, value):
    """The packet with other bytes at a place behind its IP header: a quote of what nobody sent."""
    at += 20 if packet.family == 4 else 40
    return packet.data[:at] + value + packet.data[at + len(value):]


def quoted(packet):
    """As much of a packet as an old router quotes: 8 bytes of its payload."""
    return packet.data[:28 if packet.family == 4 else 48]


# --- the lies: each takes a SYN and yields (seconds to wait, packet) ------------------------------

def syn_ack_for_all(packet):
    yield 0, tcp(packet, _SYN | _ACK)


def zero_window(packet):
    yield 0, tcp(packet, _SYN | _ACK, window=0, options=b"")


def wrong_acknowledgement(packet):
    yield 0, tcp(packet, _SYN | _ACK, ack=packet.seq + 2)
    yield 0, tcp(packet, _SYN | _ACK, ack=packet.seq)
    yield 0, tcp(packet, _SYN | _ACK, ack=0)


def reset_without_the_one(packet):
    """Some devices acknowledge the sequence number itself; it is a valid answer all the same."""
    yield 0, tcp(packet, _RST | _ACK, ack=packet.seq)


def late(seconds):
    def say(packet):
        yield seconds, tcp(packet, _SYN | _ACK)
    return say


def everything_twice(packet):
    answer = tcp(packet, _SYN | _ACK if packet.to_port % 2 else _RST | _ACK)
    yield 0, answer
    yield 0, answer


def foreign_quote(packet):
    """ICMP errors about packets that were never sent: another port, another sequence number."""
    yield 0, prohibited(packet, changed(packet, 0, b"\x01\x01"))
    yield 0, prohibited(packet, changed(packet, 4, b"\x01\x02\x03\x04"))
    yield 0, prohibited(packet, quoted(packet)[:22])  # not even the ports


def wrong_port(packet):
    yield 0, tcp(packet, _SYN | _ACK, from_port=packet.to_port ^ 1)
    yield 0, tcp(packet, _RST | _ACK, from_port=packet.to_port ^ 1)


def wrong_reset(packet):
    yield 0, tcp(packet, _RST | _ACK, ack=packet.seq + 1000)
    yield 0, tcp(packet, _RST, ack=0)


def short_quote(packet):
    yield 0, prohibited(packet, quoted(packet))


def rubbish(packet):
    """Headers that end in the middle, that contradict themselves, and chance."""
    good = tcp(packet, _SYN | _ACK)
    for length in (1, 20, 25, 33, 41):
        yield 0, good[:length]
    head = 20 if packet.family == 4 else 40
    yield 0, good[:head + 12] + b"\xf0" + good[head + 13:]  # a TCP header longer than the packet
    yield 0, good[:head + 12] + b"\x00" + good[head + 13:]  # one without any length
    yield 0, good[:head] + os.urandom(40)
    yield 0, ip(packet, _TCP, b"")
    yield 0, prohibited(packet, b"")
    yield 0, prohibited(packet, os.urandom(60))


def other_host(packet):
    """The host beside it answers."""
    source = packet.target[:-1] + bytes([packet.target[-1] ^ 0x80])
    yield 0, tcp(packet, _SYN | _ACK, source=source)
    yield 0, tcp(packet, _RST | _ACK, source=source)


def flood(packet):
    """Ten resets of ports that nobody asked for with each answer."""
    for more in range(10):
        yield 0, tcp(packet, _RST | _ACK, from_port=(packet.to_port + 1000 + more) % 65536)
    yield 0, tcp(packet, _RST | _ACK)


def damaged(packet):
    """Answers that are right in all but their checksum, as what was changed on its way is."""
    head = 20 if packet.family == 4 else 40
    for answer, at in ((tcp(packet, _SYN | _ACK), 16), (tcp(packet, _RST | _ACK), 16),
                       (prohibited(packet, quoted(packet)), 2)):
        at += head
        yield 0, answer[:at] + bytes([answer[at] ^ 0x55]) + answer[at + 1:]


LIES = {1: syn_ack_for_all, 2: zero_window, 3: wrong_acknowledgement, 4: reset_without_the_one,
        5: late(0.9), 6: late(1.1), 7: late(3), 8: everything_twice, 9: foreign_quote,
        10: wrong_port, 11: wrong_reset, 12: short_quote, 13: rubbish, 14: other_host, 15: flood,
        16: damaged}


# --- the device -----------------------------------------------------------------------------------

def open_tun(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", name.encode(), _IFF_TUN_WITHOUT_HEADER))
    subprocess.run(["ip", "link", "set", name, "up", "txqueuelen", "10000"], check=True)
    for net in ("10.53.0.0/16", "fd00:53::/112"):
        subprocess.run(["ip", "route", "add", net, "dev", name], check=True)
    return device


def write(device, packet):
    try:
        os.write(device, packet)
    except OSError:
        pass  # the kernel refuses some of the rubbish


def read_all(device):
    while True:
        try:
            yield os.read(device, 65536)
        except BlockingIOError:
            return


def main(name):
    device = open_tun(name)
    print("ready", flush=True)
    later, count = [], 0
    while True:
        wait = max(0, later[0][0] - time.monotonic()) if later else None
        if select.select([device], [], [], wait)[0]:
            for data in read_all(device):
                packet = Packet(data)
                if packet.number in LIES and packet.is_syn():
                    for seconds, answer in LIES[packet.number](packet):
                        if not seconds:
                            write(device, answer)
                            continue
                        count += 1
                        heapq.heappush(later, (time.monotonic() + seconds, count, answer))
        while later and later[0][0] <= time.monotonic():
            write(device, heapq.heappop(later)[2])


if __name__ == "__main__":
    main(sys.argv[1])
