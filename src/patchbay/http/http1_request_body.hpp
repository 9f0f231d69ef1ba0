// Http1RequestBody: the body of one request, read from its connection as the handler asks for it.
#pragma once

#include "patchbay/http/http1_input.hpp"
#include "patchbay/http/http_options.hpp"
#include "patchbay/http/http_output.hpp"
#include "patchbay/http/http_patience.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace patchbay {

// The leave to send (RFC 9110 section 15.2.1).
inline constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";

class Http1RequestBody final : public HttpSource {
 public:
  // All are borrowed. A client that waits for leave to send gets it at the first read.
  Http1RequestBody(Http1Input& input, HttpOutput& output, const HttpLimits& limits,
                   const Http1Request& head);

  // Faults: `protocol` for a broken framing, `closed` when the client left in the middle,
  // `timed_out` when it is slower than the limits allow, and what the stream reports.
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;
  std::optional<std::uint64_t> size() const override { return size_; }

  // Tells a client that waits for leave to send that it may. False: the connection is gone.
  Task<bool> give_leave();
  // Reads to the end what nobody wants, if that is little. True: the next request can follow.
  Task<bool> drain();
  // Nothing of it is left on the connection.
  bool ended() const { return body_.ended(); }

 private:
  Task<Result<>> fetch(Deadline deadline);

  Http1Input& input_;
  HttpOutput& output_;
  const HttpLimits& limits_;
  Http1Body body_;
  std::optional<std::uint64_t> size_;
  std::string_view piece_;  // content that has come and was not asked for yet
  bool owes_continue_;
  std::uint64_t received_ = 0;
  HttpPatience patience_;
};

}  // namespace patchbay
