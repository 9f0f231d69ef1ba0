// HttpOutput: gathers what a connection has to say into one buffer on loan, so that the answers to
// many small requests leave in one write.
#pragma once

#include <string_view>

#include "patchbay/http/http_options.hpp"
#include "patchbay/http/http_pace.hpp"
#include "patchbay/http/http_response.hpp"

namespace patchbay {

class HttpOutput {
 public:
  HttpOutput(Stream& stream, const HttpLimits& limits) : stream_(stream), pace_(stream, limits) {}
  ~HttpOutput();
  HttpOutput(const HttpOutput&) = delete;
  HttpOutput& operator=(const HttpOutput&) = delete;

  // Takes it in if it fits beside what is there already.
  bool take(std::string_view bytes);
  // Both or neither.
  bool take(std::string_view head, std::string_view body);
  // Sends what is there. With `more` the kernel may wait for what is written next.
  Task<Result<>> flush(bool more = false);
  // Takes it in, or sends all that is there and then this.
  Task<Result<>> write(std::string_view bytes);
  // Behind what is there, which leaves with it.
  Task<Result<>> write_file(const HttpFilePart& part);

  bool empty() const { return used_ == 0; }
  std::uint64_t sent() const { return sent_; }  // bytes in all, those in the buffer included

 private:
  Task<Result<>> send(std::string_view bytes);
  void give_back();

  Stream& stream_;
  HttpPace pace_;
  BufferPool* pool_ = nullptr;
  BufferPool::Block block_;
  std::size_t used_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace patchbay
