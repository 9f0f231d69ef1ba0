"""The scenes that scanners are judged by, and the judge: what is true, and what was said."""

import json
import unittest

from lib.scan_rig import scenes, truth


def lines(*records):
    return [json.dumps(record) for record in records]


PORT = {"type": "port", "ip": "10.50.0.1", "proto": "tcp", "port": 22, "state": "open",
        "reason": "syn-ack"}
GROUP = {"type": "group", "ip": "10.50.0.1", "proto": "tcp", "state": "closed", "reason": "reset",
         "count": 3, "ports": "21,23-24"}

NMAP = """<?xml version="1.0"?><nmaprun><host><address addr="10.50.0.1" addrtype="ipv4"/><ports>
<extraports state="closed" count="3">
<extrareasons reason="resets" count="3" proto="tcp" ports="21,23-24"/></extraports>
<extraports state="filtered" count="1">
<extrareasons reason="no-responses" count="1" proto="tcp" ports="25"/></extraports>
<port protocol="tcp" portid="22"><state state="open" reason="syn-ack" reason_ttl="63"/></port>
</ports></host></nmaprun>"""


class States(unittest.TestCase):
    def test_of_ports_and_groups(self):
        found = truth.states_of(lines({"type": "start"}, PORT, GROUP, {"type": "end"}))
        self.assertEqual(found[("10.50.0.1", "tcp", 22)], ("open", "syn-ack"))
        self.assertEqual(sorted(port for _, _, port in found), [21, 22, 23, 24])

    def test_told_twice_alike_or_differently(self):
        self.assertEqual(len(truth.states_of(lines(PORT, PORT))), 1)
        with self.assertRaises(truth.ToldTwice):
            truth.states_of(lines(PORT, PORT | {"state": "closed"}))
        with self.assertRaises(truth.ToldTwice):
            truth.states_of(lines(PORT, GROUP | {"ports": "21-23"}))
        with self.assertRaises(truth.ToldTwice):
            truth.states_of(lines(GROUP | {"count": 4}))

    def test_of_nmap(self):
        ip = "10.50.0.1"
        self.assertEqual(truth.states_of_nmap(NMAP), {
            (ip, "tcp", 21): ("closed", "reset"), (ip, "tcp", 23): ("closed", "reset"),
            (ip, "tcp", 24): ("closed", "reset"), (ip, "tcp", 25): ("filtered", "no-response"),
            (ip, "tcp", 22): ("open", "syn-ack")})

    def test_of_masscan(self):
        found = truth.states_of_masscan("#masscan\nopen tcp 80 10.50.0.1 1700000000\n# end\n")
        self.assertEqual(found, {("10.50.0.1", "tcp", 80): ("open", "syn-ack")})


class Judged(unittest.TestCase):
    scene = scenes.one_host((2, 4), "1-6", dropped=(5,))

    def right(self):
        return {target: (self.scene.true_state(target), "") for target in self.scene.targets()}

    def test_right(self):
        told = truth.judge(self.scene, self.right())
        self.assertTrue(told.right)
        self.assertEqual((told.targets, told.open, told.recall), (6, 2, 1.0))

    def test_every_kind_of_wrong(self):
        ip = self.scene.hosts
        for port, state, what in ((2, "closed", "missed_open"), (5, "open", "false_open"),
                                  (6, "filtered", "wrong")):
            told = truth.judge(self.scene, self.right() | {(ip, "tcp", port): (state, "x")})
            self.assertFalse(told.right)
            self.assertEqual((told.wrong, getattr(told, what)), (1, 1), what)

    def test_without_a_word_and_beyond(self):
        found = self.right()
        del found[self.scene.hosts, "tcp", 2]
        told = truth.judge(self.scene, found)
        self.assertEqual((told.wrong, told.untold, told.beyond, told.recall), (1, 1, 0, 0.5))
        told = truth.judge(self.scene, self.right() | {("10.9.9.9", "tcp", 1): ("closed", "")})
        self.assertEqual((told.wrong, told.beyond, told.right), (0, 1, False))


class Scenes(unittest.TestCase):
    def test_addresses_and_their_numbers(self):
        self.assertEqual(scenes.address(258), "10.50.1.2")
        self.assertEqual(scenes.address(258, 6), "fd00:50::102")
        for family in (4, 6):
            self.assertEqual(scenes.number_of(scenes.address(777, family)), 777)

    def test_open_ports_are_neither_dropped_nor_rejected(self):
        scene = scenes.lossy()
        states = [scene.true_state(target) for target in scene.targets()]
        self.assertEqual((states.count("open"), states.count("filtered")), (20, 112))
        for port in scene.open:
            self.assertEqual(scene.truth(1, port), "open", port)

    def test_quarters(self):
        scene = scenes.quarters(bits=4)
        self.assertEqual(scene.hosts, "10.50.0.0/28")
        states = [scene.true_state(target) for target in scene.targets()]
        self.assertEqual({state: states.count(state) for state in set(states)},
                         {"open": 12, "closed": 12, "filtered": 24})

    def test_the_same_in_ipv6(self):
        scene = scenes.in_ipv6(scenes.quarters(bits=4))
        self.assertEqual(scene.hosts, "fd00:50::/124")
        self.assertEqual(next(iter(scene.targets())), ("fd00:50::", "tcp", 80))
        self.assertEqual(scenes.in_ipv6(scenes.firewall()).hosts, "fd00:50::1")

    def test_spread(self):
        self.assertEqual(scenes.spread(4, "1-8"), (1, 3, 5, 7))
        self.assertEqual(len(set(scenes.spread(10_000))), 10_000)
