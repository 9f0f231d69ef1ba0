// RFC 9112 sections 6 to 9: how long a message is and what may follow it. See rfc9112_test.cpp.
#include <gtest/gtest.h>

#include "patchbay/wire/http1_test.hpp"

namespace patchbay {
namespace {

const std::string k_post = "POST / HTTP/1.1\r\nHost: a\r\n";
const std::string k_ok = "HTTP/1.1 200 OK\r\n";

// --- 6: the body ---------------------------------------------------------------------------------

TEST(Rfc9112, S6_1_ReadsTheChunkedCoding) {
  for (const char* coding : {"chunked", "Chunked", "CHUNKED", " \tchunked\t "}) {
    const std::string line = "Transfer-Encoding:" + std::string(coding) + "\r\n\r\n";
    EXPECT_EQ(Asked(k_post + line).framing.kind, BodyKind::chunked) << coding;
    EXPECT_EQ(Answered(k_ok + line).framing.kind, BodyKind::chunked) << coding;
  }
}

TEST(Rfc9112, S6_1_RefusesChunkedAppliedTwice) {
  EXPECT_EQ(status_with("Transfer-Encoding: chunked, chunked"), 400);
  EXPECT_EQ(status_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400);
}

TEST(Rfc9112, S6_1_RefusesALengthBesideATransferCoding) {
  for (const char* lines : {"Content-Length: 5\r\nTransfer-Encoding: chunked",
                            "Transfer-Encoding: chunked\r\nContent-Length: 5",
                            "Transfer-Encoding: chunked\r\nContent-Length: 0",
                            "Transfer-Encoding: chunked\r\nContent-Length:",
                            "Transfer-Encoding: gzip, chunked\r\nContent-Length: 5",
                            "Transfer-Encoding:\r\nContent-Length: 5",
                            "Transfer-Encoding: identity\r\nContent-Length: 5"}) {
    EXPECT_EQ(status_with(lines), 400) << lines;
    EXPECT_EQ(Answered(k_ok + lines + "\r\n\r\n").outcome, 502) << lines;
  }
}

TEST(Rfc9112, S6_1_RefusesATransferCodingInHttp10) {
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(status_of("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
            400);
  EXPECT_EQ(Answered("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").outcome, 502);
}

TEST(Rfc9112, S6_2_TakesDigitsForALengthAndNothingElse) {
  for (const char* length :
       {"+5", "-5", "5 5", "5,5", "5, 5", "5.0", "0x5", "5a", "", " ", "five", "5;", "\"5\"",
        "9223372036854775808", "18446744073709551616", "99999999999999999999999", "\xd9\xa5"}) {
    EXPECT_EQ(status_with("Content-Length: " + std::string(length)), 400) << length;
    EXPECT_EQ(Answered(k_ok + "Content-Length: " + std::string(length) + "\r\n\r\n").outcome, 502);
  }
  EXPECT_EQ(Asked(k_post + "Content-Length: 9223372036854775807\r\n\r\n").framing.content_length,
            9223372036854775807U);
  EXPECT_EQ(Asked(k_post + "Content-Length: 0005\r\n\r\n").framing.content_length, 5U);
}

TEST(Rfc9112, S6_3_RefusesMoreThanOneLength) {
  EXPECT_EQ(status_with("Content-Length: 5\r\nContent-Length: 6"), 400);
  EXPECT_EQ(status_with("Content-Length: 5\r\nContent-Length: 5"), 400) << "be it the same";
  EXPECT_EQ(Answered(k_ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n").outcome, 502);
}

TEST(Rfc9112, S6_3_RefusesARequestWhoseLastCodingIsNotChunkedWith400) {
  for (const char* coding : {"gzip", "chunked, gzip", "identity", "chunked, identity", "xchunked",
                             "chunkedx", "chunked;q=1", "\"chunked\"", "gzip chunked", "chunked x",
                             "", ",", "gzip, \"chunked", "'chunked'", "chunk", "\xefhunked"}) {
    EXPECT_EQ(status_with("Transfer-Encoding: " + std::string(coding)), 400) << coding;
    EXPECT_EQ(Answered(k_ok + "Transfer-Encoding: " + std::string(coding) + "\r\n\r\n").outcome,
              502);
  }
  EXPECT_EQ(status_with("Transfer-Encoding: chunked\r\nTransfer-Encoding: gzip"), 400);
}

TEST(Rfc9112, S6_1_AnswersACodingItDoesNotKnowBelowChunkedWith501) {
  EXPECT_EQ(status_with("Transfer-Encoding: gzip, chunked"), 501);
  EXPECT_EQ(status_with("Transfer-Encoding: gzip;q=\"1,2\", chunked"), 501);
  EXPECT_EQ(status_with("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), 501);
}

// Stricter than RFC 9110 section 5.6.1.2, which has empty elements passed over: nobody sends them,
// and there are servers that see no "chunked" in it.
TEST(Rfc9112, S6_1_TakesNothingForChunkedThatHasMoreThanThatWord) {
  EXPECT_NE(status_with("Transfer-Encoding: ,chunked"), k_complete);
  EXPECT_NE(status_with("Transfer-Encoding: chunked,"), k_complete);
  EXPECT_NE(status_with("Transfer-Encoding:\r\nTransfer-Encoding: chunked"), k_complete);
}

TEST(Rfc9112, S6_3_KnowsNoBodyOfARequestWithoutLength) {
  const Asked request(k_post + "\r\nGET /");
  EXPECT_EQ(request.framing.kind, BodyKind::none);
  EXPECT_TRUE(request.keep_alive);
}

TEST(Rfc9112, S6_3_KnowsNoBodyBehindWhatHasNone) {
  for (const char* lines : {"Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""}) {
    EXPECT_EQ(Answered(k_ok + lines + "\r\n", "HEAD").framing.kind, BodyKind::none) << lines;
    for (const char* status : {"100 Continue", "101 x", "103 x", "204 x", "304 x"}) {
      const Answered response("HTTP/1.1 " + std::string(status) + "\r\n" + lines + "\r\n");
      EXPECT_EQ(response.outcome, k_complete) << status << lines;
      EXPECT_EQ(response.framing.kind, BodyKind::none) << status << lines;
      EXPECT_FALSE(response.framing.has_body()) << status << lines;
      EXPECT_TRUE(response.keep_alive) << status << lines;
    }
  }
  EXPECT_EQ(Answered(k_ok + "Content-Length: 5\r\n\r\n", "head").framing.kind, BodyKind::length)
      << "the case of a method counts";
}

TEST(Rfc9112, S6_3_TakesTheBytesBehindAnAcceptedConnectForATunnel) {
  for (const char* lines :
       {"", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Content-Length: x\r\n",
        "Transfer-Encoding: a\r\nContent-Length: 1\r\n"}) {
    const Answered response(k_ok + lines + "\r\n", "CONNECT");
    EXPECT_EQ(response.outcome, k_complete) << lines;
    EXPECT_EQ(response.framing.kind, BodyKind::none) << lines;
  }
  const Answered refused("HTTP/1.1 403 No\r\nContent-Length: 5\r\n\r\n", "CONNECT");
  EXPECT_EQ(refused.framing.content_length, 5U);
}

TEST(Rfc9112, S6_3_ReadsAnAnswerWithoutLengthUntilTheEnd) {
  const Answered response(k_ok + "\r\n");
  EXPECT_EQ(response.framing.kind, BodyKind::until_close);
  EXPECT_TRUE(response.framing.has_body());
  EXPECT_FALSE(response.keep_alive);
}

// --- 7: transfer codings -------------------------------------------------------------------------

TEST(Rfc9112, S7_1_DecodesChunks) {
  const ReadBody read =
      read_chunked("4\r\nWiki\r\n5\r\npedia\r\nE\r\n in\r\n\r\nchunks.\r\n0\r\n\r\n");
  EXPECT_TRUE(read.ended);
  EXPECT_EQ(read.content, "Wikipedia in\r\n\r\nchunks.");
}

TEST(Rfc9112, S7_1_DecodesSizesInEitherCaseAndWithZerosInFront) {
  EXPECT_EQ(read_chunked("a\r\n0123456789\r\n0\r\n\r\n").content, "0123456789");
  EXPECT_EQ(read_chunked("A\r\n0123456789\r\n0\r\n\r\n").content, "0123456789");
  EXPECT_EQ(read_chunked("000a\r\n0123456789\r\n000\r\n\r\n").content, "0123456789");
}

TEST(Rfc9112, S7_1_LetsNoSizeOverflow) {
  for (const char* size :
       {"10000000000000000", "10000000000000001", "ffffffffffffffff", "8000000000000000",
        "fffffffffffffffffffffffffffffffff", "100000000000000000000000000000001"}) {
    EXPECT_TRUE(read_chunked(std::string(size) + "\r\na\r\n0\r\n\r\n").broken) << size;
  }
}

TEST(Rfc9112, S7_1_TakesHexDigitsForASizeAndNothingElse) {
  for (const char* size : {"", "-1", "+1", "0x1", "1 ", " 1", "g", "1 1", "1,", "1_0", "\t1", "1h",
                           ";a", "1.0", "\xef\xbc\x91"}) {
    EXPECT_TRUE(read_chunked(std::string(size) + "\r\na\r\n0\r\n\r\n").broken) << size;
  }
}

TEST(Rfc9112, S7_1_WantsALineEndBehindAChunk) {
  for (const char* stream : {"1\r\nab\r\n0\r\n\r\n", "2\r\na\r\n0\r\n\r\n", "1\r\na0\r\n\r\n",
                             "1\r\na \r\n0\r\n\r\n", "1\r\na\n0\r\n\r\n", "1\r\na\rx"}) {
    EXPECT_TRUE(read_chunked(stream).broken) << stream;
  }
}

TEST(Rfc9112, S7_1_1_PassesOverExtensionsItDoesNotKnow) {
  for (const char* extension :
       {";a", ";a=b", ";a=\"b;c\"", ";a;b=c", " ; a = b", "\t;a", ";a=\"\\\"\\\\\"", ";a ;b",
        ";a=\"\xff\t\"", ";!#$%&'*+-.^_`|~=0"}) {
    const ReadBody read =
        read_chunked("1" + std::string(extension) + "\r\nx\r\n0" + extension + "\r\n\r\n");
    EXPECT_TRUE(read.ended) << extension;
    EXPECT_EQ(read.content, "x") << extension;
  }
}

TEST(Rfc9112, S7_1_1_RefusesExtensionsThatAreNone) {
  for (const char* extension :
       {";",      ";;a",     ";a;",        ";=b",       ";a=",      ";a b",   ";a=b c",
        ";a=b=c", ";a=\"b",  ";a=\"b\\\"", ";a=\"b\"c", ";a=\"b\\", ";\"a\"", ";a ",
        ";(a)",   ";a=\xff", " a",         ",a",        "=a",       "\"\""}) {
    EXPECT_TRUE(read_chunked("1" + std::string(extension) + "\r\nx\r\n0\r\n\r\n").broken)
        << extension;
  }
}

TEST(Rfc9112, S7_1_2_MergesNoTrailerIntoTheHead) {
  const ReadBody read =
      read_chunked("1\r\na\r\n0\r\nExpect: 100-continue\r\nCookie: b\r\n\r\nGET /");
  EXPECT_TRUE(read.ended);
  EXPECT_EQ(read.content, "a");
  EXPECT_EQ(read.left, "GET /");
}

TEST(Rfc9112, S7_1_2_RefusesATrailerThatWouldFrameTheMessage) {
  for (const char* line :
       {"Content-Length: 50", "transfer-encoding: gzip", "Host: b", "CONNECTION: close"}) {
    EXPECT_TRUE(read_chunked("1\r\na\r\n0\r\n" + std::string(line) + "\r\n\r\n").broken) << line;
  }
}

TEST(Rfc9112, S7_1_2_RefusesATrailerThatIsNoField) {
  for (const char* line : {"A", ": b", "A b: c", " A: b", "A: \x01", "A:\x7f", "A: b\rc"}) {
    EXPECT_TRUE(read_chunked("0\r\n" + std::string(line) + "\r\n\r\n").broken) << line;
  }
}

// --- 8 and 9: the end of a message, and of a connection ------------------------------------------

TEST(Rfc9112, S8_TellsWhatWasCutShort) {
  for (const HttpFraming framing : {HttpFraming{BodyKind::length, 5}, {BodyKind::chunked, 0}}) {
    Http1Body body(framing);
    std::string_view bytes = "5\r\n";
    body.take(bytes);
    body.peer_ended();
    EXPECT_FALSE(body.ended());
    EXPECT_TRUE(body.broken());
  }
}

TEST(Rfc9112, S9_3_TellsWhetherTheConnectionStays) {
  EXPECT_TRUE(Asked(k_post + "\r\n").keep_alive);
  EXPECT_FALSE(Asked(k_post + "Connection: Close\r\n\r\n").keep_alive);
  EXPECT_FALSE(Asked(k_post + "Connection: keep-alive, close\r\n\r\n").keep_alive)
      << "close is heard first";
  EXPECT_FALSE(Asked("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(Asked("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

TEST(Rfc9112, S9_6_HearsACloseInAnyOfTheConnectionFields) {
  EXPECT_FALSE(Asked(k_post + "Connection: x\r\nConnection: y, close\r\n\r\n").keep_alive);
  EXPECT_FALSE(Answered(k_ok + "Content-Length: 0\r\nConnection: close, x\r\n\r\n").keep_alive);
}

}  // namespace
}  // namespace patchbay
