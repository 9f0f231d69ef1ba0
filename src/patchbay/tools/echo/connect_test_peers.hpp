// The other ends that the tests of `connect` and `bench` talk to, in the same loop.
#pragma once

#include <cerrno>
#include <memory>
#include <utility>

#include "patchbay/net/resolve.hpp"
#include "patchbay/tools/loopback_fixture.hpp"

namespace patchbay {

// Every name is unknown to it.
class NoNames final : public Resolver {
 public:
  Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family, Deadline) override {
    co_return Error(Fault::resolve, "resolve", "no such name exists").about(name);
  }
  Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline) override {
    co_return Error(Fault::resolve, "resolve").about(address.to_string());
  }
};

// Two ends of a local connection: one plays standard input or output, the test holds the other.
struct LocalPair {
  Stream ours;
  Stream theirs;
};
inline Result<LocalPair> local_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return Error::from_errno(errno, "make a pair of sockets");
  }
  Engine& engine = Loop::current().engine();
  const auto ours = engine.adopt(ends[0]);
  if (!ours) return ours.error();
  const auto theirs = engine.adopt(ends[1]);
  if (!theirs) return theirs.error();
  return LocalPair{Stream(engine, *ours), Stream(engine, *theirs)};
}

inline Task<Result<>> write_and_end(Stream& stream, std::string_view text) {
  const auto written = co_await stream.write_all(text);
  if (!written) co_return written;
  co_return co_await stream.shutdown_write();
}
inline Task<Result<>> read_to_end(Stream& stream, std::string& into) {
  for (;;) {
    const auto piece = co_await stream.receive();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return ok();
    into += piece->text();
  }
}

}  // namespace patchbay
