#include "patchbay/http/http_url.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

HttpUrl url(std::string_view text) {
  const auto parsed = HttpUrl::parse(text);
  EXPECT_TRUE(parsed) << parsed.error().describe();
  return parsed.value_or(HttpUrl{});
}

std::string resolved(std::string_view base, std::string_view reference) {
  const auto found = url(base).resolve(reference);
  return found ? found->to_string() : found.error().what();
}

TEST(HttpUrl, IsTakenApart) {
  const HttpUrl whole = url("HTTPS://Example.NET:8443/a/b?c=d#e");
  EXPECT_TRUE(whole.secure);
  EXPECT_EQ(whole.host, "example.net");
  EXPECT_EQ(whole.port, 8443);
  EXPECT_EQ(whole.target, "/a/b?c=d");
  EXPECT_EQ(whole.path(), "/a/b");
  EXPECT_EQ(whole.authority(), "example.net:8443");
  EXPECT_EQ(whole.origin(), "https://example.net:8443");
  EXPECT_EQ(whole.to_string(), "https://example.net:8443/a/b?c=d");
}

TEST(HttpUrl, WhatIsMissingIsFilledIn) {
  EXPECT_EQ(url("http://example.net").to_string(), "http://example.net/");
  EXPECT_EQ(url("http://example.net?q").target, "/?q");
  EXPECT_EQ(url("http://example.net#f").target, "/");
  EXPECT_EQ(url("https://example.net").port, 443);
  EXPECT_EQ(url("http://example.net:80/").authority(), "example.net");
  EXPECT_EQ(url("http://example.net:/").port, 80);
}

TEST(HttpUrl, IsReadAsItIsTyped) {
  EXPECT_EQ(HttpUrl::parse_typed("example.net")->to_string(), "http://example.net/");
  EXPECT_EQ(HttpUrl::parse_typed("127.0.0.1:8080/x")->to_string(), "http://127.0.0.1:8080/x");
  EXPECT_EQ(HttpUrl::parse_typed("example.net/?u=http://a/@b").value_or(HttpUrl{}).to_string(),
            "http://example.net/?u=http://a/@b");
  EXPECT_EQ(HttpUrl::parse_typed("https://example.net/")->to_string(), "https://example.net/");
  EXPECT_FALSE(HttpUrl::parse_typed("ftp://example.net/"));
  EXPECT_FALSE(HttpUrl::parse_typed(""));
  for (const char* text : {"joe:secret@example.net/", "//joe:secret@example.net/"}) {
    const auto user = HttpUrl::parse_typed(text);
    ASSERT_FALSE(user);
    EXPECT_EQ(user.error().describe().find("secret"), std::string::npos);
  }
}

TEST(HttpUrl, TakesAddresses) {
  EXPECT_EQ(url("http://192.0.2.1:8080/x").authority(), "192.0.2.1:8080");
  EXPECT_EQ(url("http://[2001:DB8::1]:8080/").host, "2001:db8::1");
  EXPECT_EQ(url("http://[2001:db8::1]/").authority(), "[2001:db8::1]");
  EXPECT_EQ(url("http://[fe80::1%251]/").authority(), "[fe80::1]");
  EXPECT_NE(url("http://[fe80::1%251]/").host.find('%'), std::string::npos);
}

TEST(HttpUrl, EscapesWhatMayNotBeSent) {
  EXPECT_EQ(url("http://a/ü b?x=[1]").target, "/%C3%BC%20b?x=%5B1%5D");
  EXPECT_EQ(url("http://a/%2e%2F").target, "/%2e%2F");
  EXPECT_EQ(url("http://a/../x").target, "/../x");
}

TEST(HttpUrl, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "example.net",
                           "/x",
                           "ftp://example.net/",
                           "http:example.net",
                           "http:/example.net",
                           "http://",
                           "http:///x",
                           "http://:80/",
                           "http://a:0/",
                           "http://a:65536/",
                           "http://a:x/",
                           "http://a b/",
                           "http://[::1/",
                           "http://[192.0.2.1]/",
                           "http://::1/",
                           "http://a/%",
                           "http://a/%z0",
                           "http://a/\r\nx",
                           "http://10.1/"}) {
    EXPECT_FALSE(HttpUrl::parse(text)) << text;
  }
  EXPECT_FALSE(HttpUrl::parse("http://a/" + std::string(20'000, 'x')));
}

TEST(HttpUrl, APasswordIsRefusedAndNotRepeated) {
  for (const char* text : {"http://joe:secret@example.net/", "http://secret@example.net",
                           "joe:secret@example.net/", "//joe:secret@example.net/"}) {
    const auto parsed = HttpUrl::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().describe().find("secret"), std::string::npos);
    EXPECT_NE(parsed.error().remedy().find("--auth-file"), std::string::npos);
  }
  EXPECT_TRUE(HttpUrl::parse("http://example.net/@joe"));
}

// RFC 3986 sections 5.4.1 and 5.4.2.
TEST(HttpUrl, ResolvesAsTheStandardDoes) {
  const char* const base = "http://a/b/c/d;p?q";
  const std::pair<const char*, const char*> cases[] = {{"http://h", "http://h/"},
                                                       {"g", "http://a/b/c/g"},
                                                       {"./g", "http://a/b/c/g"},
                                                       {"g/", "http://a/b/c/g/"},
                                                       {"/g", "http://a/g"},
                                                       {"//g", "http://g/"},
                                                       {"?y", "http://a/b/c/d;p?y"},
                                                       {"g?y", "http://a/b/c/g?y"},
                                                       {"#s", "http://a/b/c/d;p?q"},
                                                       {"g#s", "http://a/b/c/g"},
                                                       {";x", "http://a/b/c/;x"},
                                                       {"", "http://a/b/c/d;p?q"},
                                                       {".", "http://a/b/c/"},
                                                       {"./", "http://a/b/c/"},
                                                       {"..", "http://a/b/"},
                                                       {"../", "http://a/b/"},
                                                       {"../g", "http://a/b/g"},
                                                       {"../..", "http://a/"},
                                                       {"../../g", "http://a/g"},
                                                       {"../../../g", "http://a/g"},
                                                       {"/./g", "http://a/g"},
                                                       {"/../g", "http://a/g"},
                                                       {"g.", "http://a/b/c/g."},
                                                       {"..g", "http://a/b/c/..g"},
                                                       {"./../g", "http://a/b/g"},
                                                       {"./g/.", "http://a/b/c/g/"},
                                                       {"g/./h", "http://a/b/c/g/h"},
                                                       {"g/../h", "http://a/b/c/h"},
                                                       {"g;x=1/../y", "http://a/b/c/y"},
                                                       {"g?y/../x", "http://a/b/c/g?y/../x"},
                                                       {"https://h/x/../y", "https://h/y"}};
  for (const auto& [reference, expected] : cases) {
    EXPECT_EQ(resolved(base, reference), expected) << reference;
  }
}

TEST(HttpUrl, DoesNotFollowElsewhere) {
  for (const char* reference : {"javascript:alert(1)", "file:///etc/passwd", "ftp://a/",
                                "http://joe:secret@b/", "//joe@b/", "/\nx"}) {
    EXPECT_FALSE(url("http://a/").resolve(reference)) << reference;
  }
}

TEST(HttpUrl, WhatItSaysReadsBack) {
  for (const char* text : {"http://a/", "https://[::1]:8443/a?b", "http://192.0.2.1/%20?x=y"}) {
    EXPECT_EQ(url(url(text).to_string()), url(text)) << text;
  }
}

}  // namespace
}  // namespace patchbay
