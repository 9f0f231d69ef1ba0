#include "patchbay/http/http_source.hpp"

#include <algorithm>
#include <string>

namespace patchbay {

namespace {
constexpr std::size_t k_piece_bytes = 16 * 1024;
}

Task<Result<std::string>> read_all(HttpSource& source, std::size_t most, Deadline deadline) {
  std::string whole;
  for (;;) {
    const std::size_t before = whole.size();
    // One byte more than allowed, to see that there is more.
    whole.resize(before + std::min(k_piece_bytes - 1, most - before) + 1);
    const auto got =
        co_await source.read(std::as_writable_bytes(std::span(whole).subspan(before)), deadline);
    if (!got) co_return got.error();
    whole.resize(before + *got);
    if (*got == 0) co_return whole;
    if (whole.size() > most) {
      co_return Error(Fault::limit, "read the body", "it is longer than is allowed here");
    }
  }
}

}  // namespace patchbay
