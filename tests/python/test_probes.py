"""Each rule of data/probes.toml is shown to fire, and its bytes reach the table whole."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "cmake"))

import probes  # noqa: E402

GREETING = r"""
[leave_alone]
printers = ["9100-9107"]

[[probe]]
id = "one"
first = "server"
ports = [7]
intensity = 1
spec = "RFC 1"
match = [{prefix = 'A', regex = 'A(?P<info>\w+)\n', sample = 'Ab\n', gives = {info = "b"}}]
"""
QUESTION = r"""
[[probe]]
id = "two"
first = "client"
intensity = 2
spec = "RFC 2"
send = ['\x00a', '{b*3}{host}']
match = [{regex = 'x', sample = 'x', then = "one", more = ['xx', 'x"?\x01']}]
"""
WAY = r"""
[[start_tls]]
service = "one"
spec = "RFC 3"
step = [{send = 'GO\n', whole = '[^\n]*\n', yes = 'OK', sample = 'OK\n', refusal = 'NO\n'}]
"""


class Probes(unittest.TestCase):
    def assert_refused(self, text, words, line=None):
        with self.assertRaises(probes.Wrong) as caught:
            probes.read(text)
        self.assertIn(words, str(caught.exception))
        if line is not None:
            self.assertTrue(str(caught.exception).startswith(f"{line}: "), caught.exception)

    def test_the_table_of_this_house_is_good(self):
        alone, table, ways = probes.read((ROOT / "data" / "probes.toml").read_text("utf-8"))
        self.assertIn((9100, 9107), alone)
        self.assertGreaterEqual(len(table), 60)
        self.assertGreaterEqual(len(ways), 13)
        self.assertIn('{"SSH-", 4}', probes.table(alone, table, ways))

    def test_a_good_one_is_taken(self):
        alone, table, ways = probes.read(GREETING + QUESTION + WAY)
        self.assertEqual(alone, [(9100, 9107)])
        self.assertEqual([probe["send"] for probe in table], [b"", b"\0abbb{host}"])
        text = probes.table(alone, table, ways)
        self.assertIn(r'{"\000abbb{host}", 11}', text)
        self.assertIn("constexpr std::uint16_t k_ports_0[] = {7};", text)
        self.assertIn("ScanProtocol::tcp", text)
        self.assertIn(r'{{"GO\012", 3}, {"[^\134n]*\134n", 8}, {"OK", 2}}', text)
        self.assertIn('{{"one", 3}, {"RFC 3", 5}, k_steps_0}', text)
        samples = probes.samples(table, ways)
        self.assertIn(r'{{"one", 3}, 0, {"OK\012", 3}, true}', samples)
        self.assertIn(r'{{"one", 3}, 0, {"NO\012", 3}, false}', samples)
        self.assertIn('{"one", 3},\n     0,\n     {"Ab\\012", 3},\n     true', samples)
        self.assertIn(r'{"x\042\077\001", 4}', samples)

    def test_the_last_step_of_a_way_may_get_no_reply(self):
        unanswered = "step = [{send = 'NOW'}"
        _, table, ways = probes.read(GREETING + WAY.replace("NO\\n'}]", "NO\\n'}, {send = 'NOW'}]"))
        self.assertIn('{"NOW", 3}, {"", 0}, {"", 0}}', probes.table([], table, ways))
        self.assertEqual(probes.samples(table, ways).count('{"one", 3}, '), 2)
        self.assert_refused(GREETING + WAY.replace("step = [", unanswered + ", "),
                            "a step without 'whole'")

    def test_each_rule_fires(self):
        for text, other, words in (
                ('id = "one"', 'id = "One"', "no id"),
                ('first = "server"', 'first = "nobody"', "'first' is"),
                ('first = "server"', 'first = "client"', "if and only if"),
                ('first = "server"', 'first = "server"\nsend = "x"', "if and only if"),
                ('first = "server"', 'first = "server"\ntransport = "sctp"', "'transport' is"),
                ("ports = [7]", "ports = [0]", "0 is no port"),
                ("ports = [7]", "ports = [65536]", "65536 is no port"),
                ("ports = [7]", "port = [7]", "no key 'port'"),
                ("ports = [7]", "ports = 7", "another kind"),
                ("intensity = 1", "intensity = 10", "0 to 9"),
                ('spec = "RFC 1"', "", "needs a spec"),
                (r"(?P<info>\w+)", r"(?P<who>\w+)", "nobody knows"),
                (r"(?P<info>\w+)", r"(?=\w+)", "RE2 does not"),
                (r"(?P<info>\w+)", r"(\w)\1", "RE2 does not"),
                (r"(?P<info>\w+)", r"(?P<info>\w+", "no regular expression"),
                ('gives = {info = "b"}', "gives = {}", "has to name"),
                ("sample = 'Ab\\n'", "sample = ''", "no sample"),
                ("prefix = 'A'", "prefix = 'A\\q'", "an escape that is none"),
                ("prefix = 'A'", "prefix = 'B'", "does not begin"),
                ("prefix = 'A'", "prefix = 'A', service = 'A B'", "no name of a service"),
                ("prefix = 'A'", "prefix = 'A', service = ''", "has to say what to ask"),
                ("prefix = 'A'", "prefix = 'A', decode = 'rot13'", "nothing is decoded"),
                ("prefix = 'A'", "prefix = 'A', anywhere = true", "known anywhere"),
                ("prefix = 'A'", "prefix = 'A', then = 'nobody'", "no probe 'nobody'"),
                ('"9100-9107"', '"9107-9100"', "no range"),
                ('"9100-9107"', '"printer"', "no port and no range")):
            with self.subTest(other):
                self.assertIn(text, GREETING)
                self.assert_refused(GREETING.replace(text, other), words)

    def test_each_rule_of_ways_to_tls_fires(self):
        for text, other, words in (
                ('service = "one"', 'service = "none"', "no probe finds"),
                ('spec = "RFC 3"', "", "needs a spec"),
                ("step = [", "steps = [", "no key 'steps'"),
                ("yes = 'OK', ", "", "a step without 'yes'"),
                ("yes = 'OK'", "yes = '(?P<info>OK)'", "nothing is captured"),
                ("yes = 'OK'", "yes = 'AY'", "the sample is taken wrongly"),
                ("yes = 'OK'", "yes = '[ON]'", "the refusal is taken wrongly"),
                ("sample = 'OK\\n'", "sample = 'OK'", "the sample is not whole"),
                ("send = 'GO", "says = 'GO", "no key 'says'")):
            with self.subTest(other):
                self.assertIn(text, WAY)
                self.assert_refused(GREETING + WAY.replace(text, other), words)
        self.assert_refused(GREETING + WAY + WAY, "no probe finds")  # each service once
        self.assert_refused(GREETING + WAY.replace("RFC 3", ""), "start_tls: ", 14)

    def test_a_breach_is_told_with_its_line(self):
        self.assert_refused(GREETING + QUESTION.replace("= 2", "= 12"), "two: 'intensity'", 14)
        self.assert_refused(GREETING + GREETING.partition("\n\n")[2], "there twice")
        self.assert_refused("[[probe", "1: ")

    def test_bytes_are_what_is_written(self):
        self.assertEqual(probes.bytes_of(r"{a\r*3}\0\x0b\\{host}{}"), b"a\ra\ra\r\0\x0b\\{host}{}")
        for wrong in ("\\x1", "é", "\\", "{x*9999}"):
            with self.subTest(wrong), self.assertRaises(probes.Wrong):
                probes.bytes_of(wrong)

    def test_main_names_the_file(self):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder, "probes.toml")
            made = [pathlib.Path(folder, name) for name in ("table.cpp", "samples.cpp")]
            words = ["probes.py", *map(str, (source, *made))]
            source.write_text(GREETING.replace("ports = [7]", "ports = [0]"))
            with mock.patch.object(sys, "argv", words), self.assertRaises(SystemExit) as caught, \
                    contextlib.redirect_stderr(io.StringIO()):
                probes.main()
            self.assertIn(f"{source}:6: one: 0 is no port", str(caught.exception))
            source.write_text(GREETING)
            with mock.patch.object(sys, "argv", words):
                probes.main()
            self.assertIn("k_probes", made[0].read_text())
            self.assertIn("k_samples", made[1].read_text())


if __name__ == "__main__":
    unittest.main()
