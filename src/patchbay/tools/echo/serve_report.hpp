// What both servers say about their settings.
#pragma once

#include <optional>
#include <string_view>

#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/echo/services.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/value.hpp"

namespace patchbay {

// --service NAME
Value service_choice(Service& target);

// With -v: what the kernel made of what was asked for.
void print_settings(Output& out, const TcpListener& listener, const ListenOptions& asked);

void print_buffer(Output& out, std::string_view name, std::size_t bytes,
                  std::optional<std::size_t> asked);

}  // namespace patchbay
