// Http2Client: the client's side of one HTTP/2 connection (RFC 9113) that asks the same again and
// again, by nghttp2. Bytes in, bytes out; it has no socket.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/tools/http_bench/http_bench_target.hpp"

namespace patchbay {

class Http2Client {
 public:
  struct Answer {
    std::uint64_t tag;  // as it was asked with
    int status;         // 0: the server has given the stream up
  };

  // What is asked: the fields of a request. It outlives its clients.
  class Question {
   public:
    Question(const HttpBenchTarget& target, const HttpBenchRequest& request);
    const std::vector<nghttp2_nv>& fields() const { return fields_; }

   private:
    void add(std::string_view name, std::string_view value);

    std::vector<std::unique_ptr<std::string>> texts_;
    std::vector<nghttp2_nv> fields_;
  };

  explicit Http2Client(const Question& question);
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // Asks once more. False: this connection takes no further requests.
  bool ask(std::uint64_t tag);
  std::size_t outstanding() const { return outstanding_; }
  bool closing() const { return closing_; }
  // The server has broken the rules: nothing that follows can be trusted. Ask after to_send(),
  // since that is when it is told.
  std::optional<Error> broken() const;

  // Everything that is to be sent now; valid until the next call of any function.
  std::string_view to_send();
  // Reads what came. The answers that it completes are in answers() until the next call.
  void take(std::string_view bytes);
  const std::vector<Answer>& answers() const { return answers_; }

 private:
  struct Asked {
    std::uint64_t tag = 0;
    int status = 0;
  };
  using Session = std::unique_ptr<nghttp2_session, decltype(&nghttp2_session_del)>;

  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t*, std::size_t,
                       const std::uint8_t*, std::size_t, std::uint8_t, void*);
  static int on_frame(nghttp2_session*, const nghttp2_frame*, void*);
  static int on_sent(nghttp2_session*, const nghttp2_frame*, void*);
  static int on_close(nghttp2_session*, std::int32_t, std::uint32_t, void*);
  Asked* take_free();

  const Question& question_;
  Session session_{nullptr, nghttp2_session_del};
  std::vector<std::unique_ptr<Asked>> asked_;  // each is a stream's, or free
  std::vector<Asked*> free_;
  std::vector<Answer> answers_;
  std::string out_;
  std::size_t outstanding_ = 0;
  const char* broken_ = nullptr;
  bool closing_ = false;
};

}  // namespace patchbay
