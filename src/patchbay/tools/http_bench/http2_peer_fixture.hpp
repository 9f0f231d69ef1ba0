// For tests: a server of HTTP/2 without a socket.
#pragma once

#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay {

// The other end of the same library: answers each stream with one byte of content.
class Http2Peer {
 public:
  std::string status = "200";
  bool give_up = false;  // each stream, in place of an answer
  bool hold = false;     // the answers, until answer_held()
  std::vector<std::map<std::string, std::string>> requests;

  Http2Peer() {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_server_new(&session_, calls, this);
    nghttp2_session_callbacks_del(calls);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Http2Peer() { nghttp2_session_del(session_); }
  Http2Peer(const Http2Peer&) = delete;
  Http2Peer& operator=(const Http2Peer&) = delete;

  void take(std::string_view bytes) {
    EXPECT_EQ(nghttp2_session_mem_recv(
                  session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }
  std::string to_send() {
    std::string out;
    const std::uint8_t* bytes = nullptr;
    for (;;) {
      const auto size = nghttp2_session_mem_send(session_, &bytes);
      if (size <= 0) return out;
      out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
    }
  }
  // Answers what was held, and says how many that were.
  std::size_t answer_held() {
    for (const std::int32_t stream : held_) answer(stream);
    return std::exchange(held_, {}).size();
  }
  void say_goodbye() { nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR); }
  // Takes nothing more, and will answer what it has taken (RFC 9113 section 6.8).
  void take_no_more() {
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                          nullptr, 0);
  }

 private:
  static ssize_t read_one(nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t,
                          std::uint32_t* flags, nghttp2_data_source*, void*) {
    into[0] = 'x';
    *flags = NGHTTP2_DATA_FLAG_EOF;
    return 1;
  }
  static int on_header(nghttp2_session*, const nghttp2_frame*, const std::uint8_t* name,
                       std::size_t name_size, const std::uint8_t* value, std::size_t value_size,
                       std::uint8_t, void* self) {
    auto& peer = *static_cast<Http2Peer*>(self);
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    if (key == ":method") peer.requests.emplace_back();
    peer.requests.back()[key] = {reinterpret_cast<const char*>(value), value_size};
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    auto& peer = *static_cast<Http2Peer*>(self);
    if (peer.give_up) {
      return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                       NGHTTP2_INTERNAL_ERROR);
    }
    if (!peer.hold) return peer.answer(frame->hd.stream_id);
    peer.held_.push_back(frame->hd.stream_id);
    return 0;
  }

  int answer(std::int32_t stream) {
    std::string name = ":status";
    const nghttp2_nv field = {reinterpret_cast<std::uint8_t*>(name.data()),
                              reinterpret_cast<std::uint8_t*>(status.data()), name.size(),
                              status.size(), NGHTTP2_NV_FLAG_NONE};
    const nghttp2_data_provider content = {.source = {}, .read_callback = read_one};
    return nghttp2_submit_response(session_, stream, &field, 1, &content);
  }

  nghttp2_session* session_ = nullptr;
  std::vector<std::int32_t> held_;
};

}  // namespace patchbay
