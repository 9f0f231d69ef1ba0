#include "patchbay/tools/http_bench/http2_client.hpp"

#include <algorithm>

#include "patchbay/base/ascii.hpp"

namespace patchbay {

namespace {

// Large windows: a load measures the server and not who waits for whose permission.
constexpr std::int32_t k_window_bytes = 1 << 30;

int status_of(std::string_view value) {
  int status = 0;
  for (const char c : value) {
    if (c < '0' || c > '9' || status > 99) return 0;
    status = status * 10 + (c - '0');
  }
  return status >= 100 && status <= 599 ? status : 0;
}

}  // namespace

Http2Client::Question::Question(const HttpBenchTarget& target, const HttpBenchRequest& request) {
  // A Host of the user's is whom to ask, as in HTTP/1.1 (RFC 9113 section 8.3.1).
  const auto host = std::ranges::find_if(
      request.fields, [](const auto& field) { return equal_ignoring_case(field.first, "host"); });
  add(":method", request.method);
  add(":scheme", target.tls ? "https" : "http");
  add(":authority", host == request.fields.end() ? target.authority : host->second);
  add(":path", target.path);
  bool has_agent = false;
  for (const auto& [name, value] : request.fields) {
    const std::string lower = in_ascii_lower(name);
    has_agent = has_agent || lower == "user-agent";
    if (lower != "host") add(lower, value);
  }
  if (!has_agent) add("user-agent", "patchbay");
}

void Http2Client::Question::add(std::string_view name, std::string_view value) {
  const auto bytes = [this](std::string_view text) {
    texts_.push_back(std::make_unique<std::string>(text));
    return reinterpret_cast<std::uint8_t*>(texts_.back()->data());
  };
  constexpr auto flags =
      static_cast<std::uint8_t>(NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE);
  fields_.push_back({bytes(name), bytes(value), name.size(), value.size(), flags});
}

Http2Client::Http2Client(const Question& question) : question_(question) {
  nghttp2_session_callbacks* calls = nullptr;
  nghttp2_session_callbacks_new(&calls);
  const std::unique_ptr<nghttp2_session_callbacks, decltype(&nghttp2_session_callbacks_del)> owner(
      calls, nghttp2_session_callbacks_del);
  nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
  nghttp2_session_callbacks_set_on_frame_send_callback(calls, on_sent);
  nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
  nghttp2_session* session = nullptr;
  nghttp2_session_client_new(&session, calls, this);
  session_.reset(session);
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(k_window_bytes)}};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, k_window_bytes);
}

Http2Client::Asked* Http2Client::take_free() {
  if (free_.empty()) {
    asked_.push_back(std::make_unique<Asked>());
    return asked_.back().get();
  }
  Asked* const asked = free_.back();
  free_.pop_back();
  return asked;
}

bool Http2Client::ask(std::uint64_t tag) {
  if (closing_) return false;
  Asked* const asked = take_free();
  *asked = {.tag = tag};
  const auto& fields = question_.fields();
  const std::int32_t stream =
      nghttp2_submit_request(session_.get(), nullptr, fields.data(), fields.size(), nullptr, asked);
  if (stream < 0) {  // no further stream has a number
    free_.push_back(asked);
    closing_ = true;
    return false;
  }
  ++outstanding_;
  return true;
}

std::string_view Http2Client::to_send() {
  out_.clear();
  for (;;) {
    const std::uint8_t* bytes = nullptr;
    const auto size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size <= 0) return out_;
    out_.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
}

void Http2Client::take(std::string_view bytes) {
  answers_.clear();
  const auto size = nghttp2_session_mem_recv(
      session_.get(), reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  if (size < 0) broken_ = nghttp2_strerror(static_cast<int>(size));
}

std::optional<Error> Http2Client::broken() const {
  if (broken_ == nullptr) return std::nullopt;
  return Error(Fault::protocol, "read the answer of the server", broken_);
}

int Http2Client::on_header(nghttp2_session* session, const nghttp2_frame* frame,
                           const std::uint8_t* name, std::size_t name_size,
                           const std::uint8_t* value, std::size_t value_size, std::uint8_t, void*) {
  constexpr std::string_view k_status = ":status";
  if (name_size != k_status.size() || name[0] != ':') return 0;
  auto* const asked =
      static_cast<Asked*>(nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
  if (asked == nullptr) return 0;
  asked->status = status_of({reinterpret_cast<const char*>(value), value_size});
  return 0;
}

int Http2Client::on_frame(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  if (frame->hd.type == NGHTTP2_GOAWAY) static_cast<Http2Client*>(self)->closing_ = true;
  return 0;
}

// What the server did wrong is said in our goodbye to it.
int Http2Client::on_sent(nghttp2_session*, const nghttp2_frame* frame, void* self) {
  if (frame->hd.type == NGHTTP2_GOAWAY && frame->goaway.error_code != NGHTTP2_NO_ERROR) {
    static_cast<Http2Client*>(self)->broken_ = nghttp2_http2_strerror(frame->goaway.error_code);
  }
  return 0;
}

int Http2Client::on_close(nghttp2_session* session, std::int32_t stream, std::uint32_t code,
                          void* self) {
  auto& client = *static_cast<Http2Client*>(self);
  auto* const asked = static_cast<Asked*>(nghttp2_session_get_stream_user_data(session, stream));
  if (asked == nullptr) return 0;
  const bool whole = code == NGHTTP2_NO_ERROR && asked->status >= 200;
  client.answers_.push_back({asked->tag, whole ? asked->status : 0});
  client.free_.push_back(asked);
  --client.outstanding_;
  return 0;
}

}  // namespace patchbay
