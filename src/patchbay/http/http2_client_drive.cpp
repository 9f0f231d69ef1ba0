// Http2ClientConnection: who reads and who writes, among the tasks that wait for their answers.
#include <algorithm>
#include <optional>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/http/http2_client_connection.hpp"
#include "patchbay/http/http_goodbye.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/write_some.hpp"

namespace patchbay {

namespace {

// Of this task, and not of the connection.
bool is_of_the_task(const Error& error) {
  const bool ran_out = error.fault() == Fault::timed_out && error.code() == 0;
  return ran_out || error.fault() == Fault::cancelled;
}

Error flooded() {
  return Error(Fault::limit, "go on with", "it asks for more answers than it takes");
}

Error ended(bool greeted) {
  return Error(Fault::closed, "get an answer from", "it ended the connection without one",
               greeted ? "try again" : "check that it speaks HTTP/2 on this port");
}

}  // namespace

bool Http2ClientConnection::wants_write() const {
  if (failure_ || is_deaf_) return false;
  if (!cut_.empty()) return true;
  if (is_quiet_) return false;
  return nghttp2_session_want_write(session_.get()) != 0 || !output_.rest.empty();
}

Task<Result<>> Http2ClientConnection::wait_until(Http2ClientStream& stream, Condition done,
                                                 Deadline deadline) {
  Waiter waiter;
  waiter.stream = &stream;
  waiters_.push_back(&waiter);
  Result<> waited = ok();
  while (waited && !done(stream)) waited = co_await wait_for_turn(waiter, deadline);
  std::erase(waiters_, &waiter);
  hand_over();
  if (done(stream)) co_return ok();
  co_return waited ? waited : about(waited.error());
}

// One step on the way: until something may have changed.
Task<Result<>> Http2ClientConnection::wait_for_turn(Waiter& waiter, Deadline deadline) {
  if (failure_) co_return *failure_;
  if (wants_write() && !writing_) co_return co_await write_and_read(deadline);
  if (!reading_) co_return co_await read_some(deadline);
  waiter.event.reset();
  waiter.is_idle = true;
  const auto woken = co_await waiter.event.wait(deadline);
  waiter.is_idle = false;
  co_return woken;
}

Task<Result<>> Http2ClientConnection::catch_up(Deadline deadline) {
  if (streams_.size() < 2 || !wants_write() || writing_) co_return ok();
  const auto written = co_await write_and_read(deadline);
  hand_over();
  co_return written;
}

Task<> Http2ClientConnection::watch() {
  const Scope& scope = co_await current_scope();
  Waiter waiter;
  waiters_.push_back(&waiter);
  is_watched_ = true;
  while (!scope.cancelled() && !(is_spent() && streams_.empty())) {
    if (!co_await wait_for_turn(waiter, {})) break;
  }
  is_watched_ = false;
  std::erase(waiters_, &waiter);
  if (is_spent() && streams_.empty()) close();
  hand_over();
}

void Http2ClientConnection::close() {
  going_away_ = true;
  if (!dialed_.stream.is_open()) return;
  if (dialed_.tls) say_goodbye(dialed_.stream);
  dialed_.stream.close();
}

// Whoever writes reads as well: two that only write could wait for each other for ever.
Task<Result<>> Http2ClientConnection::write_and_read(Deadline deadline) {
  co_return co_await either(write_some(deadline), read_on(deadline));
}

// --- writing -------------------------------------------------------------------------------------

// As much as one buffer takes. What a cancel or a deadline leaves of it is for the next one to
// write: a frame that was cut in the middle would end the requests of all.
Task<Result<>> Http2ClientConnection::write_some(Deadline deadline) {
  BufferPool& pool = Loop::current().buffers();
  const BufferPool::Block block = pool.lend();
  const Lease lease(pool, block, block.size);
  const std::string cut = std::exchange(cut_, {});
  std::span<const std::byte> bytes = std::as_bytes(std::span(cut));
  if (bytes.empty()) {
    output_.memory = {block.data, block.size};
    output_.filled = 0;
    if (!output_.fill(session_.get())) {
      fail(Error(Fault::limit, "send a request to", "there is no memory left"));
      co_return *failure_;
    }
    if (output_.filled == 0) {
      is_quiet_ = true;
      co_return ok();
    }
    if (failure_) co_return *failure_;
    bytes = output_.memory.first(output_.filled);
  }
  writing_ = true;
  const auto sent = co_await write_bytes(bytes, deadline);
  writing_ = false;
  if (sent) co_return ok();
  // The server may have said why before it ended: whoever reads hears it, and the end as well.
  if (sent.error().fault() == Fault::closed) {
    is_deaf_ = going_away_ = true;
    co_return ok();
  }
  if (is_of_the_task(sent.error())) {
    cut_ = as_text(bytes);
  } else {
    fail(sent.error());
  }
  co_return sent;
}

Task<Result<>> Http2ClientConnection::write_bytes(std::span<const std::byte>& bytes,
                                                  Deadline deadline) {
  while (!bytes.empty()) {
    const auto some = co_await patchbay::write_some(dialed_.stream, bytes, deadline);
    if (!some) co_return some.error();
    bytes = bytes.subspan(*some);
  }
  co_return ok();
}

// --- reading -------------------------------------------------------------------------------------

// Until it is cancelled, or the connection is at its end.
Task<Result<>> Http2ClientConnection::read_on(Deadline deadline) {
  Waiter waiter;
  waiters_.push_back(&waiter);
  Result<> result = ok();
  while (result) {
    if (failure_) {
      result = *failure_;
    } else if (!reading_) {
      result = co_await read_some(deadline);
    } else {
      waiter.event.reset();
      waiter.is_idle = true;
      result = co_await waiter.event.wait(deadline);
      waiter.is_idle = false;
    }
  }
  std::erase(waiters_, &waiter);
  co_return result;
}

// What comes next, or nothing when there is something to write and nobody else to do it.
Task<Result<>> Http2ClientConnection::read_some(Deadline deadline) {
  reading_ = true;
  nudge_.reset();
  std::optional<Lease> came;
  const auto done = co_await either(receive(came, deadline), wait_for_nudge());
  reading_ = false;
  if (!came && !done && is_of_the_task(done.error())) co_return done;
  if (!came && !done) {
    fail(done.error());
  } else if (came && came->empty()) {
    fail(farewell_.value_or(ended(greeted_)));
  } else if (came) {
    take_in(came->bytes());
  }
  if (failure_) co_return *failure_;
  co_return ok();
}

Task<Result<>> Http2ClientConnection::receive(std::optional<Lease>& into, Deadline deadline) {
  auto came = co_await dialed_.stream.receive(deadline);
  if (!came) co_return came.error();
  into.emplace(std::move(*came));
  co_return ok();
}

Task<Result<>> Http2ClientConnection::wait_for_nudge() { co_return co_await nudge_.wait(); }

void Http2ClientConnection::take_in(std::span<const std::byte> bytes) {
  touch();
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken == NGHTTP2_ERR_FLOODED) {
    fail(flooded());
  } else if (taken < 0) {
    fail(not_understood());
  } else if (nghttp2_session_get_outbound_queue_size(session_.get()) > k_http2_most_queued) {
    fail(flooded());
  }
}

// --- taking turns --------------------------------------------------------------------------------

void Http2ClientConnection::wake(const Http2ClientStream& stream) {
  for (Waiter* const waiter : waiters_) {
    if (waiter->stream == &stream) waiter->event.set();
  }
}

// To one of those who wait, if there is something to do; to the one who reads where there is no
// other.
void Http2ClientConnection::hand_over() {
  if (reading_ && (writing_ || !wants_write())) return;
  for (Waiter* const waiter : waiters_) {
    if (!waiter->is_idle) continue;
    waiter->event.set();
    return;
  }
  if (reading_) nudge_.set();
}

}  // namespace patchbay
