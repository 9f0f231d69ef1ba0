#include "patchbay/net/options.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>

namespace patchbay {

namespace {

int whole_seconds(Duration duration) {
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(duration).count());
}

int clamped(std::size_t bytes) {
  constexpr std::size_t most = std::numeric_limits<int>::max() / 2;  // the kernel doubles it
  return static_cast<int>(std::min(bytes, most));
}

struct NumberOption {
  int level;
  int name;
  int value;
};

}  // namespace

Result<> set_option(Port& port, int handle, int level, int name, int value) {
  return port.set_option(handle, level, name, &value, sizeof value);
}

Result<int> get_option(Port& port, int handle, int level, int name) {
  int value = 0;
  unsigned size = sizeof value;
  if (const auto got = port.get_option(handle, level, name, &value, size); !got) return got.error();
  return value;
}

Result<> apply(Port& port, int handle, const TcpOptions& options) {
  std::array<NumberOption, 9> wanted;
  std::size_t count = 0;
  const auto want = [&](int level, int name, int value) { wanted[count++] = {level, name, value}; };

  want(IPPROTO_TCP, TCP_NODELAY, options.no_delay ? 1 : 0);
  if (options.keepalive) {
    want(SOL_SOCKET, SO_KEEPALIVE, 1);
    want(IPPROTO_TCP, TCP_KEEPIDLE, whole_seconds(options.keepalive->idle));
    want(IPPROTO_TCP, TCP_KEEPINTVL, whole_seconds(options.keepalive->interval));
    want(IPPROTO_TCP, TCP_KEEPCNT, options.keepalive->probes);
  }
  if (options.receive_buffer_bytes)
    want(SOL_SOCKET, SO_RCVBUF, clamped(*options.receive_buffer_bytes));
  if (options.send_buffer_bytes) want(SOL_SOCKET, SO_SNDBUF, clamped(*options.send_buffer_bytes));
  if (options.unsent_bytes) want(IPPROTO_TCP, TCP_NOTSENT_LOWAT, clamped(*options.unsent_bytes));
  if (options.user_timeout) {
    const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(*options.user_timeout);
    constexpr std::int64_t most = std::numeric_limits<int>::max();  // 24 days
    want(IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(std::min(timeout.count(), most)));
  }
  for (const NumberOption& option : std::span(wanted).first(count)) {
    if (const auto set = set_option(port, handle, option.level, option.name, option.value); !set) {
      return set;
    }
  }
  if (!options.congestion) return ok();
  const std::string& name = *options.congestion;
  const auto set = port.set_option(handle, IPPROTO_TCP, TCP_CONGESTION, name.data(),
                                   static_cast<unsigned>(name.size()));
  if (set) return set;
  return set.error().about(name).advising(
      "see which there are with: sysctl net.ipv4.tcp_available_congestion_control");
}

Result<TcpSettings> read_tcp_settings(Port& port, int handle) {
  struct Read {
    int level;
    int name;
    int value = 0;
  };
  enum {
    no_delay,
    keepalive,
    idle,
    interval,
    probes,
    receive_buffer,
    send_buffer,
    unsent,
    user_timeout
  };
  std::array reads = {Read{IPPROTO_TCP, TCP_NODELAY},     Read{SOL_SOCKET, SO_KEEPALIVE},
                      Read{IPPROTO_TCP, TCP_KEEPIDLE},    Read{IPPROTO_TCP, TCP_KEEPINTVL},
                      Read{IPPROTO_TCP, TCP_KEEPCNT},     Read{SOL_SOCKET, SO_RCVBUF},
                      Read{SOL_SOCKET, SO_SNDBUF},        Read{IPPROTO_TCP, TCP_NOTSENT_LOWAT},
                      Read{IPPROTO_TCP, TCP_USER_TIMEOUT}};
  for (Read& read : reads) {
    const auto value = get_option(port, handle, read.level, read.name);
    if (!value) return value.error();
    read.value = *value;
  }
  TcpSettings settings;
  settings.no_delay = reads[no_delay].value != 0;
  if (reads[keepalive].value != 0) {
    settings.keepalive = {.idle = std::chrono::seconds(reads[idle].value),
                          .interval = std::chrono::seconds(reads[interval].value),
                          .probes = reads[probes].value};
  }
  settings.receive_buffer_bytes = static_cast<std::size_t>(reads[receive_buffer].value);
  settings.send_buffer_bytes = static_cast<std::size_t>(reads[send_buffer].value);
  settings.unsent_bytes = static_cast<std::size_t>(reads[unsent].value);
  settings.user_timeout = std::chrono::milliseconds(reads[user_timeout].value);
  std::array<char, 16> name{};  // TCP_CA_NAME_MAX
  unsigned size = name.size();
  if (const auto got = port.get_option(handle, IPPROTO_TCP, TCP_CONGESTION, name.data(), size);
      !got) {
    return got.error();
  }
  settings.congestion = name.data();
  return settings;
}

}  // namespace patchbay
