#include "patchbay/tools/serve_stop.hpp"

#include <fmt/format.h>

#include <csignal>
#include <string>

#include "patchbay/base/units.hpp"

namespace patchbay {

int print_stop(Output& out, const RunResult& ran, std::uint64_t cut_clients) {
  if (ran.signal == 0) return ran.value;
  if (!out.json()) {
    std::string cut;
    if (cut_clients > 0) {
      cut = fmt::format(": {} {} cut off", format_count(cut_clients, "client"),
                        cut_clients == 1 ? "was" : "were");
    }
    out.note("[!] Server shutting down" + cut);
  }
  if (ran.value != exit_ok) return ran.value;
  return ran.signal == SIGINT ? exit_interrupted : exit_ok;
}

}  // namespace patchbay
