#include "patchbay/tools/echo/connect_flags.hpp"

#include <utility>

#include "patchbay/tools/echo/connect_shared.hpp"

namespace patchbay {

namespace {
constexpr Duration k_default_timeout = 5s;
}

void declare_connect_flags(Command& connect, ConnectFlags& flags) {
  connect.argument("HOST:PORT", endpoint(flags.to), "whom to talk to");
  connect.argument("[PORT]", text(flags.port), "the port, when HOST stands alone");
  connect.flag("--send TEXT", text(flags.send), "ask one question and print its answer");
  connect.flag("--expect REGEX", text(flags.expect), "exit 5 unless the answer matches (RE2)")
      .needs("send");
  connect.flag("-w, --timeout TIME", duration(flags.timeout, 1ms),
               "limits connecting and each wait for an answer (5s)");
  connect.flag("-x, --hex", toggle(flags.hex), "dump both directions in hex");
  connect.flag("-C, --crlf", toggle(flags.crlf), "send each newline as CR LF");
  connect.flag("-s, --local ADDR", text(flags.local), "talk from this address of this machine");
  connect.exit_code(exit_condition, "the answer does not match --expect");
  connect.see_also("nc(1)");
}

std::expected<ConnectWish, Failure> read_connect_flags(const ConnectFlags& flags) {
  ConnectWish wish{.timeout = flags.timeout.value_or(k_default_timeout)};
  const auto to = target_of(flags.to, flags.port);
  if (!to) return std::unexpected(to.error());
  wish.to = *to;
  if (flags.local) {
    const auto local = source_of(*flags.local);
    if (!local) return std::unexpected(local.error());
    wish.local = *local;
  }
  if (!flags.send) return wish;
  wish.question = flags.crlf ? CrlfWriter().next(*flags.send) : *flags.send;
  if (!flags.expect) return wish;
  auto expect = Expectation::parse(*flags.expect);
  if (!expect) return std::unexpected(expect.error());
  wish.expect = std::move(*expect);
  return wish;
}

}  // namespace patchbay
