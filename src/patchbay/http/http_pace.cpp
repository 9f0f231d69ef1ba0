#include "patchbay/http/http_pace.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <cerrno>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/options.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_large_piece = std::size_t{64} * 1024;
constexpr std::size_t k_enough_to_trust = std::size_t{1} << 20;

}  // namespace

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
  is_slow_ = passed >= 1s || *written == 0;
  if (is_slow_) {
    distrust();
  } else {
    trust(*written);
  }
  const auto read = is_slow_ ? acknowledged() : std::nullopt;
  // What it has read counts before the time that passed, or else a pause could be longer than it
  // may be.
  if (read) patience_.save(*read - std::exchange(acknowledged_, *read));
  patience_.wait(passed);
  if (!read) patience_.pay(*written);
  if (patience_.left() > Duration(0)) return ok();
  return Error(Fault::timed_out, "write to", "the client reads too slowly");
}

// That an option could not be set costs time and nothing else.
void HttpPace::trust(std::size_t written) {
  if (is_trusted_ || written < k_large_piece) return;
  read_quickly_ += written;
  if (read_quickly_ < k_enough_to_trust) return;
  is_trusted_ = true;
  static_cast<void>(
      set_option(stream_.port(), stream_.handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, 0));
}

void HttpPace::distrust() {
  read_quickly_ = 0;
  if (!std::exchange(is_trusted_, false)) return;
  static_cast<void>(set_option(stream_.port(), stream_.handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT,
                               static_cast<int>(k_http_unsent_bytes)));
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
