#include "patchbay/tools/http_bench/http_bench_target.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

HttpBenchTarget target(std::string_view url) {
  const auto parsed = parse_http_target(url);
  EXPECT_TRUE(parsed) << url << ": " << (parsed ? "" : parsed.error().why);
  return parsed.value_or(HttpBenchTarget{});
}

TEST(HttpBenchTarget, TakesAUrlApart) {
  const auto plain = target("http://web1.lab:8080/a/b?c=d#e");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.to.host, "web1.lab");
  EXPECT_EQ(plain.to.port, 8080);
  EXPECT_EQ(plain.authority, "web1.lab:8080");
  EXPECT_EQ(plain.path, "/a/b?c=d");
  EXPECT_EQ(plain.url(), "http://web1.lab:8080/a/b?c=d");
}

TEST(HttpBenchTarget, TheSchemesOwnPortIsLeftOut) {
  EXPECT_EQ(target("https://web1.lab").to.port, 443);
  EXPECT_EQ(target("https://web1.lab").authority, "web1.lab");
  EXPECT_EQ(target("HTTPS://web1.lab:443/x").authority, "web1.lab");
  EXPECT_EQ(target("http://web1.lab:443/").authority, "web1.lab:443");
  EXPECT_EQ(target("http://[2001:db8::1]/").authority, "[2001:db8::1]");
  EXPECT_EQ(target("http://[2001:db8::1]:81").authority, "[2001:db8::1]:81");
}

TEST(HttpBenchTarget, APathBeginsWithASlash) {
  EXPECT_EQ(target("web1.lab").path, "/");
  EXPECT_EQ(target("web1.lab?x").path, "/?x");
  EXPECT_EQ(target("http://web1.lab/#top").path, "/");
}

TEST(HttpBenchTarget, RefusesWhatIsNoUrlOfHttp) {
  for (const char* url : {"ftp://web1.lab/", "http://", "http://a b/", "http://web1.lab/\r\nX: y",
                          "http://web1.lab:0/", "http://web1.lab:99999/", "http://web1.lab/ä"}) {
    EXPECT_FALSE(parse_http_target(url)) << url;
  }
}

TEST(HttpBenchTarget, ASecretIsRefusedAndNotRepeated) {
  const auto refused = parse_http_target("http://me:secret@web1.lab/");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what.find("secret"), std::string::npos);
}

TEST(HttpBenchHeader, IsANameAndAValue) {
  const auto field = parse_header_flag("Accept-Encoding:  br ");
  ASSERT_TRUE(field);
  EXPECT_EQ(field->first, "Accept-Encoding");
  EXPECT_EQ(field->second, "br");
  EXPECT_TRUE(parse_header_flag("X-Empty:"));
}

TEST(HttpBenchHeader, CannotSmuggleOrFrame) {
  for (const char* text : {"no colon", ": x", "a b: c", "X: a\r\nY: b", "Content-Length: 5",
                           "transfer-encoding: chunked", "Connection: close"}) {
    EXPECT_FALSE(parse_header_flag(text)) << text;
  }
}

TEST(HttpBenchRequest, HasWhatRfc9112AsksFor) {
  EXPECT_EQ(http1_request_bytes(target("http://web1.lab/x"), {}),
            "GET /x HTTP/1.1\r\nHost: web1.lab\r\nUser-Agent: patchbay\r\n\r\n");
}

TEST(HttpBenchRequest, TheUsersFieldsReplaceOurs) {
  const std::string bytes = http1_request_bytes(
      target("http://web1.lab/"),
      {.method = "POST", .fields = {{"host", "other"}, {"X-A", "1"}}, .keep_alive = false});
  EXPECT_EQ(bytes,
            "POST / HTTP/1.1\r\nUser-Agent: patchbay\r\nConnection: close\r\n"
            "Content-Length: 0\r\nhost: other\r\nX-A: 1\r\n\r\n");
}

}  // namespace
}  // namespace patchbay
