#include "patchbay/tools/http_bench/http2_client.hpp"

#include <gtest/gtest.h>

#include <map>

namespace patchbay {
namespace {

// The other end of the same library: answers each stream with one byte of content.
class Peer {
 public:
  std::string status = "200";
  bool give_up = false;  // each stream, in place of an answer
  std::vector<std::map<std::string, std::string>> requests;

  Peer() {
    nghttp2_session_callbacks* calls = nullptr;
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_server_new(&session_, calls, this);
    nghttp2_session_callbacks_del(calls);
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, nullptr, 0);
  }
  ~Peer() { nghttp2_session_del(session_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;

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
  void say_goodbye() { nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR); }

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
    auto& peer = *static_cast<Peer*>(self);
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    if (key == ":method") peer.requests.emplace_back();
    peer.requests.back()[key] = {reinterpret_cast<const char*>(value), value_size};
    return 0;
  }
  static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* self) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    auto& peer = *static_cast<Peer*>(self);
    if (peer.give_up) {
      return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                       NGHTTP2_INTERNAL_ERROR);
    }
    std::string name = ":status";
    const nghttp2_nv field = {reinterpret_cast<std::uint8_t*>(name.data()),
                              reinterpret_cast<std::uint8_t*>(peer.status.data()), name.size(),
                              peer.status.size(), NGHTTP2_NV_FLAG_NONE};
    const nghttp2_data_provider content = {.source = {}, .read_callback = read_one};
    return nghttp2_submit_response(session, frame->hd.stream_id, &field, 1, &content);
  }

  nghttp2_session* session_ = nullptr;
};

const Http2Client::Question& question() {
  static const Http2Client::Question asked(
      {.tls = true, .to = {"web1.lab", 443}, .authority = "web1.lab", .path = "/a?b"},
      {.fields = {{"Accept-Encoding", "br"}, {"Host", "other"}}});
  return asked;
}

// Both ends talk until neither has anything more to say, in pieces of `piece`.
std::vector<Http2Client::Answer> talk(Http2Client& client, Peer& peer, std::size_t piece = 16384) {
  std::vector<Http2Client::Answer> answers;
  for (int turn = 0; turn < 100; ++turn) {
    const std::string out(client.to_send());
    peer.take(out);
    const std::string back = peer.to_send();
    for (std::string_view rest = back; !rest.empty();) {
      const std::string_view part = rest.substr(0, piece);
      rest.remove_prefix(part.size());
      client.take(part);
      EXPECT_FALSE(client.broken());
      answers.insert(answers.end(), client.answers().begin(), client.answers().end());
    }
    if (out.empty() && back.empty()) return answers;
  }
  ADD_FAILURE() << "they do not end";
  return answers;
}

TEST(Http2Client, EachAnswerIsKnownByItsRequest) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{16384}}) {
    Peer peer;
    Http2Client client(question());
    for (std::uint64_t tag = 100; tag < 108; ++tag) ASSERT_TRUE(client.ask(tag));
    EXPECT_EQ(client.outstanding(), 8U);
    const auto answers = talk(client, peer, piece);
    ASSERT_EQ(answers.size(), 8U);
    std::uint64_t sum = 0;
    for (const auto& answer : answers) {
      EXPECT_EQ(answer.status, 200);
      sum += answer.tag;
    }
    EXPECT_EQ(sum, 8 * 100 + 28U);
    EXPECT_EQ(client.outstanding(), 0U);
  }
}

TEST(Http2Client, AsksWithTheFieldsOfTheTarget) {
  Peer peer;
  Http2Client client(question());
  ASSERT_TRUE(client.ask(1));
  talk(client, peer);
  ASSERT_EQ(peer.requests.size(), 1U);
  EXPECT_EQ(peer.requests[0], (std::map<std::string, std::string>{{":method", "GET"},
                                                                  {":scheme", "https"},
                                                                  {":authority", "web1.lab"},
                                                                  {":path", "/a?b"},
                                                                  {"accept-encoding", "br"},
                                                                  {"user-agent", "patchbay"}}));
}

TEST(Http2Client, AStreamThatIsGivenUpHasNoStatus) {
  Peer peer;
  peer.give_up = true;
  Http2Client client(question());
  ASSERT_TRUE(client.ask(7));
  const auto answers = talk(client, peer);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].tag, 7U);
  EXPECT_EQ(answers[0].status, 0);
  EXPECT_FALSE(client.closing());
}

TEST(Http2Client, AfterAGoodbyeItAsksNothingMore) {
  Peer peer;
  Http2Client client(question());
  ASSERT_TRUE(client.ask(1));
  talk(client, peer);
  peer.say_goodbye();
  client.take(peer.to_send());
  EXPECT_TRUE(client.closing());
  EXPECT_FALSE(client.ask(2));
  EXPECT_EQ(client.outstanding(), 0U);
}

TEST(Http2Client, ManyRoundsReuseTheirStreamsRecords) {
  Peer peer;
  Http2Client client(question());
  for (std::uint64_t round = 0; round < 200; ++round) {
    ASSERT_TRUE(client.ask(round));
    const auto answers = talk(client, peer);
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_EQ(answers[0].tag, round);
  }
}

TEST(Http2Client, WhatIsNoHttp2IsToldSo) {
  Http2Client client(question());
  ASSERT_TRUE(client.ask(1));
  client.take("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  client.to_send();
  const auto broken = client.broken();
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->fault(), Fault::protocol);
}

}  // namespace
}  // namespace patchbay
