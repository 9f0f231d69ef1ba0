// EventStream: server-sent events (HTML standard section 9.2): messages to a page, on an answer
// that does not end.
//
//   auto events = std::make_shared<EventStream>();
//   hub.add(events);                                // somebody who calls events->send(…)
//   co_return event_response(events);
#pragma once

#include <memory>
#include <string>

#include "patchbay/http/http_response.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

struct ServerEvent {
  std::string data;       // several lines are several lines for the page, too
  std::string type = {};  // "message" for the page when empty; one line
  std::string id = {};    // what the browser sends as Last-Event-ID when it comes back; one line
};

struct EventStreamOptions {
  std::size_t most_bytes = 1024 * 1024;  // that wait for a slow reader; more end the stream
  Duration comment_after = 15s;  // without an event: a comment, so that nobody takes it for dead
};

// Belongs to one loop. Who sends and who reads hold it together.
class EventStream {
 public:
  explicit EventStream(EventStreamOptions options = {}) : options_(options) {}

  // False when nobody reads any more, or does not keep up: then the stream has ended.
  bool send(const ServerEvent& event);
  // What was sent still arrives; then the answer ends.
  void end();
  bool has_reader() const { return !gone_; }

 private:
  friend class EventReader;

  EventStreamOptions options_;
  std::string waiting_;  // as it goes over the wire
  Event changed_;
  bool ended_ = false;
  bool gone_ = false;
};

// 200 with the events as they come. One answer for one stream. A reader that does not keep up is
// cut off (`limit`).
HttpResponse event_response(std::shared_ptr<EventStream> events);

}  // namespace patchbay
