#include "patchbay/tools/http_bench/http1_answers.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

struct Read {
  std::vector<int> statuses;
  std::string reason;
  std::uint64_t outstanding = 0;
  bool closing = false;
};

// Reads `bytes` in pieces of `piece`, as answers to `asked` requests.
Read read_in_pieces(std::string_view bytes, std::size_t piece, std::uint64_t asked,
                    std::string_view method = "GET") {
  Http1KnownHead known;
  Http1Answers answers(method, known);
  answers.asked(asked);
  Read read;
  const auto done = [&read](int status) { read.statuses.push_back(status); };
  for (std::string_view rest = bytes; !rest.empty();) {
    answers.take(rest.substr(0, piece), done);
    rest.remove_prefix(std::min(piece, rest.size()));
  }
  if (answers.broken()) read.reason = answers.reason();
  read.outstanding = answers.outstanding();
  read.closing = answers.closing();
  return read;
}

constexpr std::string_view k_three =
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld"
    "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

TEST(Http1Answers, AreFoundHoweverTheyAreCut) {
  for (std::size_t piece = 1; piece <= k_three.size(); ++piece) {
    const Read read = read_in_pieces(k_three, piece, 3);
    EXPECT_EQ(read.statuses, (std::vector{200, 200, 404})) << piece;
    EXPECT_EQ(read.reason, "") << piece;
    EXPECT_EQ(read.outstanding, 0U) << piece;
  }
}

TEST(Http1Answers, AKnownHeadMeansTheSameAgain) {
  const std::string one = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
  std::string many;
  for (int i = 0; i < 100; ++i) many += one;
  for (const std::size_t piece : {std::size_t{1}, std::size_t{17}, one.size(), many.size()}) {
    EXPECT_EQ(read_in_pieces(many, piece, 100).statuses.size(), 100U);
  }
}

// As long as the known one, so only its bytes tell that it is another.
TEST(Http1Answers, AHeadOfTheSameLengthIsNotTakenForTheSame) {
  const Read read = read_in_pieces(
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
      "HTTP/1.1 500 No\r\nContent-Length: 1\r\n\r\na"
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
      1000, 3);
  EXPECT_EQ(read.statuses, (std::vector{200, 500, 200}));
}

TEST(Http1Answers, InterimAnswersArePassedOver) {
  const std::string_view bytes =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
      "HTTP/1.1 204 No Content\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    EXPECT_EQ(read_in_pieces(bytes, piece, 1).statuses, std::vector{204}) << piece;
  }
}

TEST(Http1Answers, AHeadRequestHasNoBody) {
  const Read read =
      read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n", 1000, 1, "HEAD");
  EXPECT_EQ(read.statuses, std::vector{200});
}

TEST(Http1Answers, ALastAnswerIsTheLast) {
  const std::string_view last =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\na";
  EXPECT_TRUE(read_in_pieces(last, 1000, 2).closing);
  const Read read = read_in_pieces(std::string(last) + std::string(last), 1000, 2);
  EXPECT_EQ(read.statuses.size(), 1U);
  EXPECT_EQ(read.reason, "the peer went on after the answer that it called its last");
}

TEST(Http1Answers, NobodyIsAnsweredUnasked) {
  const Read read = read_in_pieces(k_three, 1000, 1);
  EXPECT_EQ(read.statuses.size(), 1U);
  EXPECT_EQ(read.reason, "the peer answered what it was not asked");
}

TEST(Http1Answers, WhatIsNoHttpIsToldSo) {
  EXPECT_NE(read_in_pieces("SSH-2.0-x\r\n", 1000, 1).reason, "");
  EXPECT_NE(
      read_in_pieces("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", 1000, 1)
          .reason,
      "");
  EXPECT_NE(read_in_pieces("HTTP/1.1 101 Switching Protocols\r\n\r\n", 1000, 1).reason, "");
  EXPECT_NE(
      read_in_pieces("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 7, 1).reason,
      "");
}

TEST(Http1Answers, AHeadHasALimitHoweverItIsCut) {
  const std::string endless = "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x');
  for (const std::size_t piece : {std::size_t{1000}, endless.size()}) {
    EXPECT_EQ(read_in_pieces(endless, piece, 1).reason, "the head is too long") << piece;
  }
}

TEST(Http1Answers, ABodyMayLastUntilTheEnd) {
  Http1KnownHead known;
  Http1Answers answers("GET", known);
  std::vector<int> statuses;
  const auto done = [&statuses](int status) { statuses.push_back(status); };
  answers.asked(1);
  answers.take("HTTP/1.0 200 OK\r\n\r\nabc", done);
  EXPECT_TRUE(statuses.empty());
  EXPECT_TRUE(answers.in_the_middle());
  EXPECT_TRUE(answers.peer_ended(done));
  EXPECT_EQ(statuses, std::vector{200});
  EXPECT_TRUE(answers.closing());
}

TEST(Http1Answers, AnEndInTheMiddleIsNoAnswer) {
  for (const std::string_view cut :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "HTTP/1.1 200 O", "",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"}) {
    Http1KnownHead known;
    Http1Answers answers("GET", known);
    answers.asked(1);
    const auto never = [](int) { ADD_FAILURE() << "it was not whole"; };
    answers.take(cut, never);
    EXPECT_FALSE(answers.peer_ended(never)) << cut;
    EXPECT_EQ(answers.in_the_middle(), !cut.empty());
  }
}

}  // namespace
}  // namespace patchbay
