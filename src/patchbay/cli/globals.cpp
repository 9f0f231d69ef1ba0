#include "patchbay/cli/globals.hpp"

namespace patchbay {

void declare_globals(Command& root, Globals& globals) {
  root.section("Global flags");
  root.flag("--json", toggle(globals.json), "print JSON, one object a line");
  root.flag("--stats", toggle(globals.stats), "say at the end what the run cost");
  root.flag("-v, --verbose", tally(globals.verbose), "tell more; -vv tells all").excludes("quiet");
  root.flag("-q, --quiet", toggle(globals.quiet), "no notes and no progress, errors only");
  root.flag("--color WHEN",
            choice(globals.color, {{"auto", ColorWhen::automatic},
                                   {"always", ColorWhen::always},
                                   {"never", ColorWhen::never}}),
            "when to use colour");
  root.flag("-h, --help", toggle(globals.help), "-h is short, --help tells all").not_a_setting();
  root.flag("-V, --version", toggle(globals.version), "print the version").not_a_setting();
}

bool wants_color(ColorWhen when, const Process& process, bool is_terminal) {
  if (when != ColorWhen::automatic) return when == ColorWhen::always;
  if (process.variable("NO_COLOR")) return false;
  if (const auto force = process.variable("CLICOLOR_FORCE"); force && *force != "0") return true;
  return is_terminal && process.variable("TERM").value_or("dumb") != "dumb";
}

OutputOptions output_options(const Globals& globals, const Process& process) {
  return {
      .json = globals.json,
      .stats = globals.stats,
      .quiet = globals.quiet,
      .verbose = globals.verbose,
      .color_out = wants_color(globals.color, process, process.out_is_terminal),
      .color_err = wants_color(globals.color, process, process.err_is_terminal),
      .progress = process.err_is_terminal && process.variable("TERM").value_or("dumb") != "dumb",
      .out_is_terminal = process.out_is_terminal,
      .err_is_terminal = process.err_is_terminal,
      .out_fd = process.out_fd,
      .err_fd = process.err_fd,
      .wall_clock = process.wall_clock};
}

}  // namespace patchbay
