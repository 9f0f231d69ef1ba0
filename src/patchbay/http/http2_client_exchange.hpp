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

  // Sends the request and waits for the head of its answer, both at once. Where the answer is a 2xx
  // a source is read to its end before this ends, or, if it survives a cancel, while the answer is
  // read, as a text is sent; where it is another, no further. Once.
  // Faults: as HttpClientConnection::exchange(), and what the server gives for a reset.
  Task<Result<HttpAnswerHead>> ask(const Http2ClientRequest& request, Deadline deadline);

  // The body of the answer. Goes on with the source, if that is not all sent, and has sent it when
  // it comes to the end. `closed` when the connection ended or the server reset the request before
  // it was complete.
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;
  std::optional<std::uint64_t> size() const override { return size_; }

  // Nothing more is to come, in either direction.
  bool is_over() const { return stream_.is_over() && !sends_beside_; }
  bool heard() const { return stream_.heard; }
  Instant heard_at() const { return stream_.heard_at; }
  // The server has not looked at the request: it may be asked again, whatever it was. Not so where
  // its body has been read and cannot be had again.
  bool may_ask_again() const { return stream_.unprocessed && !source_read_; }

 private:
  Task<Result<>> send_source(Deadline deadline);
  Task<Result<>> send_on(Deadline deadline);
  Task<Result<>> send_beside();
  Task<Result<>> read_source(Deadline deadline);
  Task<Result<>> hear(Deadline deadline);
  Task<Result<>> wait_until_settled();
  Task<Result<>> read_into(std::span<std::byte> into, Deadline deadline, Result<std::size_t>& got);
  Task<Result<std::size_t>> read_answer(std::span<std::byte> into, Deadline deadline);
  bool may_send_on() const;
  Result<> offer(std::size_t bytes);
  void keep_rest();
  std::size_t take(std::span<std::byte> into);

  std::shared_ptr<Http2ClientConnection> connection_;
  Http2ClientStream stream_;
  std::optional<std::uint64_t> size_;
  std::string rest_;  // of a text that is longer on its way than its owner waits
  Event settled_;     // nothing more of the body is wanted
  Event never_;

  // The body of the request, where it has a source: how far it is.
  HttpSource* source_ = nullptr;
  std::optional<std::uint64_t> length_;
  std::uint64_t total_ = 0;
  std::string piece_;
  bool offered_ = false;       // the piece, and nobody knows yet that it has left
  bool sends_beside_ = false;  // while the answer is read
  bool source_read_ = false;   // a part of it, at least
  std::optional<Error> source_failure_;
};

}  // namespace patchbay
