"""Where a setting comes from: flags, environment, the user's file, the system's, defaults."""

from lib.case import case, contains, equal, matches

USER = "config/patchbay/config.toml"  # below $XDG_CONFIG_HOME, which is in the case's folder
KEY = "tcp.serve.max-clients"


def shown(lab, run=None, env=None):
    """The value and the origin of the setting that all places here give."""
    run = run or (lambda *words: lab.patchbay(*words, env=env))
    said = run("config", "show", "--all", "--origin").out
    return matches(said, rf"^(?:# )?{KEY} = (\d+) +# (.*)$", "config show").groups()


def user_file(lab, text):
    return lab.file(USER, text)


@case()
def the_environment_wins_over_the_users_file(lab):
    equal(shown(lab), ("100000", "default"), "without any")
    path = user_file(lab, "[tcp.serve]\nmax-clients = 11\n")
    equal(shown(lab), ("11", f"{path}:2"), "with a file")
    variable = "PATCHBAY_TCP_SERVE_MAX_CLIENTS"
    equal(shown(lab, env={variable: "22"}), ("22", variable), "with both")


@case(needs=["root", "unshare"])
def the_users_file_wins_over_the_systems(lab):
    lab.file("etc/patchbay/config.toml", "[tcp.serve]\nmax-clients = 33\n")
    # In a mount namespace of its own, so that nobody else sees this /etc.
    script = 'mount --bind etc /etc && exec "$0" "$@"'

    def run(*words):
        return lab.run("unshare", "--mount", "sh", "-c", script, lab.binary, *words)
    equal(shown(lab, run), ("33", "/etc/patchbay/config.toml:2"), "with the system's")
    path = user_file(lab, "[tcp.serve]\nmax-clients = 11\n")
    equal(shown(lab, run), ("11", f"{path}:2"), "with both")


@case()
def a_flag_wins_over_all(lab):
    user_file(lab, '[udp.serve]\nreply = "file: {}"\n')

    def answer(*words, env=None):
        server = lab.serve("udp", *words, env=env)
        return lab.patchbay("udp", "connect", f"127.0.0.1:{server.port}", "--send", "x").out
    variable = {"PATCHBAY_UDP_SERVE_REPLY": "environment: {}"}
    equal(answer(), "file: x", "by the file")
    equal(answer(env=variable), "environment: x", "by the environment")
    equal(answer("--reply", "flag: {}", env=variable), "flag: x", "by the flag")


@case()
def a_setting_that_cannot_be_is_said_with_its_place(lab):
    path = user_file(lab, "[tcp.serve]\nmax-clients = \"many\"\n")
    said = lab.patchbay("tcp", "serve", "0", code=2).err
    contains(said, f"{path}:2", "stderr")
    path = user_file(lab, "[tcp.serve\n")
    contains(lab.patchbay("tcp", "serve", "0", code=2).err, f"{path}:1", "stderr")
    user_file(lab, "")
    said = lab.patchbay("tcp", "serve", "0", env={"PATCHBAY_TCP_SERVE_THREADS": "0"}, code=2).err
    contains(said, "PATCHBAY_TCP_SERVE_THREADS", "stderr")


@case()
def a_setting_that_nobody_has_is_found_by_config_check(lab):
    path = user_file(lab, "[tcp.serve]\nmax-client = 3\n")
    here = lab.patchbay("config", "check", code=None)
    said = here.out + here.err
    contains(said, f"{path}:2", "the place")
    contains(said, "max-clients", "the nearest that is one")
    contains((1, 2, 5), here.wait(), "the exit code")
