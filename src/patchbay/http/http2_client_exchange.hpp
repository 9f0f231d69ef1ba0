// Http2ClientExchange: one request over a connection that others may share, and the body of its
// answer.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "patchbay/http/http2_client_connection.hpp"
#include "patchbay/http/http2_client_request.hpp"
#include "patchbay/http/http_source.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

class Http2ClientExchange final : public HttpSource {
 public:
  explicit Http2ClientExchange(std::shared_ptr<Http2ClientConnection> connection)
      : connection_(std::move(connection)) {}
  // What has not come to its end is given up.
  ~Http2ClientExchange() override { connection_->leave(stream_); }
  Http2ClientExchange(const Http2ClientExchange&) = delete;
  Http2ClientExchange& operator=(const Http2ClientExchange&) = delete;

  // Sends the request and waits for the head of its answer, both at once. A source is read to its
  // end before this ends where the answer is a 2xx, and no further where it is another; a text is
  // sent to its end while the answer is read. Once.
  // Faults: as HttpClientConnection::exchange(), and what the server gives for a reset.
  Task<Result<HttpAnswerHead>> ask(const Http2ClientRequest& request, Deadline deadline);

  // The body of the answer. `closed` when the connection ended or the server reset the request
  // before it was complete.
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;
  std::optional<std::uint64_t> size() const override { return size_; }

  bool is_over() const { return stream_.is_over(); }
  bool heard() const { return stream_.heard; }
  Instant heard_at() const { return stream_.heard_at; }
  // The server has not looked at the request: it may be asked again, whatever it was. Not so where
  // its body has been read and cannot be had again.
  bool may_ask_again() const { return stream_.unprocessed && !source_read_; }

 private:
  Task<Result<>> send_source(const Http2ClientRequest& request, Deadline deadline);
  Task<Result<>> send_pieces(const Http2ClientRequest& request, Deadline deadline);
  Task<Result<>> read_source(HttpSource& source, std::string& piece, std::size_t& bytes,
                             Deadline deadline);
  Task<Result<>> hear(const Http2ClientRequest& request, Deadline deadline);
  Task<Result<>> wait_until_settled();
  void offer(std::string_view piece, bool last);
  void keep_rest();
  std::size_t take(std::span<std::byte> into);

  std::shared_ptr<Http2ClientConnection> connection_;
  Http2ClientStream stream_;
  std::optional<std::uint64_t> size_;
  std::string rest_;          // of a text that is longer on its way than its owner waits
  Event settled_;             // nothing more of the body is wanted
  bool source_read_ = false;  // a part of it, at least
  std::optional<Error> source_failure_;
};

}  // namespace patchbay
