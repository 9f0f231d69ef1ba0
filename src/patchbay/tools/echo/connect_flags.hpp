// The flags that `tcp connect` and `udp connect` share, and what they ask for.
#pragma once

#include <expected>
#include <optional>
#include <string>

#include "patchbay/base/time.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/tools/command.hpp"
#include "patchbay/tools/echo/connect_tcp_expect.hpp"

namespace patchbay {

struct ConnectFlags {
  std::string to;
  std::optional<std::string> port;
  std::optional<std::string> send;
  std::optional<std::string> expect;
  std::optional<Duration> timeout;
  std::optional<std::string> local;
  bool hex = false;
  bool crlf = false;
};

// The same, checked and in the types of the library.
struct ConnectWish {
  HostPort to;
  Duration timeout{};
  std::optional<Endpoint> local;
  std::optional<std::string> question;  // its newlines are translated
  std::optional<Expectation> expect;
};

void declare_connect_flags(Command& connect, ConnectFlags& flags);
std::expected<ConnectWish, Failure> read_connect_flags(const ConnectFlags& flags);

}  // namespace patchbay
