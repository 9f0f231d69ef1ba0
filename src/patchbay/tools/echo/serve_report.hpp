// What both servers do around their serving: limits, settings and the last line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "patchbay/net/run.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/echo/services.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/value.hpp"

namespace patchbay {

// --service NAME
Value service_choice(Service& target);

// As many descriptors as this process may have without asking: the soft limit is low for the sake
// of programs that use select(2), of which this is none.
void raise_descriptor_limit();

// With -v: what the kernel made of what was asked for.
void print_settings(Output& out, const TcpListener& listener, const ListenOptions& asked);

void print_buffer(Output& out, std::string_view name, std::size_t bytes,
                  std::optional<std::size_t> asked);

// How the server ended, and its exit code: 0 after SIGTERM, which is the way to end a server, 130
// after SIGINT.
int print_stop(Output& out, const RunResult& ran, std::uint64_t cut_clients);

}  // namespace patchbay
