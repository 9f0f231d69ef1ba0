#include "patchbay/tools/inherited_sockets.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

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

std::vector<int> inherited_sockets() {
  std::vector<int> sockets;
  const int count = number_in("LISTEN_FDS");
  if (number_in("LISTEN_PID") != ::getpid() || count < 1 || count > k_most) return sockets;
  for (int descriptor = k_first; descriptor < k_first + count; ++descriptor) {
    if (::fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0) sockets.push_back(descriptor);
  }
  for (const char* const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  return sockets;
}

}  // namespace patchbay
