"""`patchbay lab link`: what ping, iperf3 and counted datagrams find on such a link."""

import json
import pathlib
import re
import signal
import statistics
import sys

from lib import owner
from lib.case import case, contains, equal, holds, lacks, matches
from lib.waiting import until
from lib.wan import LEFT, RIGHT, RIGHT6, Wan, wan

DATAGRAMS = pathlib.Path(__file__).parent / "peers" / "datagrams.py"
PORT = 9000


def between(value, least, most, what):
    holds(least <= value <= most, f"{what}: {value:g}, not within {least:g} and {most:g}")


def round_trips_ms(lab, inside, address):
    """What ping saw, in order of size. The tests look at the median: on a busy machine the relay
    may have to wait for its turn now and then."""
    said = lab.run("ping", "-n", "-c", "21", "-i", "0.05", address, inside=inside).out
    return sorted(float(time) for time in re.findall(r"time=([\d.]+)", said))


@case(needs=["tun", "ping"])
def ping_sees_the_delay_of_both_ways(lab):
    left, _right, _link = wan(lab, "--delay", "50ms")
    for address in (RIGHT, RIGHT6):
        between(statistics.median(round_trips_ms(lab, left, address)), 98, 102, f"ping {address}")


@case(needs=["tun", "ping"])
def one_way_impairs_only_what_the_first_sends(lab):
    left, _right, _link = wan(lab, "--delay", "50ms", "--one-way")
    between(statistics.median(round_trips_ms(lab, left, RIGHT)), 49, 52, "ping")


@case(needs=["tun", "ping"])
def jitter_stays_within_what_was_asked(lab):
    left, _right, _link = wan(lab, "--delay", "20ms", "--jitter", "10ms", "--seed", "3")
    seen = round_trips_ms(lab, left, RIGHT)
    between(seen[0], 20, 40, "the least")
    between(statistics.median(seen), 22, 60, "the median")
    holds(len({round(time) for time in seen}) > 5, f"hardly any jitter: {seen}")


def iperf3(lab, client, server, *words):
    """What arrived, in Mbit/s of the payload."""
    listening = lab.start("iperf3", "--server", "--one-off", "--forceflush", inside=server)
    listening.wait_for("Server listening", "out")
    said = lab.run("iperf3", "--client", RIGHT, "--time", "4", "--omit", "1", "--json", *words,
                   inside=client, seconds=20)
    return json.loads(said.out)["end"]["sum_received"]["bits_per_second"] / 1e6


@case(needs=["tun", "iperf3"], seconds=60)
def iperf3_sees_the_rate(lab):
    left, right, _link = wan(lab, "--rate", "100Mbit/s")
    # 1,472 of a packet's 1,500 bytes are payload: 98.1 Mbit/s at best.
    datagrams = iperf3(lab, left, right, "--udp", "--bitrate", "120M", "--length", "1472")
    between(datagrams, 97, 103, "UDP")
    # Of a TCP segment 1,448 are: 96.5. It is the packets that have 100.
    stream = iperf3(lab, left, right)
    between(stream * 1500 / 1448, 97, 103, "TCP, its headers included")


def count_through(lab, left, right, count, rate):
    """Datagrams seen at the right end, and how many different ones."""
    counting = lab.start(sys.executable, DATAGRAMS, "count", PORT, "2", inside=right)
    counting.wait_for("ready", "out")
    lab.run(sys.executable, DATAGRAMS, "send", RIGHT, PORT, count, rate, inside=left, seconds=40)
    counting.wait(20)
    return [int(word) for word in counting.out.split()[1:]]


@case(needs=["tun"], seconds=60)
def one_percent_of_100_000_is_lost(lab):
    left, right, link = wan(lab, "--loss", "1%", "--seed", "1")
    seen, _different = count_through(lab, left, right, 100_000, 25_000)
    there, _back = link.close()
    equal(there["missed_packets"] + there["overflow_packets"], 0, "what the relay was too slow for")
    between(there["lost_packets"] / there["offered_packets"], 0.0085, 0.0115, "the share lost")
    # IPv6 says a few words of its own, and they may be lost as well.
    own = there["offered_packets"] - 100_000
    between(own, 0, 20, "packets that nobody sent")
    between(100_000 - there["lost_packets"], seen - own, seen + own, "the datagrams that arrived")


@case(needs=["tun"])
def the_same_packets_are_lost_again(lab):
    lost = []
    for _ in range(2):
        left, right, link = wan(lab, "--loss", "20%", "--duplicate", "10%", "--seed", "7")
        seen, different = count_through(lab, left, right, 2000, 10_000)
        there, _back = link.close()
        holds(seen > different, "nothing arrived twice")
        # Only what IPv6 said in between can differ.
        lost.append(there["lost_packets"] / there["offered_packets"])
        left.close()
        right.close()
    between(lost[0] - lost[1], -0.01, 0.01, "the difference of the shares lost")


@case(needs=["tun", "ping"])
def several_links_do_not_collide(lab):
    a, b, c = (lab.namespace(name) for name in "abc")
    Wan(lab, a, b)
    second = Wan(lab, b, c)
    addresses = re.findall(r"198\.18\.\d+\.\d+", second.program.out)
    equal(addresses, ["198.18.1.1", "198.18.1.2"], "the second link's addresses")
    lab.run("ping", "-n", "-c", "1", LEFT, inside=b)
    lab.run("ping", "-n", "-c", "1", "198.18.1.2", inside=b)
    said = lab.patchbay("lab", "link", b.name, c.name, "--network", "198.18.0.0/24", code=1)
    contains(said.err, f"{b.name} has the address 198.18.0.2/30 already", "the collision")


@case(needs=["tun"])
def a_link_leaves_nothing(lab):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        left, right, link = wan(lab)
        contains(left.ip("-o", "link"), "lab0", "the devices")
        link.program.send_signal(number)
        link.program.wait()
        for end in (left, right):
            until(lambda end=end: "lab0" not in end.ip("-o", "link"), f"the end of lab0, {number}")
            end.close()


@case(needs=["tun"])
def it_says_when_a_device_is_taken_away(lab):
    left, right = lab.namespace("left"), lab.namespace("right")
    link = lab.start_patchbay("lab", "link", left.name, right.name)
    link.wait_for("removes the link")
    left.ip("link", "delete", "lab0")
    equal(link.wait(), 1, "the exit code")
    matches(link.err, r"^error: the link has ended\n  because: .+\n  try: .+$", "the error")


@case(needs=["tun"])
def an_end_without_ipv6_is_told(lab):
    left, right = lab.namespace("left"), lab.namespace("right")
    for scope in ("all", "default"):
        left.set_option(f"net/ipv6/conf/{scope}/disable_ipv6", 1)
    link = lab.start_patchbay("lab", "link", left.name, right.name)
    link.wait_for("removes the link")
    contains(link.err, f"warning: {left.name} has IPv6 turned off", "the warning")
    matches(link.out, rf"^{left.name}: {LEFT}  \(lab0\)$", "the addresses that it has")
    matches(link.out, rf"^{right.name}: {RIGHT} {RIGHT6}  ", "the other's")


@case(needs=["namespaces"])
def the_wrong_namespaces_are_told(lab):
    here = lab.namespace("here")
    said = lab.patchbay("lab", "link", here.name, "nowhere", code=1)
    matches(said.err, "^error: cannot open the network namespace 'nowhere'$", "the error")
    contains(said.err, here.name, "the names of those that there are")
    contains(said.err, "sudo ip netns add nowhere", "the advice")
    path = f"{owner.NAMESPACES}/{here.name}"
    said = lab.patchbay("lab", "link", here.name, path, code=2)
    contains(said.err, "cannot link a namespace to itself", "the error")
    for name in ("..", "a" * 300):
        said = lab.patchbay("lab", "link", name, here.name, code=1)
        contains(said.err, "there is no such namespace", "the reason")
        lacks(said.err, "ip netns add", "the advice for what can be no name")
    said = lab.patchbay("lab", "link", here.name, "nowhere", "--network6", "fd00::/64", "--mtu",
                        576, code=2)
    contains(said.err, "IPv6 needs an --mtu of 1280", "the reason")
    lacks(here.ip("-o", "link"), "lab", "the devices after a failure")


@case(needs=["root", "namespaces", "setpriv"])
def without_the_right_it_says_which(lab):
    left, right = lab.namespace("left"), lab.namespace("right")
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", lab.binary,
               "lab", "link", left.name, right.name]
    said = lab.run(*command, code=None)
    matches(said.err, r"^error: .+\n  because: .+CAP_SYS_ADMIN.+\n  try: .*sudo", "the error")
    equal(said.wait(), 4, "the exit code")
