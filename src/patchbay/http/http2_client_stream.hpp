// Http2ClientStream: one request of a client and its answer, as the connection knows them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/base/time.hpp"
#include "patchbay/http/http_answer_head.hpp"

namespace patchbay {

struct Http2ClientStream {
  std::int32_t id = 0;  // 0: it has not been submitted
  bool closed = false;  // nghttp2 has forgotten it

  // The request. `piece` is what is to be sent next of its body, and lasts as long as it is not
  // empty.
  std::string_view piece;
  bool last_piece = false;  // nothing follows it
  bool deferred = false;    // nghttp2 waits to be told of the next piece
  bool sent_whole = false;

  // The answer.
  HttpAnswerHead head;
  std::size_t head_bytes = 0;  // as SETTINGS_MAX_HEADER_LIST_SIZE counts them
  int interim = 0;             // 1xx so far
  bool has_head = false;
  std::string waiting;         // of its body, what has come and nobody has read
  std::size_t taken = 0;       // of that
  std::size_t most_early = 0;  // unread, while the body of the request is still being sent
  bool ended = false;          // all of it has come
  bool reset_by_peer = false;

  bool heard = false;  // anything of the answer
  Instant heard_at{};
  std::optional<Error> failure;  // nothing more is to come
  bool unprocessed = false;      // the server has not looked at the request, and says so

  std::size_t unread() const { return waiting.size() - taken; }
  bool is_over() const { return ended || failure.has_value(); }
};

}  // namespace patchbay
