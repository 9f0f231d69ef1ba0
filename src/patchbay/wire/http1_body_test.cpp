#include "patchbay/wire/http1_body.hpp"

#include <gtest/gtest.h>

#include <random>

#include "patchbay/wire/http1_test.hpp"

namespace patchbay {
namespace {

constexpr HttpFraming k_chunked{.kind = BodyKind::chunked};

HttpFraming length(std::uint64_t bytes) {
  return {.kind = BodyKind::length, .content_length = bytes};
}

TEST(Http1Body, OfNoneHasEndedAtOnce) {
  std::string_view bytes = "next";
  Http1Body none({});
  EXPECT_TRUE(none.ended());
  EXPECT_EQ(none.take(bytes), "");
  EXPECT_EQ(bytes, "next");
  EXPECT_TRUE(Http1Body(length(0)).ended());
  EXPECT_FALSE(Http1Body(k_chunked).ended());
}

TEST(Http1Body, OfALengthEndsThere) {
  Http1Body body(length(5));
  EXPECT_EQ(body.left(), 5U);
  std::string_view bytes = "hel";
  EXPECT_EQ(body.take(bytes), "hel");
  EXPECT_EQ(body.left(), 2U);
  EXPECT_FALSE(body.ended());
  bytes = "lonext";
  EXPECT_EQ(body.take(bytes), "lo");
  EXPECT_TRUE(body.ended());
  EXPECT_EQ(bytes, "next");
  EXPECT_EQ(body.take(bytes), "");
  EXPECT_EQ(bytes, "next") << "the next message's";
  body.peer_ended();
  EXPECT_TRUE(body.ended()) << "it was whole";
}

TEST(Http1Body, OfALengthIsBrokenByAnEarlyEnd) {
  Http1Body body(length(5));
  std::string_view bytes = "hell";
  body.take(bytes);
  body.peer_ended();
  EXPECT_TRUE(body.broken());
  EXPECT_FALSE(body.ended());
  EXPECT_STREQ(body.refusal().reason, "it ended before its body was complete");
  bytes = "o";
  EXPECT_EQ(body.take(bytes), "") << "and stays so";
}

TEST(Http1Body, UntilCloseEndsWithThePeer) {
  Http1Body body({.kind = BodyKind::until_close});
  std::string_view bytes = "all of it";
  EXPECT_EQ(body.take(bytes), "all of it");
  EXPECT_TRUE(bytes.empty());
  EXPECT_FALSE(body.ended());
  body.peer_ended();
  EXPECT_TRUE(body.ended());
}

TEST(Http1Body, OfChunksIsTheirContent) {
  const ReadBody read =
      read_chunked("5\r\nhello\r\n1;a=b\r\n \r\n0A\r\n0123456789\r\n0\r\n\r\nnext");
  EXPECT_TRUE(read.ended);
  EXPECT_EQ(read.content, "hello 0123456789");
  EXPECT_EQ(read.left, "next");
}

TEST(Http1Body, OfChunksIsBrokenByAnEarlyEnd) {
  const std::string stream = "5\r\nhello\r\n0\r\n\r\n";
  for (std::size_t size = 0; size < stream.size(); ++size) {
    Http1Body body(k_chunked);
    EXPECT_FALSE(read_body(body, stream.substr(0, size), 100).ended);
    body.peer_ended();
    EXPECT_TRUE(body.broken()) << size;
  }
}

TEST(Http1Body, HasTheSameBytesHoweverItIsCut) {
  for (const std::string_view stream :
       {"5\r\nhello\r\n1;a=\"b\"\r\n \r\n0A\r\n0123456789\r\n0\r\nA: b\r\nC:\r\n\r\nnext",
        "0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nab\r\n0\r\n\r\n", "3\nabc\r\n0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n", "g\r\n", "5;\x01\r\n", "0\r\nA b\r\n\r\n", "0\r\n\nx",
        "000000000000000000000000000000001\r\n"}) {
    Http1Body at_once(k_chunked);
    const ReadBody whole = read_body(at_once, stream, stream.size());
    for (std::size_t piece = 1; piece < stream.size(); ++piece) {
      Http1Body in_pieces(k_chunked);
      EXPECT_EQ(read_body(in_pieces, stream, piece), whole) << stream << "\nby " << piece;
    }
  }
}

TEST(Http1Body, BringsBackWhatWasChunked) {
  std::mt19937 generator(4);
  for (int round = 0; round < 200; ++round) {
    std::string content, stream;
    for (std::size_t chunks = generator() % 6; chunks > 0; --chunks) {
      std::string chunk(1 + generator() % 300, '\0');
      for (char& byte : chunk) byte = static_cast<char>(generator());
      stream += chunk_head(chunk.size()) + chunk + "\r\n";
      content += chunk;
    }
    stream.append(k_last_chunk).append("rest");
    Http1Body body(k_chunked);
    const ReadBody read = read_body(body, stream, 1 + generator() % 400);
    EXPECT_TRUE(read.ended);
    EXPECT_EQ(read.content, content);
  }
}

TEST(Http1Body, TakesAChunkOf2To63ButNot2To64) {
  const auto left_after = [](std::string_view line) {
    Http1Body body(k_chunked);
    std::string_view bytes = line;
    body.take(bytes);
    return body.broken();
  };
  EXPECT_FALSE(left_after("7fffffffffffffff\r\n"));
  EXPECT_FALSE(left_after("0000000000000001\r\n"));
  EXPECT_TRUE(left_after("8000000000000000\r\n"));
  EXPECT_TRUE(left_after("ffffffffffffffff\r\n"));
  EXPECT_TRUE(left_after("10000000000000000\r\n")) << "2^64";
  EXPECT_TRUE(left_after("10000000000000001\r\n")) << "2^64 + 1 is no chunk of 1";
  EXPECT_TRUE(left_after("00000000000000001\r\n")) << "17 digits";
}

TEST(Http1Body, TakesAChunkLineOfTheLimitAndNoLonger) {
  const std::string line = "1;" + std::string(20, 'x') + "\r\n";
  const std::string stream = line + "a\r\n0\r\n\r\n";
  EXPECT_TRUE(read_chunked(stream, {.chunk_line_bytes = line.size()}).ended);
  EXPECT_TRUE(read_chunked(stream, {.chunk_line_bytes = line.size() - 1}).broken);
  EXPECT_TRUE(read_chunked("1" + std::string(1000, ' ')).broken) << "before it has an end";
}

TEST(Http1Body, TakesExtensionsUpToTheLimitInAll) {
  std::string stream;
  for (int i = 0; i < 10; ++i) stream += "1;23456789\r\na\r\n";
  stream += "0\r\n\r\n";
  EXPECT_TRUE(read_chunked(stream, {.extension_bytes = 90}).ended);
  EXPECT_TRUE(read_chunked(stream, {.extension_bytes = 89}).broken);
}

TEST(Http1Body, TakesTrailersUpToTheLimit) {
  const std::string trailer = "A: b\r\nC: d\r\n\r\n";
  EXPECT_TRUE(read_chunked("0\r\n" + trailer, {.trailer_bytes = trailer.size()}).ended);
  EXPECT_TRUE(read_chunked("0\r\n" + trailer, {.trailer_bytes = trailer.size() - 1}).broken);
  EXPECT_TRUE(read_chunked("0\r\nA: " + std::string(9000, 'x')).broken) << "before it has an end";
}

TEST(ChunkHead, IsTheLengthInHex) {
  EXPECT_EQ(chunk_head(1), "1\r\n");
  EXPECT_EQ(chunk_head(8000), "1f40\r\n");
}

}  // namespace
}  // namespace patchbay
