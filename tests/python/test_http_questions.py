"""Each rule of data/http_questions.tsv is shown to fire, and its bytes reach the table whole."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "cmake"))

import http_questions  # noqa: E402

GOOD = ["one", "9112 6.1", "high", "-", "400 4xx close", "auto", "date", "what", r"GET / \r\n"]


class Questions(unittest.TestCase):
    def table(self, *rows):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "questions.tsv"
            path.write_text("# a comment\n" + "".join("\t".join(row) + "\n" for row in rows))
            return http_questions.table(path)

    def assert_refused(self, *rows):
        with self.assertRaises(SystemExit) as caught, contextlib.redirect_stderr(io.StringIO()):
            self.table(*rows)
        self.assertIn(f"questions.tsv:{len(rows) + 1}: ", str(caught.exception))

    def test_the_questions_of_this_house_are_good(self):
        text = http_questions.table(ROOT / "data" / "http_questions.tsv")
        self.assertIn('std::string_view("cl-te", 5)', text)

    def test_a_good_one_is_taken(self):
        text = self.table(GOOD)
        self.assertIn(r'std::string_view("GET / \015\012", 8)', text)
        self.assertIn("After::automatic", text)

    def test_each_column_is_checked(self):
        for column, wrong in enumerate(["One", "7230 1", "grave", "3xx", "200 maybe", "later",
                                        "size", None, "GET \\q"]):
            if wrong is not None:
                with self.subTest(column=http_questions.COLUMNS[column]):
                    self.assert_refused([*GOOD[:column], wrong, *GOOD[column + 1:]])
        self.assert_refused(GOOD[:-1])
        self.assert_refused([*GOOD[:4], "", *GOOD[5:]])

    def test_a_name_is_there_once(self):
        self.assert_refused(GOOD, GOOD)

    def test_places_and_escapes_are_bytes(self):
        self.assertEqual(http_questions.bytes_of(r"{host}{a\r*3}\0\x0b\\"),
                         b"{host}{a\r*3}\0\x0b\\")
        for wrong in ("{who}", "{a*}", "a{", "}", "\\x1", "é", "\\"):
            with self.subTest(wrong), self.assertRaises(ValueError):
                http_questions.bytes_of(wrong)

    def test_no_byte_of_a_literal_is_taken_for_another(self):
        self.assertEqual(http_questions.literal(b'a"\\?\x0b1'),
                         r'std::string_view("a\042\134\077\0131", 6)')


if __name__ == "__main__":
    unittest.main()
