#include "patchbay/tools/echo/serve_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "patchbay/base/units.hpp"

namespace patchbay {

Value service_choice(Service& target) {
  return choice(target, {{"echo", Service::echo},
                         {"discard", Service::discard},
                         {"chargen", Service::chargen},
                         {"daytime", Service::daytime},
                         {"time", Service::time}});
}

void print_buffer(Output& out, std::string_view name, std::size_t bytes,
                  std::optional<std::size_t> asked) {
  const std::string by =
      asked ? fmt::format("asked for {}; the kernel doubles and caps it", format_size(*asked))
            : std::string("the kernel's default");
  out.detail(1, fmt::format("    {} buffer {}, {}", name, format_size(bytes), by));
}

void print_settings(Output& out, const TcpListener& listener, const ListenOptions& asked) {
  if (out.verbose() == 0) return;
  int most = asked.backlog;
  std::ifstream("/proc/sys/net/core/somaxconn") >> most;
  out.detail(
      1, fmt::format("    backlog {}, asked for {}", std::min(most, asked.backlog), asked.backlog));
  const auto settings = read_tcp_settings(listener.port(), listener.handle());
  if (!settings) return;
  print_buffer(out, "receive", settings->receive_buffer_bytes, asked.stream.receive_buffer_bytes);
  print_buffer(out, "send", settings->send_buffer_bytes, asked.stream.send_buffer_bytes);
  if (!settings->keepalive) return;
  out.detail(
      1, fmt::format("    keepalive after {}, then every {}, {} times",
                     format_duration(settings->keepalive->idle),
                     format_duration(settings->keepalive->interval), settings->keepalive->probes));
}

}  // namespace patchbay
