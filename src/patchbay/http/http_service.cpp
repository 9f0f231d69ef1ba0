#include "patchbay/http/http_service.hpp"

#include "patchbay/http/http_goodbye.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_date.hpp"

namespace patchbay {

std::string_view HttpService::date() {
  Loop& loop = Loop::current();
  if (loop.now() >= date_until_) {
    const auto now = loop.wall_clock();
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    date_ = format_http_date(second);
    date_until_ = loop.now() + std::chrono::duration_cast<Duration>(second + 1s - now);
  }
  return date_;
}

void HttpService::enter_idle(HttpIdle& idle) {
  idle.previous = nullptr;
  idle.next = idle_;
  if (idle_ != nullptr) idle_->previous = &idle;
  idle_ = &idle;
}

void HttpService::leave_idle(HttpIdle& idle) {
  (idle.previous != nullptr ? idle.previous->next : idle_) = idle.next;
  if (idle.next != nullptr) idle.next->previous = idle.previous;
}

void HttpService::stop() {
  stopping_ = true;
  // Closing ends the wait of each as `closed`; it leaves the list in its own turn.
  for (HttpIdle* idle = idle_; idle != nullptr; idle = idle->next) {
    if (idle->stop != nullptr) {
      idle->stop(*idle);
    } else {
      if (idle->secure) say_goodbye(*idle->stream);
      idle->stream->close();
    }
  }
}

}  // namespace patchbay
