#include "patchbay/tools/http_bench/http2_client.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/http_bench/http2_peer_fixture.hpp"

namespace patchbay {
namespace {

const Http2Client::Question& question() {
  static const Http2Client::Question asked(
      {.tls = true, .to = {"web1.lab", 443}, .authority = "web1.lab", .path = "/a?b"},
      {.fields = {{"Accept-Encoding", "br"}, {"Host", "other"}}});
  return asked;
}

// Both ends talk until neither has anything more to say, in pieces of `piece`.
std::vector<Http2Client::Answer> talk(Http2Client& client, Http2Peer& peer,
                                      std::size_t piece = 16384) {
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
    Http2Peer peer;
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
  Http2Peer peer;
  Http2Client client(question());
  ASSERT_TRUE(client.ask(1));
  talk(client, peer);
  ASSERT_EQ(peer.requests.size(), 1U);
  EXPECT_EQ(peer.requests[0], (std::map<std::string, std::string>{{":method", "GET"},
                                                                  {":scheme", "https"},
                                                                  {":authority", "other"},
                                                                  {":path", "/a?b"},
                                                                  {"accept-encoding", "br"},
                                                                  {"user-agent", "patchbay"}}));
}

TEST(Http2Client, AStreamThatIsGivenUpHasNoStatus) {
  Http2Peer peer;
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
  Http2Peer peer;
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
  Http2Peer peer;
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
