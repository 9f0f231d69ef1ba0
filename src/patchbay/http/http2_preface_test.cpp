// The preface of HTTP/2 by prior knowledge (RFC 9113 sections 3.3 and 3.4), on a connection that
// takes requests of HTTP/1 as well.
#include <nghttp2/nghttp2.h>

#include "patchbay/http/http1_site_fixture.hpp"
#include "patchbay/http/http2_client_fixture.hpp"
#include "patchbay/http/http_world_fixture.hpp"

namespace patchbay {
namespace {

const std::string k_request =
    http2_greeting() + http2_frame(NGHTTP2_HEADERS,
                                   NGHTTP2_FLAG_END_STREAM | NGHTTP2_FLAG_END_HEADERS, 1,
                                   k_get_block);

HttpHeard hear(std::vector<HttpSaid> script, HttpLimits limits = {}) {
  HttpRouter site = http1_site();
  return HttpWorld(site, {.limits = limits}).hear(std::move(script));
}

// Its SETTINGS, and in a frame of data what "/" has.
void expect_answer(const HttpHeard& heard) {
  ASSERT_GE(heard.bytes.size(), 9U);
  EXPECT_EQ(heard.bytes[3], NGHTTP2_SETTINGS);
  EXPECT_NE(heard.bytes.find("hello\n"), std::string::npos);
  EXPECT_EQ(heard.bytes.find("HTTP/1.1"), std::string::npos);
}

TEST(Http2Preface, MayComeInTwoPieces) {
  for (std::size_t cut = 0; cut <= k_http2_preface.size(); ++cut) {
    SCOPED_TRACE(cut);
    expect_answer(hear({{.bytes = k_request.substr(0, cut)},
                        {.bytes = k_request.substr(cut), .after = 10ms},
                        {.after = 1s, .ends = true}}));
  }
}

TEST(Http2Preface, MayComeByteByByte) {
  std::vector<HttpSaid> script;
  for (const char byte : k_request) script.push_back({.bytes = {byte}, .after = 10ms});
  script.push_back({.after = 1s, .ends = true});
  expect_answer(hear(std::move(script)));
}

// Whatever the first bytes of a request have in common with it.
TEST(Http2Preface, IsNotTakenForWhatItIsNot) {
  for (std::size_t cut = 1; cut < k_http2_preface.size(); ++cut) {
    SCOPED_TRACE(cut);
    const std::string begin(k_http2_preface.substr(0, cut));
    const HttpHeard heard = hear(
        {{.bytes = begin}, {.bytes = "x", .after = 10ms}, {.bytes = "\r\n\r\n", .after = 10ms}});
    const int status = heard.only().status;
    EXPECT_TRUE(status == 400 || status == 505) << status;
    EXPECT_LT(heard.ended, 1s);
  }
  EXPECT_EQ(hear({{.bytes = "P"},
                  {.bytes = body_of("POST", "/count", "12345").substr(1), .after = 10ms},
                  {.after = 1s, .ends = true}})
                .only()
                .body,
            "5");
}

TEST(Http2Preface, HasTheTimeOfAHeadInAll) {
  std::vector<HttpSaid> script;
  for (const char byte : k_http2_preface) script.push_back({.bytes = {byte}, .after = 1s});
  const HttpHeard heard = hear(std::move(script), {.head_time = 4s});
  EXPECT_EQ(heard.only().status, 408);
  EXPECT_LT(heard.ended, 6s);
}

TEST(Http2Preface, IsTheFirstOfAConnectionOrNone) {
  const HttpHeard heard = hear({{.bytes = get_of("/")}, {.bytes = k_request, .after = 1s}});
  ASSERT_EQ(heard.answers().size(), 2U);
  EXPECT_GE(heard.answers()[1].status, 400);
}

}  // namespace
}  // namespace patchbay
