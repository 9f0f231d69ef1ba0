"""The table of a page's files: what it needs, and what is in it."""

import pathlib
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "cmake"))

import page  # noqa: E402


class Pages(unittest.TestCase):
    def setUp(self):
        place = tempfile.TemporaryDirectory()
        self.addCleanup(place.cleanup)
        self.folder = pathlib.Path(place.name)

    def write(self, *names):
        for name in names:
            (self.folder / name).write_bytes(name.encode() + b'"\\\xff')

    def test_every_file_is_there_in_three_forms(self):
        self.write("a.js", "a.js.gz", "a.js.br", "b.css", "b.css.gz", "b.css.br")
        text = page.table(self.folder, "files")
        self.assertEqual(text.count('.path = "/'), 2)
        self.assertIn('.path = "/a.js"', text)
        self.assertIn("97,46,106,115,46,98,114,34,92,255", text)  # a.js.br, byte by byte
        self.assertIn("std::span<const EmbeddedAsset> files()", text)

    def test_a_packed_form_that_is_missing_ends_the_build(self):
        self.write("a.js", "a.js.gz")
        with self.assertRaises(SystemExit) as caught:
            page.table(self.folder, "files")
        self.assertIn("a.js.br: is not there; run web/build", str(caught.exception))

    def test_no_page_ends_the_build(self):
        with self.assertRaises(SystemExit) as caught:
            page.table(self.folder, "files")
        self.assertIn("there is no page", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
