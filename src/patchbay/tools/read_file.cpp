#include "patchbay/tools/read_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

Failure reading_failed(const std::string& path, int code) {
  return Failure(Error::from_errno(code, "read").about(path));
}

}  // namespace

std::expected<std::string, Failure> read_whole_file(const std::string& path, std::size_t most) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::unexpected(reading_failed(path, errno));
  std::string text;
  char piece[16 * 1024];
  ssize_t got;
  while ((got = ::read(descriptor, piece, sizeof(piece))) > 0 && text.size() <= most) {
    text.append(piece, static_cast<std::size_t>(got));
  }
  const int code = errno;
  ::close(descriptor);
  if (got < 0) return std::unexpected(reading_failed(path, code));
  if (text.size() > most) {
    return std::unexpected(Failure(fmt::format("cannot use {}", escape_terminal(path)),
                                   fmt::format("it is longer than {}", format_size(most)), {}));
  }
  return text;
}

}  // namespace patchbay
