// Http1Exchange: requests that came together on a connection, and the answers to them.
#pragma once

#include <memory>

#include "patchbay/http/http1_input.hpp"
#include "patchbay/http/http1_reply.hpp"
#include "patchbay/http/http1_request_body.hpp"
#include "patchbay/http/http1_watch.hpp"
#include "patchbay/http/http_output.hpp"
#include "patchbay/http/http_service.hpp"

namespace patchbay {

class Http1Exchange {
 public:
  // All references outlive it; `requests` counts those of the connection.
  Http1Exchange(HttpService& service, Stream& stream, const Endpoint& peer, bool secure,
                Lease first, std::uint64_t& requests);

  // How it ended: the connection may wait for its next request, or is to be closed, or began with
  // the preface of HTTP/2 (RFC 9113 section 3.4), which is the first of rest() then.
  enum class End : std::uint8_t { idle, close, http2 };

  // Answers all requests that are there, and those that come in behind them without a pause.
  Task<End> run();
  // What has come and was not used.
  std::string_view rest() const { return input_.bytes(); }

 private:
  enum class Next : std::uint8_t { more, idle, close };

  bool has_preface() const;
  bool may_become_preface() const;
  bool answer_at_once();
  bool take_answer(HttpResponse& response, Http1Reply& reply);
  Task<bool> answer();
  Task<bool> ask_handler();
  Task<bool> answer_with(HttpResponse& response, Http1RequestBody* body);
  Task<bool> clear_the_way(Http1RequestBody* body);
  Task<Result<>> send(HttpResponse& response, const Http1Reply& reply);
  Task<Result<>> send_body(HttpResponse& response, bool chunked);
  Task<Result<>> send_parts(HttpParts& parts);
  Task<Result<>> send_source(HttpSource& source, bool chunked);
  Task<Next> wait_for_rest();
  Task<> refuse(HttpRefusal refusal);
  bool is_for_tls_only() const;
  Task<> linger(std::uint64_t most_bytes);
  void begin_request();
  void fill_request();
  void release_buffer(const HttpResponse& response);
  void tell_log(int status, std::uint64_t sent_before, bool complete);
  bool may_persist() const;

  HttpService& service_;
  Stream& stream_;
  const Endpoint& peer_;
  const bool secure_;
  std::uint64_t& requests_;
  Http1Input input_;
  HttpOutput output_;
  Http1Request head_;
  HttpRequest request_;
  Http1Watch watch_{stream_, request_};
  std::unique_ptr<HttpResponse> ready_;  // an answer that was made and does not fit
  bool asked_ = false;                   // whether there is an answer at once
  std::string_view received_;            // the head as it came
  std::string kept_;                     // the same, when its buffer was given back
  std::string text_;                     // of the head that is written
  std::uint64_t head_bytes_ = 0;
  Instant began_{};
};

}  // namespace patchbay
