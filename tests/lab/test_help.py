"""The map, help, manual pages and completions, read by the programs that will read them."""

import re

from lib.case import case, contains, equal, holds, matches

COMMAND = re.compile(r"^  ([a-z]\w*)  ", re.MULTILINE)


def below(lab, words):
    """The commands below one, as its short help lists them."""
    text = lab.patchbay(*words, "-h").out
    section = re.search(r"^Commands:\n((?:  .*\n)+)", text, re.MULTILINE)
    return COMMAND.findall(section[1]) if section else []


def all_commands(lab):
    """Every command there is, as words, from the map down."""
    found = []
    waiting = [[name] for name in COMMAND.findall(lab.patchbay().out)]
    while waiting:
        words = waiting.pop()
        found.append(words)
        if words != ["help"]:
            waiting += [words + [name] for name in below(lab, words)]
    return found


@case()
def patchbay_alone_is_a_map(lab):
    here = lab.patchbay()
    equal(here.err, "", "stderr")
    for tool in ("tcp", "udp", "bench", "doctor", "config", "completion"):
        # The example stands beside the summary or, where 80 columns do not hold both, below it.
        matches(here.out, rf"^  {tool} +\S.*(  |\n +).*patchbay {tool}\b", f"{tool}: an example")
    holds(here.out.count("\n") <= 24, "it is longer than a terminal")


@case()
def every_command_has_help(lab):
    commands = all_commands(lab)
    for words in (["tcp", "serve"], ["tcp", "connect"], ["udp", "serve"], ["udp", "connect"],
                  ["bench", "tcp"], ["bench", "udp"], ["doctor"], ["config", "show"]):
        contains(commands, words, "the commands found")
    for words in commands:
        short, full = lab.patchbay(*words, "-h"), lab.patchbay(*words, "--help")
        for text in (short, full):
            matches(text.out, r"^Usage: patchbay ", f"help of {words}")
            equal(text.err, "", f"stderr of help of {words}")
            widest = max(map(len, text.out.splitlines()))
            holds(widest <= 100, f"a line of {widest} columns in the help of {words}")
        holds(short.out.count("\n") <= 40, f"-h of {words} is longer than 40 lines")


@case()
def help_topics_are_there(lab):
    topics = lab.patchbay("help").out
    for topic in ("exit-codes", "environment", "config"):
        contains(topics, topic, "the topics")
        holds(lab.patchbay("help", topic).out.count("\n") > 5, f"help {topic} says little")
    contains(lab.patchbay("help", "tcp", "serve").out, "Usage: patchbay tcp serve",
             "help tcp serve")


@case(needs=["man"])
def manual_pages_are_sound(lab):
    for words in [[]] + all_commands(lab):
        page = lab.patchbay("man", *words)
        lab.file("page", page.out_bytes)
        shown = lab.run("man", "--warnings=w", "-l", "page", env={"MANWIDTH": "80"})
        equal(shown.err, "", f"what man says of the page of {words}")
        for section in ("NAME", "SYNOPSIS"):
            contains(shown.out, section, f"the page of {words}")


@case(needs=["bash", "zsh", "fish"])
def completions_are_sound(lab):
    for shell in ("bash", "zsh", "fish"):
        lab.file(shell, lab.patchbay("completion", shell).out_bytes)
        checked = lab.run(shell, "-n", shell)
        equal(checked.out + checked.err, "", f"what {shell} says")


BASH_ASKS = """
source ./bash
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}
_complete=$(complete -p patchbay | sed -E 's/.*-F ([^ ]+).*/\\1/')
"$_complete" patchbay "${@: -1}" "${@: -2:1}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


@case(needs=["bash"])
def bash_completes_commands_flags_and_values(lab):
    lab.file("bash", lab.patchbay("completion", "bash").out_bytes)

    def offers(*words):
        shell = lab.run("bash", "-c", BASH_ASKS, "-", "patchbay", *words)
        equal(shell.err, "", "stderr of bash")
        return [word.strip() for word in shell.out.split("\n")]
    contains(offers("tc"), "tcp", "commands")
    contains(offers("tcp", ""), "serve", "verbs")
    contains(offers("tcp", "serve", "--th"), "--threads", "flags")
    contains(offers("tcp", "serve", "--service", "ch"), "chargen", "values")
    contains(offers("completion", "f"), "fish", "values of an argument")


@case(needs=["fish"])
def fish_completes_commands_flags_and_values(lab):
    lab.file("fish", lab.patchbay("completion", "fish").out_bytes)

    def offers(line):
        shell = lab.run("fish", "--no-config", "-c", f'source ./fish; complete -C "{line}"',
                        env={"PATH": f"{lab.binary.parent}:/usr/bin:/bin"})
        return [word.partition("\t")[0] for word in shell.out.splitlines()]
    contains(offers("patchbay tc"), "tcp", "commands")
    contains(offers("patchbay tcp "), "serve", "verbs")
    contains(offers("patchbay tcp serve --th"), "--threads", "flags")
    contains(offers("patchbay tcp serve --service ch"), "chargen", "values")


@case()
def doctor_names_what_it_looked_at(lab):
    here = lab.patchbay("doctor")
    for thing in ("kernel", "engine", "epoll", "open files", "CAP_NET_RAW",
                  "CAP_NET_BIND_SERVICE"):
        contains(here.out, thing, "what doctor prints")


@case(needs=["root", "setpriv"])
def doctor_says_how_to_get_what_is_missing(lab):
    here = lab.run("setpriv", "--inh-caps=-all", "--bounding-set=-all", "--ambient-caps=-all",
                   lab.binary, "doctor")
    matches(here.out, r"missing +CAP_NET_RAW.*\n.*\n +try: .*setcap", "a missing capability")


@case()
def the_version_is_one_line(lab):
    matches(lab.patchbay("--version").out, r"\Apatchbay \d+\.\d+\.\d+.*\n\Z", "the version")
