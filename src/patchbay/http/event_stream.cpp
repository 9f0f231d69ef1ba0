#include "patchbay/http/event_stream.hpp"

#include <algorithm>
#include <cstring>

namespace patchbay {

namespace {

// A line end within a value would begin another field.
std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

void append_data(std::string& out, std::string_view data) {
  for (;;) {
    const std::size_t end = data.find_first_of("\r\n");
    out.append("data: ").append(data.substr(0, end)).append("\n");
    if (end == std::string_view::npos) return;
    data.remove_prefix(end + (data.substr(end).starts_with("\r\n") ? 2 : 1));
  }
}

}  // namespace

bool EventStream::send(const ServerEvent& event) {
  if (gone_ || ended_) return false;
  if (!event.type.empty()) waiting_.append("event: ").append(first_line(event.type)).append("\n");
  if (!event.id.empty()) waiting_.append("id: ").append(first_line(event.id)).append("\n");
  append_data(waiting_, event.data);
  waiting_ += '\n';
  if (waiting_.size() > options_.most_bytes) gone_ = true;
  changed_.set();
  return !gone_;
}

void EventStream::end() {
  ended_ = true;
  changed_.set();
}

class EventReader final : public HttpSource {
 public:
  explicit EventReader(std::shared_ptr<EventStream> events) : events_(std::move(events)) {}
  ~EventReader() override { events_->gone_ = true; }

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    EventStream& events = *events_;
    while (events.waiting_.empty() && !events.ended_ && !events.gone_) {
      events.changed_.reset();
      const Deadline comment = Deadline::after(events.options_.comment_after);
      const auto waited = co_await events.changed_.wait(deadline.or_earlier(comment));
      if (waited) continue;
      if (waited.error().fault() != Fault::timed_out || deadline.at() <= comment.at()) {
        co_return waited.error();
      }
      events.waiting_ = ":\n\n";
    }
    if (events.gone_) co_return Error(Fault::limit, "send events", "the client does not keep up");
    const std::size_t count = std::min(into.size(), events.waiting_.size());
    std::memcpy(into.data(), events.waiting_.data(), count);
    events.waiting_.erase(0, count);
    co_return count;
  }

 private:
  std::shared_ptr<EventStream> events_;
};

HttpResponse event_response(std::shared_ptr<EventStream> events) {
  HttpResponse response =
      HttpResponse::stream("text/event-stream", std::make_shared<EventReader>(std::move(events)));
  response.add("Cache-Control", "no-store");
  return response;
}

}  // namespace patchbay
