"""Each rule of the style check is shown to fire, and to leave alone what it must."""

import contextlib
import io
import pathlib
import subprocess
import tempfile
import unittest
from unittest import mock

import style
from rules import includes, places, text, world
from rules.tree import Tree

HEADER = "#pragma once\n"


class Checked(unittest.TestCase):
    """Rules on a repository of a few files, which is made for each question."""

    def tree(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        subprocess.run(["git", "init", "-q", root], check=True)
        for name, content in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content)
        return Tree(root)

    def breaches(self, rule, files):
        return list(rule(self.tree(files)))

    def assert_fires(self, rule, files, words):
        found = self.breaches(rule, files)
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def assert_silent(self, rule, files):
        self.assertEqual(self.breaches(rule, files), [])


class Includes(Checked):
    def includes(self, name, target):
        return {name: HEADER + f'#include "{target}"\n'}

    def test_against_an_arrow(self):
        for name, target, words in [
            ("src/patchbay/base/a.hpp", "patchbay/net/b.hpp", "base may not include net"),
            ("src/patchbay/wire/a.cpp", "patchbay/net/b.hpp", "wire may not include net"),
            ("src/patchbay/store/a.cpp", "patchbay/net/b.hpp", "store may not include net"),
            ("src/patchbay/http/a.cpp", "patchbay/store/b.hpp", "http may not include store"),
            ("src/patchbay/net/a.hpp", "patchbay/wire/b.hpp", "net may not include wire"),
            ("src/patchbay/net/a_test.cpp", "patchbay/tools/b.hpp", "net may not include tools"),
            ("src/patchbay/tools/chat/a.hpp", "patchbay/cli/b.hpp", "tools may not include cli"),
            ("src/patchbay/tools/chat/a.hpp", "patchbay/tools/echo/b.hpp",
             "chat may not include src/patchbay/tools/echo"),
            ("src/patchbay/tools/a.hpp", "patchbay/tools/echo/b.hpp",
             "what all tools share may not include"),
            ("src/patchbay/net/a.hpp", "b.hpp", 'write the include of b.hpp as "patchbay/room'),
            ("src/patchbay/attic/a.hpp", "patchbay/base/b.hpp", "there is no room 'attic'"),
        ]:
            with self.subTest(name=name, target=target):
                self.assert_fires(includes.arrows, self.includes(name, target), words)

    def test_with_the_arrows(self):
        for name, target in [
            ("src/patchbay/net/a.hpp", "patchbay/base/b.hpp"),
            ("src/patchbay/http/a.hpp", "patchbay/wire/b.hpp"),
            ("src/patchbay/tools/chat/a.hpp", "patchbay/tools/b.hpp"),
            ("src/patchbay/tools/chat/a.hpp", "patchbay/tools/chat/b.hpp"),
            ("src/patchbay/tools/chat/a.hpp", "patchbay/store/b.hpp"),
            ("src/patchbay/workbench/a.hpp", "patchbay/tools/chat/b.hpp"),
            ("src/patchbay/cli/a.hpp", "patchbay/workbench/b.hpp"),
            ("src/patchbay/net/conformance/a.hpp", "patchbay/net/b.hpp"),
        ]:
            with self.subTest(name=name, target=target):
                self.assert_silent(includes.arrows, self.includes(name, target))

    def test_the_sentence_of_the_rule_is_printed(self):
        tree = self.tree(self.includes("src/patchbay/base/a.hpp", "patchbay/net/b.hpp"))
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self.assertEqual(style.check(tree, [includes.arrows, includes.cycles]), 1)
        self.assertIn("no tool includes another: what two need moves down a floor",
                      out.getvalue())

    def test_wrapped(self):
        line = "#include <toml++/toml.h>\n"
        self.assert_fires(includes.wrapped, {"src/patchbay/cli/a.cpp": line},
                          "include <toml++/toml.h> through patchbay/tools/toml.hpp")
        self.assert_silent(includes.wrapped, {"src/patchbay/tools/toml.hpp": line})

    def test_cycles(self):
        a, b, c = (f"src/patchbay/net/{name}.hpp" for name in "abc")
        ring = {a: '#include "patchbay/net/b.hpp"\n', b: '#include "patchbay/net/c.hpp"\n',
                c: '#include "patchbay/net/a.hpp"\n'}
        self.assert_fires(includes.cycles, ring, f"{a} -> {b} -> {c} -> {a}")
        self.assert_fires(includes.cycles, {a: '#include "patchbay/net/a.hpp"\n'}, f"{a} -> {a}")
        self.assert_silent(includes.cycles, ring | {c: ""})

    def test_lone_headers(self):
        name = "src/patchbay/base/a.hpp"
        self.assert_fires(includes.lone_headers, {name: HEADER + "std::string text();\n"},
                          f"{name}: ")
        self.assert_silent(includes.lone_headers,
                           {name: HEADER + "#include <string>\nstd::string text();\n"})

    def test_a_header_that_a_source_file_includes_first_is_compiled_with_it(self):
        name = "src/patchbay/base/a.hpp"
        alone = HEADER + "std::string text();\n"
        first = '#include "patchbay/base/a.hpp"\n\n#include <string>\n'
        later = '#include <string>\n#include "patchbay/base/a.hpp"\n'
        self.assert_silent(includes.lone_headers,
                           {name: alone, "src/patchbay/base/a.cpp": first})
        self.assert_fires(includes.lone_headers,
                          {name: alone, "src/patchbay/base/a.cpp": later}, f"{name}: ")

    def test_a_lone_header_is_looked_at_again_when_what_it_includes_has_changed(self):
        files = {"src/patchbay/base/a.hpp": HEADER + '#include "patchbay/base/b.hpp"\nusing A = B;',
                 "src/patchbay/base/b.hpp": HEADER + "using B = int;\n"}
        tree = self.tree(files)
        self.assertEqual(list(includes.lone_headers(tree)), [])
        (tree.root / "src/patchbay/base/b.hpp").write_text(HEADER + "using C = int;\n")
        self.assertEqual(len(list(includes.lone_headers(Tree(tree.root)))), 1)

    def test_unbuilt(self):
        listed = {"src/CMakeLists.txt": "add_library(a a.cpp)\n", "src/a.cpp": ""}
        self.assert_silent(includes.unbuilt, listed)
        self.assert_fires(includes.unbuilt, listed | {"src/aa.cpp": ""}, "src/aa.cpp: in no")
        self.assert_fires(includes.unbuilt, listed | {"src/a_test.cpp": ""}, "src/a_test.cpp")


# A line of C++ each, and what is said of it.
ASKS = {
    "auto a = std::chrono::steady_clock::now();": "steady_clock::now",
    "auto a = std::chrono::system_clock::now();": "system_clock::now",
    "auto a = std::chrono::high_resolution_clock::now();": "high_resolution_clock::now",
    "auto a = Clock::now();": "Clock::now",
    "auto a = time(nullptr);": "time(",
    "auto a = std::time(nullptr);": "time(",
    "auto a = ::time(nullptr);": "time(",
    "return time(&t);": "time(",
    "if (time(nullptr) > 3) return;": "time(",
    "long a = clock();": "clock(",
    "clock_gettime(CLOCK_MONOTONIC, &t);": "clock_gettime",
    "::clock_gettime(CLOCK_MONOTONIC, &t);": "clock_gettime",
    "auto* ask = &clock_gettime;": "clock_gettime",
    "gettimeofday(&t, nullptr);": "gettimeofday",
    "timespec_get(&t, TIME_UTC);": "timespec_get",
    "std::this_thread::sleep_for(1s);": "this_thread::sleep_for",
    "usleep(10);": "usleep",
    "nanosleep(&t, nullptr);": "nanosleep",
    "sleep(1);": "sleep(",
    "int a = rand();": "rand(",
    "int a = std::rand();": "rand(",
    "std::generate(a.begin(), a.end(), std::rand);": "std::rand",
    "srand(1);": "srand(",
    "int a = rand_r(&state);": "rand_r(",
    "long a = random();": "random(",
    "use(random());": "random(",
    "srandom(1);": "srandom(",
    "double a = drand48();": "drand48",
    "std::random_device device;": "random_device",
    "getrandom(bytes, 8, 0);": "getrandom",
    "getentropy(bytes, 8);": "getentropy",
    "auto a = arc4random();": "arc4random",
    "auto a = arc4random_uniform(7);": "arc4random_uniform",
    "RAND_bytes(bytes, 8);": "RAND_bytes",
    "RAND_priv_bytes(bytes, 8);": "RAND_priv_bytes",
    "std::mt19937 generator;": "no seed from the loop",
    "std::mt19937_64 generator{};": "no seed from the loop",
    "std::mt19937_64 generator(42);": "no seed from the loop",
    "std::mt19937_64 generator(counter);": "no seed from the loop",
    "use(std::mt19937());": "no seed from the loop",
    "std::minstd_rand generator;": "no seed from the loop",
    "std::default_random_engine generator;": "no seed from the loop",
}
ASKS_NOTHING = [
    "auto a = loop.now();",
    "auto a = engine_->wall_clock();",
    "auto a = loop->random_bits();",
    "auto a = loop.time();",
    "auto a = loop->random();",
    "auto a = Loop::time();",
    "Instant time() const;",
    "Instant* time();",
    "co_await sleep_for(1s);",
    "int time = 3;",
    "// asks std::chrono::steady_clock::now() and rand()",
    'auto a = "rand() and time(nullptr)";',
    "std::mt19937_64 generator(loop.random_bits());",
    "std::mt19937_64 generator{options.seed};",
    "int roll(std::mt19937_64& generator);",
    "auto a = uptime(3) + strand(4);",
]


class World(Checked):
    NAME = "src/patchbay/net/a.cpp"

    def test_each_question(self):
        for line, words in ASKS.items():
            with self.subTest(line):
                self.assert_fires(world.world, {self.NAME: f"int b;\n{line}\n"},
                                  f"{self.NAME}:2: {words}"
                                  if "no seed" not in words else words)

    def test_what_asks_nothing(self):
        for line in ASKS_NOTHING:
            with self.subTest(line):
                self.assert_silent(world.world, {self.NAME: line + "\n"})

    def test_a_seed_that_is_written_down_is_for_tests(self):
        line = "std::mt19937_64 generator(42);\n"
        self.assert_silent(world.world, {"src/patchbay/net/a_test.cpp": line})
        self.assert_fires(world.world, {"src/patchbay/net/a_test.cpp": "std::mt19937 a;\n"},
                          "no seed")

    def test_where_it_holds(self):
        for name in ("examples/a.cpp", "fuzz/a.cpp", "tests/sim/a.cpp",
                     "src/patchbay/tools/echo/a.hpp"):
            with self.subTest(name):
                self.assert_fires(world.world, {name: "int a = rand();\n"}, name)
        self.assert_silent(world.world, {"bench/load/a.cpp": "int a = rand();\n"})

    def test_allowed_files(self):
        allowed = {self.NAME: "the engine"}
        with mock.patch.object(world, "MAY_ASK_THE_WORLD", allowed):
            self.assert_silent(world.world, {self.NAME: "int a = rand();\n"})
            self.assert_silent(world.stale_allowances, {self.NAME: "int a = rand();\n"})

    def test_allowances_that_no_longer_hold(self):
        asks, nothing = {self.NAME: "int a = rand();\n"}, {self.NAME: "int a = 4;\n"}
        for reason, files, words in [
            ("", asks, "no reason is given"),
            ("the engine", nothing, "asks the world nothing any more"),
            ("the engine", {}, "there is no such file"),
        ]:
            with self.subTest(words), \
                    mock.patch.object(world, "MAY_ASK_THE_WORLD", {self.NAME: reason}):
                self.assert_fires(world.stale_allowances, files, words)


class Text(Checked):
    def test_columns(self):
        self.assert_silent(text.columns, {"a.cpp": "x" * 100 + "\n", "a.md": "x" * 200})
        self.assert_fires(text.columns, {"a.cpp": "\n" + "x" * 101 + "\n"}, "a.cpp:2: 101")
        self.assert_fires(text.columns, {"dev": "x" * 101}, "dev:1: 101")

    def test_machine_paths(self):
        for folder in ("work", "home", "root", "Users"):
            self.assert_fires(text.machine_paths, {"a.md": f"see\n/{folder}/me\n"},
                              f"a.md:2: /{folder}/")
            # In the middle of another path it is somebody's own folder.
            self.assert_silent(text.machine_paths,
                               {"a.md": f"see src/{folder}/me and ${{x}}/{folder}/me\n"})


class Places(Checked):
    def test_long_files(self):
        self.assert_silent(places.long_files, {"a.cpp": "\n" * 400, "a.json": "\n" * 900})
        self.assert_fires(places.long_files, {"a.cpp": "\n" * 401}, "a.cpp: 401 lines")

    def block(self, first, lines, last, inside="  call();"):
        return "\n".join([first, *[inside] * (lines - 2), last, ""])

    def test_long_functions(self):
        cpp, python, shell = "src/patchbay/net/a.cpp", "a.py", "dev"
        for name, first, last, inside in [
            (cpp, "Result<> serve(int a) {", "}", "  call();"),
            (cpp, "Result<int> Loop::serve(int a) const {", "}", "  if (a) {\n  }"),
            (cpp, "  void serve() {", "  }", "    call();"),
            (python, "def serve():", "    pass", "    pass"),
            (shell, "serve() {", "}", "  call"),
        ]:
            head = "#!/usr/bin/env bash\n" if name == shell else "\n"
            for lines in (70, 71):
                with self.subTest(first, lines=lines):
                    body = (lines - 2) // (inside.count("\n") + 1) + 2
                    text_ = head + self.block(first, body, last, inside)
                    grown = text_.count("\n") - 1
                    found = self.breaches(places.long_functions, {name: text_})
                    self.assertEqual(len(found), int(grown > 70), found)
                    if found:
                        self.assertIn(f"serve: {grown} lines", found[0])

    def test_a_long_table_or_namespace_is_no_function(self):
        table = self.block("constexpr auto causes = std::to_array<Cause>({", 90, "});")
        space = self.block("namespace {", 90, "}")
        self.assert_silent(places.long_functions, {"src/patchbay/net/a.cpp": table + space})

    def test_bare_declarations(self):
        name = "src/patchbay/net/a.hpp"
        self.assert_fires(places.bare_declarations, {name: "\nResult<> send(int a);\n"},
                          f"{name}:2: Result<> send(int a);")
        self.assert_fires(places.bare_declarations, {name: "\nstruct Options {\n  int a;\n};\n"},
                          "struct Options")
        self.assert_fires(places.bare_declarations,
                          {name: "\ntemplate <class T>\nclass Box : public Lid {\n};\n"},
                          f"{name}:2: class Box")
        for text_ in ("// In bytes.\nResult<> send(int a);\n",
                      "Result<> send(int a);  // in bytes\n",
                      "// In bytes.\nResult<> send(int a);\nResult<> take(int a);\n",
                      "struct Options {\n  int a;  // in bytes\n};\n",
                      "// Loop: all of it.\n\nclass Loop {\n};\n",
                      "class Loop;\n",
                      "inline void Loop::stop() {}\n",
                      "template <class T>\nT Loop::run(int a) {\n}\n"):
            with self.subTest(text_):
                self.assert_silent(places.bare_declarations, {name: "\n" + text_})
        self.assert_silent(places.bare_declarations, {"src/patchbay/cli/a.hpp": "void f();\n"})


class Whole(unittest.TestCase):
    def test_every_rule_is_tested_here(self):
        own = pathlib.Path(__file__).read_text()
        for rule in [*style.RULES, *places.LISTS]:
            module = rule.__module__.removeprefix("rules.")
            self.assertIn(f"{module}.{rule.__name__}", own)


if __name__ == "__main__":
    unittest.main()
