// Http2Body: the body of a request as its handler reads it. What it has not read yet waits here,
// and the client's window is opened again only for what it has: so no more than a window waits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "patchbay/http/http_patience.hpp"
#include "patchbay/http/http_source.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

// Who is told what the reader of a body does.
class Http2BodyOwner {
 public:
  virtual void body_taken(std::int32_t stream, std::size_t bytes) = 0;
  // The reader waits, and nothing has come yet: a client may wait for "100 Continue".
  virtual void body_awaited(std::int32_t stream) = 0;

 protected:
  ~Http2BodyOwner() = default;
};

class Http2Body final : public HttpSource {
 public:
  Http2Body(Http2BodyOwner& owner, HttpPatience patience) : owner_(owner), patience_(patience) {}

  void begin(std::int32_t stream, std::optional<std::uint64_t> size);

  // Faults besides those of a wait: `closed` when the client took its request back, `timed_out`
  // also when it sends more slowly than it may.
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;
  std::optional<std::uint64_t> size() const override { return size_; }

  // What comes. False: nobody will read it.
  bool add(std::string_view bytes);
  void end();
  // Nobody is to read on: who tries gets `error`. Returns how many bytes were waiting.
  std::size_t discard(const Error& error);

 private:
  std::size_t take(std::span<std::byte> into);

  Http2BodyOwner& owner_;
  HttpPatience patience_;
  std::int32_t stream_ = 0;
  std::optional<std::uint64_t> size_;
  std::string waiting_;    // what has come
  std::size_t taken_ = 0;  // of it
  bool ended_ = false;
  std::optional<Error> fault_;
  Event changed_;
};

}  // namespace patchbay
