#include "patchbay/tools/http_bench/http_bench_target.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

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
                          "http://web1.lab:0/", "http://web1.lab:99999/", "http://web1.lab/%"}) {
    EXPECT_FALSE(parse_http_target(url)) << url;
  }
}

TEST(HttpBenchTarget, ASecretIsRefusedAndNotRepeated) {
  for (const char* url : {"http://me:secret@web1.lab/", "ftp://me:secret@web1.lab/",
                          "me:secret@web1.lab", "http://me:secretä@web1.lab/",
                          "http://me:secret@web1.lab:0/", "http://me:secret@web1.lab/ä"}) {
    const auto refused = parse_http_target(url);
    ASSERT_FALSE(refused) << url;
    EXPECT_EQ(refused.error().what.find("secret"), std::string::npos) << refused.error().what;
  }
}

TEST(HttpBenchHeader, IsANameAndAValue) {
  HttpBenchRequest request;
  ASSERT_TRUE(add_header_flag("Accept-Encoding:  br ", request));
  ASSERT_TRUE(add_header_flag("X-Empty:", request));
  ASSERT_EQ(request.fields.size(), 2U);
  EXPECT_EQ(request.fields[0], std::pair(std::string("Accept-Encoding"), std::string("br")));
}

TEST(HttpBenchHeader, CannotSmuggleOrFrame) {
  for (const char* text : {"no colon", ": x", "a b: c", "X: a\r\nY: b", "Content-Length: 5",
                           "transfer-encoding: chunked", "Connection: close"}) {
    HttpBenchRequest request;
    EXPECT_FALSE(add_header_flag(text, request)) << text;
  }
}

TEST(HttpBenchHeader, IsNoSecretWhereEverybodySeesIt) {
  HttpBenchRequest request;
  for (const char* text : {"Authorization: Bearer topsecret", "cookie: id=topsecret"}) {
    const auto refused = add_header_flag(text, request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, exit_usage);
    EXPECT_EQ(refused.error().failure.what.find("topsecret"), std::string::npos);
  }
  const std::string path = testing::TempDir() + "patchbay-bench-fields";
  std::ofstream(path) << "Authorization: Bearer topsecret\n\nX-Key: y\n";
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  const auto seen = add_header_flag("@" + path, request);
  ASSERT_FALSE(seen);
  EXPECT_EQ(seen.error().code, exit_permission);
  ASSERT_EQ(::chmod(path.c_str(), 0600), 0);
  ASSERT_TRUE(add_header_flag("@" + path, request));
  ASSERT_EQ(request.fields.size(), 2U);
  EXPECT_EQ(request.fields[0].second, "Bearer topsecret");
  std::ofstream(path) << "topsecret\n";
  const auto broken = add_header_flag("@" + path, request);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().failure.why.find("topsecret"), std::string::npos);
  ::unlink(path.c_str());
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
