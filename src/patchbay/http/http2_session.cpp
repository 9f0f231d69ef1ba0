#include "patchbay/http/http2_session.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "patchbay/http/http2_callbacks.hpp"
#include "patchbay/http/http_goodbye.hpp"
#include "patchbay/http/http_reset.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_lingered_bytes = 1024 * 1024;
constexpr Duration k_linger = 1s;

}  // namespace

Http2Session::Http2Session(HttpService& service, const HttpConnection& connection, Scope& scope)
    : service_(service),
      connection_(connection),
      limits_(service.limits),
      group_(scope),
      began_(Loop::current().now()),
      idle_since_(began_),
      looked_(began_),
      looks_(began_),
      resets_(limits_.resets_per_second, began_),
      control_(limits_.control_per_second, began_),
      patience_(patience_terms()) {}

Http2Session::~Http2Session() = default;

Task<> Http2Session::run(std::string first) {
  if (!begin()) co_return;
  group_.spawn(&Http2Session::write, this);
  group_.spawn(&Http2Session::watch, this);
  group_.spawn(&Http2Session::read, this, std::move(first));
  co_await group_.join();
  service_.leave_idle(listed_);
  account_for_all();
  if (says_goodbye_) co_await linger();
}

bool Http2Session::begin() {
  nghttp2_session* session = nullptr;
  if (Http2Callbacks::make_session(&session, *this) != 0) return false;
  session_.reset(session);
  const auto window = std::clamp<std::uint32_t>(limits_.window_bytes, 1, k_http2_most_window);
  const auto bounded = [](std::size_t value) {
    return static_cast<std::uint32_t>(
        std::min<std::size_t>(value, std::numeric_limits<std::uint32_t>::max()));
  };
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, bounded(limits_.head.head_bytes)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  set_http2_window(session, window);
  listed_.stream = &connection_.stream;
  listed_.session = this;
  listed_.stop = [](HttpIdle& idle) { static_cast<Listed&>(idle).session->stop(); };
  service_.enter_idle(listed_);
  wake_.set();
  return true;
}

// --- reading -------------------------------------------------------------------------------------

Task<> Http2Session::read(std::string first) {
  bool goes_on = first.empty() || receive(std::as_bytes(std::span(first)));
  while (goes_on) {
    const auto data = co_await connection_.stream.receive();
    if (!data || data->empty()) {
      client_left_ = true;
      group_.cancel();
      co_return;
    }
    goes_on = receive(data->bytes());
  }
}

// False: nothing that comes counts any more.
bool Http2Session::receive(std::span<const std::byte> bytes) {
  const ssize_t taken = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (taken == NGHTTP2_ERR_BAD_CLIENT_MAGIC || taken == NGHTTP2_ERR_NOMEM) {
    terminate(NGHTTP2_PROTOCOL_ERROR);
  } else if (taken < 0) {
    terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  begin_requests();
  if (nghttp2_session_get_outbound_queue_size(session_.get()) > k_http2_most_queued) {
    terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  note_work();
  wake();
  return !terminated_;
}

// Of a connection that broke the rules: what it said so far is all there is.
void Http2Session::terminate(std::uint32_t code) {
  if (terminated_) return;
  terminated_ = true;
  nghttp2_session_terminate_session(session_.get(), code);
  wake_.set();
}

// --- writing -------------------------------------------------------------------------------------

void Http2Session::wake() {
  if (nghttp2_session_want_write(session_.get()) != 0 || finished()) wake_.set();
}

bool Http2Session::finished() const {
  return nghttp2_session_want_read(session_.get()) == 0 &&
         nghttp2_session_want_write(session_.get()) == 0;
}

Task<> Http2Session::write() {
  for (;;) {
    if (const auto woken = co_await wake_.wait(); !woken) co_return;
    wake_.reset();
    const auto sent = co_await send_all();
    if (!sent || finished()) {
      if (!sent && sent.error().fault() != Fault::cancelled) client_left_ = true;
      if (!sent && sent.error().fault() == Fault::timed_out) reset_when_closed(connection_.stream);
      says_goodbye_ = sent.has_value();
      group_.cancel();
      co_return;
    }
  }
}

// All that nghttp2 has to say now, in as few writes as the buffer allows.
Task<Result<>> Http2Session::send_all() {
  while (nghttp2_session_want_write(session_.get()) != 0 || !output_.rest.empty()) {
    BufferPool& pool = Loop::current().buffers();
    const BufferPool::Block block = pool.lend();
    const Lease lease(pool, block, block.size);
    output_.memory = {block.data, block.size};
    output_.filled = 0;
    do {
      if (!output_.fill(session_.get())) co_return Error(Fault::protocol, "write to");
    } while (fetch_contents() && output_.room().size() >= Http2Output::k_least_room);
    if (output_.filled == 0) break;
    const std::span<const std::byte> bytes = output_.memory.first(output_.filled);
    writing_ = true;
    const auto sent = co_await connection_.stream.write_all(
        bytes, Deadline::after(patience_.for_all_of(bytes.size())));
    writing_ = false;
    if (!sent) co_return sent;
  }
  co_return ok();
}

// What the client still sends would have the kernel reset the connection, and take our last words
// from it.
Task<> Http2Session::linger() {
  const Deadline until = Deadline::after(k_linger);
  if (const auto ended = co_await connection_.stream.shutdown_write(until); !ended) co_return;
  for (std::size_t bytes = 0; bytes < k_lingered_bytes;) {
    const auto data = co_await connection_.stream.receive(until);
    if (!data || data->empty()) co_return;
    bytes += data->size();
  }
}

Task<> serve_http2(HttpService& service, HttpConnection connection, std::string first) {
  Http2Session session(service, connection, co_await current_scope());
  co_await session.run(std::move(first));
  if (connection.secure) say_goodbye(connection.stream);
}

}  // namespace patchbay
