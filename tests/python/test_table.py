"""Each rule of the tables in data/ is shown to fire, with the line that breaks it."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "cmake"))

import table  # noqa: E402

COLUMNS = "# A comment.\n@column\tkey\t[a-z]+\n@column\tvalue\t.*\n"


class Tables(unittest.TestCase):
    def assert_wrong(self, text, number, words):
        with self.assertRaises(table.Wrong) as caught:
            table.read(text)
        self.assertEqual(caught.exception.number, number)
        self.assertIn(words, str(caught.exception))

    def test_rows_are_read(self):
        names, rows = table.read(COLUMNS + "a\tx\n# another\nb\t\n")
        self.assertEqual(names, ["key", "value"])
        self.assertEqual(rows, [["a", "x"], ["b", ""]])

    def test_rows_are_sorted_and_unlike(self):
        self.assert_wrong(COLUMNS + "b\tx\na\ty\n", 5, "'a' belongs above 'b'")
        self.assert_wrong(COLUMNS + "a\tx\na\ty\n", 5, "'a' is there already")

    def test_the_order_is_that_of_bytes(self):
        columns = "@column\tkey\t.*\n"
        self.assertEqual(len(table.read(columns + "B\na\né\n")[1]), 3)
        self.assert_wrong(columns + "a\nB\n", 3, "belongs above")

    def test_cells_match_their_column(self):
        self.assert_wrong(COLUMNS + "A\tx\n", 4, "'A' in column 'key' does not match [a-z]+")
        self.assert_wrong(COLUMNS + "a1\tx\n", 4, "does not match")
        self.assert_wrong(COLUMNS + "a\n", 4, "1 cells, but there are 2 columns")
        self.assert_wrong(COLUMNS + "a\tx\ty\n", 4, "3 cells")
        self.assert_wrong(COLUMNS + "a\tx\n\nb\ty\n", 5, "1 cells")

    def test_columns_come_first_and_can_be_read(self):
        self.assert_wrong("a\tx\n", 1, "before the first @column")
        self.assert_wrong(COLUMNS + "a\tx\n@column\tlate\t.*\n", 5, "before the first row")
        self.assert_wrong("@column\tkey\n", 1, "@column, tab, name")
        self.assert_wrong("@column\tKey\t.*\n", 1, "@column, tab, name")
        self.assert_wrong("@column\tkey\t(\n", 1, "no regular expression")

    def test_a_table_has_rows(self):
        self.assert_wrong(COLUMNS, 3, "no rows")
        self.assert_wrong("", 1, "a row before")

    def test_cells_become_literals(self):
        text = table.header("some_facts", ["key", "value"], [["a", 'q"\\é']])
        self.assertIn("struct SomeFactsRow {\n  std::string_view key;\n", text)
        self.assertIn('    {"a", "q\\"\\\\é"},\n', text)
        self.assertIn("k_some_facts = std::to_array<SomeFactsRow>", text)

    def run_main(self, content):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "facts.tsv"
            target = pathlib.Path(folder) / "deep" / "facts_table.hpp"
            source.write_bytes(content)
            said = io.StringIO()
            with mock.patch.object(sys, "argv", ["table.py", str(source), str(target)]), \
                    contextlib.redirect_stderr(said):
                code = table.main()
            written = target.read_text() if target.exists() else None
            return code, said.getvalue().replace(str(source), "facts.tsv"), written

    def test_the_program_writes_a_header(self):
        code, said, written = self.run_main(COLUMNS.encode() + b"a\tx\n")
        self.assertEqual((code, said), (0, ""))
        self.assertIn('{"a", "x"}', written)

    def test_the_program_names_file_and_line_and_writes_nothing(self):
        code, said, written = self.run_main(COLUMNS.encode() + b"A\tx\n")
        self.assertEqual((code, written), (1, None))
        self.assertTrue(said.startswith("facts.tsv:4: "), said)
        code, said, written = self.run_main(COLUMNS.encode() + b"a\t\xff\n")
        self.assertEqual((code, said, written), (1, "facts.tsv:4: not UTF-8\n", None))


if __name__ == "__main__":
    unittest.main()
