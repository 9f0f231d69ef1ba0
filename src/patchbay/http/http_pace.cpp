#include "patchbay/http/http_pace.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <cerrno>

#include "patchbay/net/loop.hpp"

namespace patchbay {

Result<std::size_t> PacedWrite::await_resume() const {
  if (succeeded() || (outcome == Outcome::timed_out && !cut_short(asked_))) return done;
  return failure();
}

Result<std::size_t> PacedFile::await_resume() const {
  if (outcome == Outcome::failed && error == ENODATA) {
    return Error(Fault::storage, operation_name(kind), "the file ended before the range did");
  }
  return PacedWrite::await_resume();
}

// The first look comes at half of the time, so that there is another to compare it with.
Deadline HttpPace::begin() {
  began_ = Loop::current().now();
  return Deadline(began_ + (is_slow_ ? patience_.left() : patience_.left() / 2));
}

Result<> HttpPace::end(const Result<std::size_t>& written) {
  if (!written) return written.error();
  const Duration passed = Loop::current().now() - began_;
  patience_.wait(passed);
  is_slow_ = passed >= 1s || *written == 0;
  const auto before = std::exchange(acknowledged_, is_slow_ ? acknowledged() : std::nullopt);
  patience_.pay(before && acknowledged_ ? *acknowledged_ - *before : *written);
  if (patience_.left() > Duration(0)) return ok();
  return Error(Fault::timed_out, "write to", "the client reads too slowly");
}

// Nothing where the kernel does not tell, and of what is no TCP.
std::optional<std::uint64_t> HttpPace::acknowledged() const {
  tcp_info info = {};
  unsigned size = sizeof info;
  const auto told = stream_.port().get_option(stream_.handle(), IPPROTO_TCP, TCP_INFO, &info, size);
  if (!told || size < offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked) {
    return std::nullopt;
  }
  return info.tcpi_bytes_acked;
}

}  // namespace patchbay
