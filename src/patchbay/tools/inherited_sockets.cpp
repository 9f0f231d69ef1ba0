#include "patchbay/tools/inherited_sockets.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace patchbay {

namespace {

constexpr int k_first = 3;  // SD_LISTEN_FDS_START
constexpr int k_most = 64;

int number_in(const char* name) {
  const char* const text = ::getenv(name);
  if (text == nullptr) return 0;
  const std::string_view digits(text);
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

}  // namespace

void name_sockets(std::vector<InheritedSocket>& sockets, std::string_view names) {
  for (InheritedSocket& socket : sockets) {
    socket.name = names.substr(0, names.find(':'));
    names.remove_prefix(std::min(socket.name.size() + 1, names.size()));
  }
}

std::vector<InheritedSocket> inherited_sockets() {
  std::vector<InheritedSocket> sockets;
  const int count = number_in("LISTEN_FDS");
  if (number_in("LISTEN_PID") != ::getpid() || count < 1 || count > k_most) return sockets;
  for (int descriptor = k_first; descriptor < k_first + count; ++descriptor) {
    if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0) sockets.push_back({descriptor});
  }
  if (const char* const names = ::getenv("LISTEN_FDNAMES")) name_sockets(sockets, names);
  for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return sockets;
}

}  // namespace patchbay
