// Http1Answers: finds the answers in what a connection of a load brings, and where each ends.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {

// The head that was read last. Most answers of a load begin with the very same bytes, and equal
// bytes mean the same: they need not be read again. One for all connections of a loop.
struct Http1KnownHead {
  std::string bytes;
  int status = 0;
  HttpFraming framing;
  bool keep_alive = false;
  Http1Response response;  // what others are read into: its memory is used again
};

class Http1Answers {
 public:
  // Both outlive it. `method` is what all requests ask with.
  Http1Answers(std::string_view method, Http1KnownHead& known) : method_(method), known_(known) {}

  // For the next connection.
  void reset();

  // So many requests more are on their way.
  void asked(std::uint64_t requests) { outstanding_ += requests; }
  std::uint64_t outstanding() const { return outstanding_; }

  // Reads what came; done(status) is called at the end of each answer.
  template <class Done>
  void take(std::string_view bytes, Done done) {
    while (!bytes.empty() && !broken()) {
      if (!in_body_ && !begin(bytes)) return;
      if (skip_body(bytes)) finish(done);
    }
  }

  // The peer has ended its side. False: it owed answers, or the rest of one.
  template <class Done>
  bool peer_ended(Done done) {
    if (in_body_ && body_) {
      body_->peer_ended();
      if (body_->ended()) finish(done);
    }
    return outstanding_ == 0;
  }

  // What came is no HTTP, or more than was asked for. Nothing that follows can be trusted.
  bool broken() const { return reason_ != nullptr; }
  const char* reason() const { return reason_; }
  // No further answer comes on this connection: its last one said so.
  bool closing() const { return closing_; }
  // An answer has begun that has not ended yet.
  bool in_the_middle() const { return in_body_ || !partial_.empty(); }

 private:
  bool begin(std::string_view& bytes);
  bool read_head(std::string_view& bytes);
  void begin_body();
  bool skip_body(std::string_view& bytes);

  template <class Done>
  void finish(Done& done) {
    in_body_ = false;
    --outstanding_;
    if (!keep_alive_) closing_ = true;
    done(status_);
  }

  std::string_view method_;
  Http1KnownHead& known_;
  std::uint64_t outstanding_ = 0;
  std::uint64_t left_ = 0;         // of a body with a length
  std::optional<Http1Body> body_;  // of any other
  std::string partial_;            // a head that came in pieces
  const char* reason_ = nullptr;
  int status_ = 0;
  bool in_body_ = false;
  bool keep_alive_ = true;
  bool closing_ = false;
};

}  // namespace patchbay
