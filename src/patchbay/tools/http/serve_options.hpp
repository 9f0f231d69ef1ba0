// What the flags and the settings file say of a server as a whole, beside its sites.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/command.hpp"
#include "patchbay/tools/http/access_log.hpp"

namespace patchbay {

struct ServeOptions {
  std::vector<std::string> listen = {};        // none: 127.0.0.1:8080
  std::vector<std::string> listen_plain = {};  // in the clear although there are certificates
  bool tls_self = false;
  bool redirect_to_tls = false;
  LogFormat log = LogFormat::common;
  std::optional<std::string> metrics = {};
  unsigned threads = 1;
  std::size_t max_clients = 100'000;
  std::size_t per_address = 0;
  Duration idle = 60s;
  Duration head_time = 10s;
  std::uint64_t least_rate = 8 * 1024;  // bit/s
  Duration reader_grace = 60s;
  Duration grace = 10s;
  int backlog = 4096;
};

// Flags of the command line, and keys of the settings file: the same words, units and ranges.
void declare_listening(Command& command, ServeOptions& options);
void declare_server_tls(Command& command, ServeOptions& options);
void declare_limits(Command& command, ServeOptions& options);

// The keys of a settings file that are about the whole server; "site" is one of them.
std::vector<std::string> serve_keys();

}  // namespace patchbay
