// HttpSending: a request on its way over HTTP/1. It can be left at any point and gone on with, so
// that its answer can be read meanwhile.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/http/http_outgoing.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class HttpSending {
 public:
  // The stream and the body of the request last as long as it is gone on with.
  HttpSending(Stream& stream, const HttpOutgoing& request);
  HttpSending(const HttpSending&) = delete;
  HttpSending& operator=(const HttpSending&) = delete;

  // Until all has left, or nothing more can. Faults: those of the stream, and of the body's source,
  // which source_failure() then has too; `integrity` for a source that is not as long as it said.
  Task<Result<>> go_on(Deadline deadline = {});

  bool is_whole() const { return whole_; }
  bool has_failed() const { return failed_; }  // other than by a cancel
  const std::optional<Error>& source_failure() const { return source_failure_; }
  Instant moved_at() const { return moved_at_; }  // the last progress

 private:
  Task<Result<>> write(Deadline deadline);
  Task<Result<>> take_more(Deadline deadline);
  Task<Result<>> read_source(Deadline deadline);
  Result<> frame(std::size_t bytes);
  Error not_as_long_as_told();

  Stream& stream_;
  std::string head_;
  std::string_view text_;  // the body, or
  HttpSource* source_;     // whatever brings it
  std::optional<std::uint64_t> length_;
  std::uint64_t total_ = 0;
  std::string piece_;  // of the source
  std::string chunk_;
  std::string_view unsent_;
  bool source_ended_ = false;
  bool whole_ = false;
  bool failed_ = false;
  std::optional<Error> source_failure_;
  Instant moved_at_;
};

}  // namespace patchbay
