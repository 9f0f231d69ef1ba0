// Http2Stream: one request and its answer.
#pragma once

#include <cstdint>
#include <optional>

#include "patchbay/http/http2_body.hpp"
#include "patchbay/http/http2_content.hpp"
#include "patchbay/http/http2_request_head.hpp"
#include "patchbay/http/http_patience.hpp"
#include "patchbay/http/http_request.hpp"
#include "patchbay/http/http_response.hpp"

namespace patchbay {

class Scope;

struct Http2Stream {
  Http2Stream(Http2BodyOwner& owner, HttpPatience terms) : body(owner, terms), patience(terms) {}

  std::int32_t id = 0;
  Instant began{};
  Http2RequestHead head;
  HttpRequest request;
  Http2Body body;
  std::optional<HttpRefusal> refusal;  // instead of a request

  HttpResponse response;
  Http2Content content;
  std::uint64_t sent = 0;          // of the content
  std::uint64_t sent_at_tick = 0;  // when the client's patience was last counted
  HttpPatience patience;           // with a client that keeps its window shut

  // The task that works for it, if one does: its handler, or what fetches its content.
  Scope* scope = nullptr;
  bool held = false;      // that task, or a list, refers to it: it stays when it is closed
  bool complete = false;  // all of the request's head has come
  bool answered = false;  // `response` is under way
  bool done = false;      // … and has left
  Instant done_at{};
  std::size_t unwanted = 0;  // bytes of the request that came later
  bool fetching = false;     // its content is not there yet, which is not the client's fault
  bool cut = false;          // for want of patience
  bool closed = false;       // nghttp2 has forgotten it
  bool awaits_continue = false;

  Http2Stream* previous = nullptr;  // of those that are open
  Http2Stream* next = nullptr;
};

}  // namespace patchbay
