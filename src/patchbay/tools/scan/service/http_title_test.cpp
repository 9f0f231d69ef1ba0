#include "patchbay/tools/scan/service/http_title.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(HttpTitle, IsTheFirstElement) {
  EXPECT_EQ(find_title("<html><head><title>Lab Portal</title><title>2</title>"), "Lab Portal");
  EXPECT_EQ(find_title("<TITLE lang=en>\n  Two\n\tlines </TITLE>"), "Two lines");
  EXPECT_EQ(find_title("<title></title>"), "");
  EXPECT_EQ(find_title("<title>cut off"), "cut off");
  EXPECT_EQ(find_title("<!-- <title>no</title> --><title>yes</title>"), "yes");
  EXPECT_EQ(find_title("<titles>no</titles>"), "");
  EXPECT_EQ(find_title("<title"), "");
  EXPECT_EQ(find_title("no page"), "");
  EXPECT_EQ(find_title(""), "");
}

TEST(HttpTitle, ResolvesReferences) {
  EXPECT_EQ(find_title("<title>A &amp; B &lt;3 &#39;x&#x27; &copy;&nbsp;1</title>"),
            "A & B <3 'x' \xc2\xa9 1");
  EXPECT_EQ(find_title("<title>&#8364;&#x1F600;</title>"), "\xe2\x82\xac\xf0\x9f\x98\x80");
  // What is none stays as it is.
  EXPECT_EQ(find_title("<title>&nothing; & &#0; &#xd800; &#99999999; &</title>"),
            "&nothing; & &#0; &#xd800; &#99999999; &");
}

TEST(HttpTitle, HasLimits) {
  EXPECT_EQ(find_title("<title>" + std::string(1000, 'x') + "</title>").size(), 200U);
  const std::string far(k_most_page_bytes, ' ');
  EXPECT_EQ(find_title(far + "<title>too far</title>"), "");
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "\xe2\x82\xac";
  EXPECT_EQ(find_title("<title>" + euros + "</title>").size(), 198U);  // no half character
}

ServiceFinding described(std::string_view reply, ServiceFinding finding = {.service = "http"}) {
  describe_http(reply, finding);
  return finding;
}

TEST(DescribeHttp, ReadsServerAndTitle) {
  const auto nginx =
      described("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n<html><title>Welcome</title>");
  EXPECT_EQ(nginx.product, "nginx");
  EXPECT_EQ(nginx.version, "1.22.1");
  EXPECT_EQ(nginx.info, "Welcome");
  const auto apache = described("HTTP/1.1 200 OK\r\nSERVER:  Apache/2.4.57 (Debian)\r\n\r\n");
  EXPECT_EQ(apache.product, "Apache");
  EXPECT_EQ(apache.version, "2.4.57");
  const auto other = described("HTTP/1.0 200 OK\nServer: Some Device 3\n\n<title>x</title>");
  EXPECT_EQ(other.product, "Some Device 3");
  EXPECT_EQ(other.info, "x");
}

TEST(DescribeHttp, TakesChunksApart) {
  EXPECT_EQ(described("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                      "a\r\n<title>Lab\r\nf\r\n Portal</title>\r\n0\r\n\r\n")
                .info,
            "Lab Portal");
}

TEST(DescribeHttp, SaysWhereItLeads) {
  constexpr std::string_view k_moved =
      "HTTP/1.1 301 Moved Permanently\r\nLocation: https://web1.lab/\r\n\r\n<title>301</title>";
  EXPECT_EQ(described(k_moved).info, "leads to https://web1.lab/");
  EXPECT_EQ(described("HTTP/1.1 201 Created\r\nLocation: /x\r\n\r\n").info, "");
}

TEST(DescribeHttp, LeavesWhatIsKnown) {
  const auto known = described("HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\n\r\n<title>t</title>",
                               {.service = "ipp", .product = "CUPS", .version = "2", .info = "i"});
  EXPECT_EQ(known.product, "CUPS");
  EXPECT_EQ(known.version, "2");
  EXPECT_EQ(known.info, "i");
  EXPECT_EQ(described("+PONG\r\n", {.service = "redis", .info = "i"}).info, "i");
}

TEST(HttpAnswer, IsWholeWhenNothingMoreIsToCome) {
  EXPECT_FALSE(is_whole_http_answer("HTTP/1.1 200 OK\r\n"));
  EXPECT_FALSE(is_whole_http_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"));
  EXPECT_TRUE(is_whole_http_answer("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"));
  EXPECT_TRUE(is_whole_http_answer("HTTP/1.1 204 No Content\r\n\r\n"));
  EXPECT_FALSE(is_whole_http_answer("HTTP/1.1 200 OK\r\n\r\n<title>a"));
  EXPECT_TRUE(is_whole_http_answer("HTTP/1.1 200 OK\r\n\r\n<title>a</title>"));
  EXPECT_TRUE(is_whole_http_answer("HTTP/1.1 200 OK\r\n\r\n" + std::string(70'000, 'x')));
}

}  // namespace
}  // namespace patchbay
