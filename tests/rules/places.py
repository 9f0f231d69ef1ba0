"""Places to look at, not numbers to serve: nothing here fails."""

import ast
import re

from .tree import is_code, is_cpp, is_test

LONG_FILE_LINES = 400
LONG_FUNCTION_LINES = 70
LIBRARY = ("src/patchbay/base/", "src/patchbay/net/", "src/patchbay/wire/", "src/patchbay/http/")

# clang-format puts what begins a definition, and the brace that ends it, at the same column.
BEGINS = re.compile(r"^( *)(?!namespace\b|extern\b|struct\b|class\b|union\b|enum\b)[\w:~<\[].*$")
NO_FUNCTION = re.compile(r"^\s*(?:if|for|while|switch|do|else|try|return|case|default|using)\b")
SHELL_FUNCTION = re.compile(r"^(\w+)\(\) \{$")

FORWARD = re.compile(r"^(?:class|struct|enum(?: class)?) \w+(?: : [\w:]+)?;$")
DEFINES_A_MEMBER = re.compile(r"[^(]*\w(?:<[\w, ]+>)?::\w+\(")
NOUN = re.compile(r"(?:class|struct|enum class) (?:\[\[\w+\]\] )?(\w+)")
DECLARES = re.compile(r"^(?:template|class|struct|enum|union|\[\[|[\w:]+[\w:<>,&* ]* ?\**&?\w+\()")


def long_files(tree):
    """Files over 400 lines: is there a second noun in it?"""
    for name in tree.files:
        lines = tree.read(name).count("\n")
        if is_code(name) and lines > LONG_FILE_LINES:
            yield f"{name}: {lines} lines"


def cpp_functions(code):
    """(name, first line, lines) of each function definition, of classes too."""
    lines = code.splitlines()
    number = 0
    while number < len(lines):
        opening = definition_at(lines, number)
        if opening is None:
            number += 1
            continue
        indent = re.match(r" *", lines[number]).group()
        end = next((at for at in range(opening + 1, len(lines))
                    if re.match(rf"{indent}\}}", lines[at])), opening)
        name = re.search(r"([\w:~]+)\(", " ".join(lines[number:opening + 1]))
        yield name.group(1) if name else "?", number + 1, end - number + 1
        number = end + 1


def definition_at(lines, number):
    """The line that opens the body of a function that begins at `number`, or None."""
    begin = BEGINS.match(lines[number])
    if not begin or len(begin[1]) not in (0, 2) or NO_FUNCTION.match(lines[number]):
        return None
    if "(" not in "".join(lines[number:number + 2]):
        return None
    for at in range(number, min(number + 12, len(lines))):
        if ";" in lines[at] or (at > number and not lines[at].strip()):
            return None
        if lines[at].rstrip().endswith("{"):
            return None if lines[at].rstrip().endswith(("= {", "({")) else at
    return None


def shell_functions(text):
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if match := SHELL_FUNCTION.match(line):
            yield match[1], number + 1, lines.index("}", number) - number + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def functions_of(tree, name):
    if is_cpp(name):
        return cpp_functions(tree.code_of(name))
    first = tree.read(name).partition("\n")[0]
    if name.endswith(".py") or "python" in first:
        return python_functions(tree.read(name))
    if name.endswith(".sh") or "bash" in first:
        return shell_functions(tree.read(name))
    return []


def long_functions(tree):
    """Functions over 70 lines: what could one of its paragraphs be called?"""
    for name in tree.files:
        if is_code(name):
            for function, line, lines in functions_of(tree, name):
                if lines > LONG_FUNCTION_LINES:
                    yield f"{name}:{line}: {function}: {lines} lines"


def declarations(text):
    """(line, first line of it, whether a comment is with it) of what a header declares outside of
    its classes. What stands together without a blank line shares its comments; the fields of a
    struct may have them, or the top of the file, where it names the noun."""
    lines = text.splitlines()
    top = " ".join(line for line in lines[:12] if line.startswith("//"))
    commented = False
    for number, line in enumerate(lines):
        if not line.strip():
            commented = False
        elif line.startswith("//"):
            commented = True
        elif DECLARES.match(line) and not FORWARD.match(line) and not is_closing(lines, number):
            if line.startswith("template"):
                line = lines[number + 1]
                if DEFINES_A_MEMBER.match(line):
                    continue
            noun = NOUN.match(line)
            in_top = noun is not None and re.search(rf"\b{noun[1]}\b", top) is not None
            inside = noun is not None and "//" in body_at(lines, number)
            yield number + 1, line, commented or "//" in line or in_top or inside
            commented = commented or "//" in line


def body_at(lines, number):
    """From a declaration to the brace at column 0 that ends it."""
    end = next((at for at in range(number, len(lines)) if lines[at].startswith("}")), number)
    return "\n".join(lines[number:end])


def is_closing(lines, number):
    """Whether a line that begins at column 0 only goes on with the one above, or defines inline
    what a class above has declared, with its contract there."""
    above = lines[number - 1].rstrip() if number else ""
    goes_on = above.endswith((",", "(", "&&", "||", "=")) or above.startswith("template")
    return goes_on or DEFINES_A_MEMBER.match(lines[number]) is not None


def bare_declarations(tree):
    """Public declarations without a contract: units, ranges, ownership, errors."""
    for name in tree.headers:
        if name.startswith(LIBRARY) and not is_test(name) and "/conformance/" not in name:
            for line, words, has_contract in declarations(tree.read(name)):
                if not has_contract:
                    yield f"{name}:{line}: {words.rstrip(' {')}"


LISTS = [long_files, long_functions, bare_declarations]
