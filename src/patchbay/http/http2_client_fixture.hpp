// For tests: a client of HTTP/2 by nghttp2, which can also say what no decent client would, and a
// site for it to talk to on a simulated network.
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/http/http_service.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"

namespace patchbay {

class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;
  struct Answer {
    std::vector<int> statuses;  // interim ones too
    std::map<std::string, std::string> fields;
    std::string body;
    bool closed = false;
    std::uint32_t code = 0;  // it was closed with

    int status() const { return statuses.empty() ? 0 : statuses.back(); }
    bool whole() const { return closed && code == 0; }
  };
  struct Options {
    std::uint32_t window = 65'535;
    bool opens_windows = true;
    std::string authority = "site.test";
    bool checks = true;  // that what it sends and gets is HTTP
  };

  explicit Http2Client(Stream& stream) : Http2Client(stream, Options()) {}
  Http2Client(Stream& stream, Options options) : stream_(stream), options_(std::move(options)) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, options_.opens_windows ? 0 : 1);
    nghttp2_option_set_no_http_messaging(option, options_.checks ? 0 : 1);
    nghttp2_session_client_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry window = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options_.window};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &window, 1);
  }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;
  ~Http2Client() { nghttp2_session_del(session_); }

  // Its stream's number. Without a body the request ends with its head.
  std::int32_t ask(const std::string& method, const std::string& path, const Fields& more = {},
                   std::optional<std::string> body = std::nullopt) {
    Fields fields = {{":method", method}, {":scheme", "http"}, {":path", path}};
    if (!options_.authority.empty()) fields.emplace_back(":authority", options_.authority);
    fields.insert(fields.end(), more.begin(), more.end());
    return send_fields(fields, std::move(body));
  }
  std::int32_t send_fields(const Fields& fields, std::optional<std::string> body = std::nullopt) {
    std::vector<nghttp2_nv> list;
    for (const auto& [name, value] : fields) list.push_back(pair_of(name, value));
    nghttp2_data_provider provider = {};
    provider.read_callback = read_body;
    const std::int32_t id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(),
                                                   body ? &provider : nullptr, nullptr);
    if (body) bodies_[id] = {std::move(*body), 0};
    answers_[id];
    return id;
  }
  // The rest of a body that had none left to send; with `last` it ends.
  void send_more(std::int32_t id, const std::string& text, bool last) {
    bodies_[id].text += text;
    bodies_[id].open = !last;
    nghttp2_session_resume_data(session_, id);
  }
  void keep_open(std::int32_t id) { bodies_[id].open = true; }

  // Sends and receives until then. `closed` when the server ends the connection before.
  Task<Result<>> until(std::function<bool()> done) {
    for (;;) {
      if (const auto sent = co_await send(); !sent) co_return sent;
      if (done()) co_return ok();
      const auto data = co_await stream_.receive();
      if (!data) co_return data.error();
      if (data->empty()) co_return Error(Fault::closed, "hear all that was to come");
      const ssize_t taken = nghttp2_session_mem_recv(
          session_, reinterpret_cast<const std::uint8_t*>(data->bytes().data()), data->size());
      if (taken < 0) co_return Error(Fault::protocol, "understand the server");
    }
  }
  Task<Result<>> until_closed(std::int32_t id) {
    return until([this, id] { return answers_[id].closed; });
  }
  // To the end of the connection, which is what is expected.
  Task<> until_the_end() {
    const auto ended = co_await until([] { return false; });
    EXPECT_EQ(ended.error().fault(), Fault::closed) << ended.error().describe();
  }
  Task<Result<>> send() {
    for (;;) {
      const std::uint8_t* bytes = nullptr;
      const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
      if (size < 0) co_return Error(Fault::protocol, "send");
      if (size == 0) co_return ok();
      const auto sent = co_await stream_.write_all(
          std::string_view(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size)));
      if (!sent) co_return sent;
    }
  }

  Answer& operator[](std::int32_t id) { return answers_[id]; }
  nghttp2_session* session() { return session_; }
  Stream& stream() { return stream_; }

  std::optional<std::uint32_t> goaway;   // the last one's code
  std::vector<std::int32_t> goaway_ids;  // … and all of their streams

 private:
  struct Body {
    std::string text;
    std::size_t sent = 0;
    bool open = false;  // more is to come
  };

  static Http2Client& self(void* user) { return *static_cast<Http2Client*>(user); }
  static nghttp2_nv pair_of(const std::string& name, const std::string& value) {
    return {.name = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(name.data())),
            .value = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(value.data())),
            .namelen = name.size(),
            .valuelen = value.size(),
            .flags = NGHTTP2_NV_FLAG_NONE};
  }
  static int on_header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* user) {
    Answer& answer = self(user).answers_[frame->hd.stream_id];
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") {
      answer.statuses.push_back(std::stoi(text));
    } else {
      EXPECT_FALSE(answer.fields.contains(key)) << key << " comes twice";
      answer.fields[key] = text;
    }
    return 0;
  }
  static int on_data(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes,
                     std::size_t size, void* user) {
    self(user).answers_[id].body.append(reinterpret_cast<const char*>(bytes), size);
    return 0;
  }
  static int on_close(nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
    self(user).answers_[id].closed = true;
    self(user).answers_[id].code = code;
    return 0;
  }
  static int on_frame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    if (frame->hd.type != NGHTTP2_GOAWAY) return 0;
    self(user).goaway = frame->goaway.error_code;
    self(user).goaway_ids.push_back(frame->goaway.last_stream_id);
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, std::int32_t id, std::uint8_t* to, std::size_t most,
                           std::uint32_t* flags, nghttp2_data_source*, void* user) {
    Body& body = self(user).bodies_[id];
    const std::size_t size = body.text.copy(reinterpret_cast<char*>(to), most, body.sent);
    body.sent += size;
    if (body.sent < body.text.size()) return static_cast<ssize_t>(size);
    if (!body.open) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (body.open && size == 0) return NGHTTP2_ERR_DEFERRED;
    return static_cast<ssize_t>(size);
  }

  Stream& stream_;
  Options options_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, Answer> answers_;
  std::map<std::int32_t, Body> bodies_;
};

// --- frames by hand ------------------------------------------------------------------------------

inline constexpr std::string_view k_http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string http2_frame(int type, int flags, std::uint32_t id, std::string_view payload) {
  std::string frame;
  const auto byte = [&frame](std::size_t value) { frame += static_cast<char>(value & 0xff); };
  byte(payload.size() >> 16);
  byte(payload.size() >> 8);
  byte(payload.size());
  byte(static_cast<std::size_t>(type));
  byte(static_cast<std::size_t>(flags));
  for (const unsigned shift : {24U, 16U, 8U, 0U}) byte(id >> shift);
  frame += payload;
  return frame;
}

// The head of "GET / HTTP/2" for the host "a", without the dynamic table (RFC 7541).
inline constexpr std::string_view k_get_block =
    "\x82\x84\x86\x01\x01"
    "a";
inline std::string http2_greeting() {
  return std::string(k_http2_preface) + http2_frame(NGHTTP2_SETTINGS, 0, 0, "");
}

// --- a site --------------------------------------------------------------------------------------

inline constexpr std::uint16_t k_http2_port = 80;

inline Task<> serve_http2_client(TcpStream stream, HttpService& service) {
  const auto peer = stream.peer();
  if (!peer) co_return;
  co_await serve_http2(service, {.stream = stream, .peer = *peer}, {});
}

inline Task<Result<>> http2_site(HttpService& service) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_http2_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, serve_http2_client, std::ref(service));
}

}  // namespace patchbay
